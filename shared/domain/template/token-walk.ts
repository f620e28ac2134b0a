/**
 * The walk that templates and rules share over their tokens: each token is judged with its neighbours, and a refusal
 * that takes out all within its brackets is not followed by more about it.
 */
import type { BracketPairs } from './brackets.ts';
import { isLambda } from './names.ts';
import type { Token } from './scan.ts';

/** A token with its neighbours. */
export interface Place {
  readonly token: Token;
  readonly before: Token | undefined;
  readonly next: Token | undefined;
  /** Whether a value ends directly before it. */
  readonly afterValue: boolean;
}

export interface TokenWalk<Code extends string> {
  readonly tokens: readonly Token[];
  readonly pairs: BracketPairs | undefined;
  /** Undefined: it may stand there. */
  readonly refusalOf: (place: Place) => Code | undefined;
  /** Refusals after which all within the brackets is passed over. */
  readonly withContent: readonly Code[];
  readonly add: (code: Code, start: number, end: number) => void;
}

export function walkTokens<Code extends string>(walk: TokenWalk<Code>): void {
  const { tokens, pairs, refusalOf, withContent, add } = walk;
  let index = 0;
  for (let token = tokens[0]; token !== undefined; token = tokens[++index]) {
    const before = tokens[index - 1];
    const next = tokens[index + 1];
    const refused = refusalOf({ token, before, next, afterValue: before?.operand ?? false });
    if (refused === undefined) continue;
    const last = lastOf(index, tokens, pairs);
    add(refused, token.start, tokens[last]?.end ?? token.end);
    if (withContent.includes(refused)) index = last;
  }
}

/** The last token of what begins with this one: its brackets, its arguments, the body of a function. */
function lastOf(index: number, tokens: readonly Token[], pairs: BracketPairs | undefined): number {
  const token = tokens[index];
  const takesBrackets = token !== undefined && (isNamed(token) || token.text === '^');
  const called = takesBrackets && tokens[index + 1]?.text === '(';
  const opening = called ? index + 1 : index;
  const closing = pairs?.get(opening) ?? opening;
  const hasBody = called && isLambda(token) && tokens[closing + 1]?.text === '{';
  return hasBody ? (pairs?.get(closing + 1) ?? closing) : closing;
}

const isNamed = ({ kind }: Token): boolean =>
  kind === 'variable' || kind === 'name' || kind === 'quoted';

/** Signs that neither a template nor a rule may hold, wherever they stand. */
export const refusedSigns = [
  ['^', 'sort'],
  ['@', 'focus'],
  ['#', 'position'],
  ['??', 'default-value'],
  ['?:', 'default-value'],
  [':=', 'assignment'],
  ['~>', 'chaining'],
  ['..', 'range'],
  ['**', 'descendant'],
  ['|', 'transform'],
  ['!', 'unknown-operator'],
  ['~', 'unknown-operator'],
] as const;
