/**
 * What stands behind `$$`: the answer, and the records sent. The body is the platform's, so it is bounded in size and
 * depth, and refused where it carries what jsonata marks its own values with: an object so marked would be taken for a
 * function or a stream of bindings.
 */
import type { HttpAnswer } from '../../contracts/http.ts';
import type { JsonValue } from '../../contracts/json.ts';
import type { Rule, RuleInput, SentRecord } from './rule.ts';

/** A complete answer of whatever status. */
export type Answer = Extract<HttpAnswer, { kind: 'answer' }>;

const MAX_DEPTH = 100;
const JSONATA_MARKS: ReadonlySet<string> = new Set([
  '_jsonata_lambda',
  '_jsonata_function',
  'tupleStream',
  'outerWrapper',
]);

export type WhyUnreadable = 'truncated' | 'undecoded' | 'too-deep' | 'reserved-name';

export type DocumentResult =
  | { readonly ok: true; readonly document: Partial<Record<RuleInput, JsonValue>> }
  | { readonly ok: false; readonly why: WhyUnreadable };

/** A document of its own for one evaluation, of what the rule reads only: jsonata may write into lists. */
export function documentFor(
  rule: Rule,
  answer: Answer,
  records: readonly SentRecord[],
): DocumentResult {
  const document: Partial<Record<RuleInput, JsonValue>> = { status: answer.status };
  if (rule.reads.has('headers')) document.headers = { ...answer.headers };
  try {
    if (rule.reads.has('body')) {
      if (answer.truncated) throw new Refused('truncated');
      if (answer.undecoded) throw new Refused('undecoded');
      const body = bodyOf(answer.body);
      if (body !== undefined) document.body = copy(body, 0);
    }
    if (rule.reads.has('records')) document.records = copy(records, 0);
  } catch (error) {
    if (error instanceof Refused) return { ok: false, why: error.why };
    throw error;
  }
  return { ok: true, document };
}

class Refused extends Error {
  readonly why: WhyUnreadable;

  constructor(why: WhyUnreadable) {
    super(why);
    this.why = why;
  }
}

/** Parsed JSON; text where it is none; undefined where it is empty. */
function bodyOf(bytes: Uint8Array): JsonValue | undefined {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function copy(value: JsonValue, depth: number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) throw new Refused('too-deep');
  if (Array.isArray(value)) return value.map((item: JsonValue) => copy(item, depth + 1));
  // Object.fromEntries makes `__proto__` a property like any other.
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (JSONATA_MARKS.has(name)) throw new Refused('reserved-name');
      return [name, copy(item, depth + 1)];
    }),
  );
}
