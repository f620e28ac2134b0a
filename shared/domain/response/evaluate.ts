/**
 * Runs one rule on one answer, within bounds. Rules neither loop nor recurse, but a filter that walks one list for
 * each item of another takes the product of their lengths, and jsonata does not give way to timers while it does. So
 * each evaluation has an account of work: one unit for each node visited and each item of a list that a node gives, and
 * one for each 64 characters of text. The account and not the clock decides, so that the same answer is always judged
 * alike; the clock is there for what the account does not see, comparing large objects again and again.
 */
import jsonata from 'jsonata';
import { type Answer, documentFor } from './document.ts';
import type { Rule, SentRecord } from './rule.ts';

/** A tenth of a second to a second on a laptop: long lists are counted dearer than they are. */
export const MAX_WORK = 1_000_000;
const MAX_MILLISECONDS = 5_000;
/** jsonata calls it with each node it has evaluated; found by trying with 2.2.2, and held by the test of bounds. */
const AFTER_NODE = Symbol.for('jsonata.__evaluate_exit');

/** Why a rule gave nothing, in words that follow "The rule … "; never with a value. */
export type Evaluated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

const UNREADABLE = {
  truncated:
    "reads the body, but the answer is longer than the destination's answerMiB; lower the batch size, or raise answerMiB",
  undecoded: 'reads the body, but its Content-Encoding cannot be decoded',
  'too-deep': 'cannot be evaluated: the answer is nested more than 100 levels deep',
  'reserved-name': 'cannot be evaluated: the answer uses a name that is reserved in JSONata',
} as const;

/** Never throws. `value`: JSON, or undefined where the expression finds nothing. */
export async function evaluateRule(
  rule: Rule,
  answer: Answer,
  records: readonly SentRecord[],
): Promise<Evaluated> {
  try {
    const read = documentFor(rule, answer, records);
    if (!read.ok) return { ok: false, why: UNREADABLE[read.why] };
    // Compiled anew: an expression keeps state, and parsing 8 KB costs less than the request did.
    const expression = jsonata(rule.text, { timeout: MAX_MILLISECONDS });
    meter(expression);
    return { ok: true, value: await expression.evaluate(read.document) };
  } catch (error) {
    return { ok: false, why: failure(error) };
  }
}

class TooMuchWork extends Error {}

function meter(expression: jsonata.Expression): void {
  let work = 0;
  const count = (node: unknown, _input: unknown, _environment: unknown, result: unknown): void => {
    work += 1 + lengthWork(node, result);
    if (Array.isArray(result)) work += result.length;
    else if (typeof result === 'string') work += result.length >> 6;
    if (work > MAX_WORK) throw new TooMuchWork();
  };
  // Bound by a symbol, which jsonata's types do not know.
  Reflect.apply(expression.assign, expression, [AFTER_NODE, count]);
}

/** `$length` makes a list of a text's characters to count them: of what it does, the result alone tells. */
function lengthWork(node: unknown, result: unknown): number {
  if (typeof result !== 'number' || typeof node !== 'object' || node === null) return 0;
  const procedure: unknown = Reflect.get(node, 'procedure');
  const isLength =
    typeof procedure === 'object' &&
    procedure !== null &&
    Reflect.get(procedure, 'value') === 'length';
  return isLength ? result >> 3 : 0;
}

/** An error's text holds values of the answer; its code does not. */
function failure(error: unknown): string {
  if (error instanceof TooMuchWork)
    return 'takes too long: it walks one list for each item of another';
  const code: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : '';
  if (code === 'D1012') return 'takes too long';
  const known = typeof code === 'string' && /^[STD]\d{4}$/.test(code);
  return `fails on the answer (${known ? `JSONata ${code}` : 'no code'})`;
}
