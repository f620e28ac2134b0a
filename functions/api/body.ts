/** What a body may be at all, before anybody looks at its fields. */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { pathTo } from '../../shared/domain/words/problem.ts';
import type { ApiEnvironment, DeclaredRoute } from './asked.ts';
import { pointerOf } from './pointer.ts';
import { type FieldProblem, notJson, Refusal, requestInvalid, unreadable } from './problem.ts';

/** 1 MiB. */
const maxBodyBytes = 1_048_576;
/** Objects and lists within one another. */
const maxDepth = 64;
/** Fields of one object: beyond any table's columns, and few enough that checking each costs nothing. */
const maxFields = 20_000;

const tooLarge = () =>
  new Refusal(413, {
    code: 'body-too-large',
    detail: `The body is larger than ${maxBodyBytes} bytes. Send less at once.`,
  });

export const limitSize: MiddlewareHandler<ApiEnvironment> = bodyLimit({
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

/**
 * Takes the body that the route declares, and refuses any other; also what could harm whoever reads it on: endless
 * nesting, and names that JavaScript takes for its own. No body at all is read as `{}`, so that one that lacks a
 * setting is refused by that setting's name.
 */
export const takeBody: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  const route = context.get('route');
  const bytes = await bytesOf(context);
  const [type] = route.bodies;
  if (type === undefined) {
    if (bytes.length > 0) throw bodyUnexpected(route);
  } else {
    if (bytes.length > 0) checkBody(bytes, context.req.raw.headers, route);
    const headers = new Headers(context.req.raw.headers);
    if (bytes.length === 0) headers.set('content-type', type);
    const { url, method } = context.req.raw;
    const body = bytes.length === 0 ? '{}' : bytes;
    context.req.raw = new Request(url, { method, headers, body });
  }
  await next();
};

/** Of a GET the server hands on no body; that there is one shows by its headers. */
async function bytesOf({ req }: Context<ApiEnvironment>): Promise<Uint8Array<ArrayBuffer>> {
  const { headers, body } = req.raw;
  if (body !== null) return new Uint8Array(await req.raw.arrayBuffer());
  const isThere =
    headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
  return new Uint8Array(isThere && ['GET', 'HEAD'].includes(req.method) ? 1 : 0);
}

function bodyUnexpected({ query }: DeclaredRoute): Refusal {
  const hint = query.has('dryRun') ? ' To see what it would do, add ?dryRun=true.' : '';
  return requestInvalid([
    {
      pointer: '',
      path: 'body',
      code: 'setting-unknown',
      message: `This request takes no body, and what it says would be passed over. Take it out.${hint}`,
    },
  ]);
}

/** @throws Refusal 400, 415 */
function checkBody(bytes: Uint8Array, headers: Headers, { bodies }: DeclaredRoute): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const isUtf8 = parameters.every(
    (each) => !each.startsWith('charset') || /^charset\s*=\s*"?utf-8"?$/.test(each),
  );
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (!bodies.includes(type) || !isUtf8 || encoding !== 'identity') throw notJson();
  const body = parsed(bytes);
  checkShape(body);
  checkTexts(body);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
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
    if (level.some((each) => !Array.isArray(each) && Object.keys(each).length > maxFields)) {
      throw new Refusal(400, {
        code: 'body-too-wide',
        detail: `An object of the body has more than ${maxFields} fields. Leave out what is not asked for.`,
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
