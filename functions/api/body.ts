/** What a body may be at all, before anybody looks at its fields. */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { pathTo } from '../../shared/domain/words/problem.ts';
import { pointerOf } from './pointer.ts';
import { type FieldProblem, notJson, Refusal, unreadable } from './problem.ts';

/** 1 MiB. */
const maxBodyBytes = 1_048_576;
/** Objects and lists within one another. */
const maxDepth = 64;

const tooLarge = () =>
  new Refusal(413, {
    code: 'body-too-large',
    detail: `The body is larger than ${maxBodyBytes} bytes. Send less at once.`,
  });

export const limitSize = bodyLimit({
  maxSize: maxBodyBytes,
  onError: async (context) => {
    await discard(context.req.raw.body);
    throw tooLarge();
  },
});

/** Who sends more reads the answer only once all of it is taken; beyond this the connection may break. */
const discardedBytes = 16 * maxBodyBytes;

async function discard(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (!body || body.locked) return;
  const reader = body.getReader();
  for (let size = 0; size < discardedBytes; ) {
    const { done, value } = await reader.read();
    if (done) return;
    size += value.length;
  }
}

/** Refuses what could harm whoever reads it on: endless nesting, and names that JavaScript takes for its own. */
export const limitShape: MiddlewareHandler = async (context, next) => {
  if (context.req.raw.body !== null) {
    const text = await context.req.text();
    if (text === '') {
      // Nothing has no type: where a body may be left out, this is that.
      context.req.raw.headers.delete('content-type');
    } else {
      if (!json.test(context.req.header('content-type') ?? '')) throw notJson();
      const body = parsed(text);
      checkShape(body);
      checkTexts(body);
    }
  }
  await next();
};

const json = /^application\/json\s*(;|$)/i;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable();
  }
}

function checkShape(body: unknown): void {
  let level: object[] = isObject(body) ? [body] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) {
      throw new Refusal(400, {
        code: 'body-too-deep',
        detail: `The body nests objects and lists more than ${maxDepth} deep. Flatten it.`,
      });
    }
    if (level.some((each) => Object.hasOwn(each, '__proto__'))) {
      throw new Refusal(400, {
        code: 'name-forbidden',
        detail: 'A field of the body is called __proto__. Give it another name.',
      });
    }
    level = level.flatMap((each) => Object.values(each).filter(isObject));
  }
}

/** What nothing here can keep or name: fields without a name, and texts that are no Unicode. */
function checkTexts(body: unknown): void {
  const problems = [...textProblems([], body)].slice(0, shownProblems);
  if (problems.length === 0) return;
  throw new Refusal(422, {
    code: 'text-unusable',
    detail: 'The body has texts that can not be kept. Correct what "problems" names.',
    problems,
  });
}

const shownProblems = 10;

function* textProblems(steps: readonly string[], value: unknown): Generator<FieldProblem> {
  if (typeof value === 'string' && !value.isWellFormed()) {
    yield problemAt(steps, 'holds half a character (a lone surrogate). Write it anew.');
  }
  if (!isObject(value)) return;
  for (const [name, below] of Object.entries(value)) {
    const place = [...steps, name.toWellFormed()];
    if (name === '') yield problemAt(place, 'is a field without a name. Name it, or leave it out.');
    else if (!name.isWellFormed()) yield problemAt(place, 'has half a character in its name.');
    yield* textProblems(place, below);
  }
}

const problemAt = (steps: readonly string[], what: string): FieldProblem => {
  const path = steps.reduce(pathTo, '').replace(/^\./, '');
  return {
    pointer: pointerOf(steps),
    path,
    code: 'text-unusable',
    message: `${path === '' ? 'The body' : path} ${what}`,
  };
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
