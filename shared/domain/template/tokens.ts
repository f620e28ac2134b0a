/**
 * The allow-list, as far as tokens tell: signs, words and brackets that no template may hold wherever they stand.
 * What depends on place is checked on the tree.
 */
import type { BracketPairs } from './brackets.ts';
import { isLambda, refusalOfName, refusalOfQuotedName } from './names.ts';
import { isExactNumber } from './number.ts';
import type { Problems, RefusalCode } from './refusals.ts';
import type { Token } from './scan.ts';

/** Signs refused wherever they stand. */
const SIGNS = new Map<string, RefusalCode>([
  ['^', 'sort'],
  ['@', 'focus'],
  ['#', 'position'],
  ['??', 'default-value'],
  ['?:', 'default-value'],
  ['&', 'concatenation'],
  ['+', 'arithmetic'],
  ['/', 'arithmetic'],
  ['=', 'comparison'],
  ['!=', 'comparison'],
  ['<', 'comparison'],
  ['>', 'comparison'],
  ['<=', 'comparison'],
  ['>=', 'comparison'],
  ['and', 'boolean-operator'],
  ['or', 'boolean-operator'],
  ['in', 'boolean-operator'],
  [':=', 'assignment'],
  ['~>', 'chaining'],
  ['..', 'range'],
  ['**', 'descendant'],
  ['|', 'transform'],
  ['!', 'unknown-operator'],
  ['~', 'unknown-operator'],
]);

/** Refusals that take out all within their brackets, so that more about it would only confuse. */
const WITH_CONTENT: readonly RefusalCode[] = [
  'filter',
  'group-by',
  'sort',
  'function-call',
  'lambda',
];

/** A token with its neighbours. */
interface Place {
  readonly token: Token;
  readonly before: Token | undefined;
  readonly next: Token | undefined;
  /** Whether a value ends directly before it. */
  readonly afterValue: boolean;
}

export function refuseTokens(
  tokens: readonly Token[],
  pairs: BracketPairs | undefined,
  problems: Problems,
): void {
  let index = 0;
  for (let token = tokens[0]; token !== undefined; token = tokens[++index]) {
    const before = tokens[index - 1];
    const next = tokens[index + 1];
    const refused = refusalOf({ token, before, next, afterValue: before?.operand ?? false });
    if (refused === undefined) continue;
    const last = lastOf(index, tokens, pairs);
    problems.add(refused, token.start, tokens[last]?.end ?? token.end);
    if (WITH_CONTENT.includes(refused)) index = last;
  }
}

/** The last token of what begins with this one: its brackets, its arguments, the body of a function. */
function lastOf(index: number, tokens: readonly Token[], pairs: BracketPairs | undefined): number {
  const token = tokens[index];
  const takesBrackets = token !== undefined && (isCallable(token) || token.text === '^');
  const called = takesBrackets && tokens[index + 1]?.text === '(';
  const opening = called ? index + 1 : index;
  const closing = pairs?.get(opening) ?? opening;
  const hasBody = called && isLambda(token) && tokens[closing + 1]?.text === '{';
  return hasBody ? (pairs?.get(closing + 1) ?? closing) : closing;
}

function refusalOf(place: Place): RefusalCode | undefined {
  const { token, before, next } = place;
  const called = next?.text === '(';
  switch (token.kind) {
    case 'operator':
      return SIGNS.get(token.text) ?? refusalOfSign(place);
    case 'regex':
      return 'regex';
    case 'variable':
      return refusalOfVariable(token.text, called);
    case 'name':
      if (called) return isLambda(token) ? 'lambda' : 'function-call';
      return refusalOfName(token.text);
    case 'quoted':
      return refusalOfQuotedName(token.text.slice(1, -1));
    case 'string':
      return before?.text === '.' || next?.text === '.' ? 'quoted-step' : undefined;
    case 'number':
      return isExactNumber(token.text) ? undefined : 'inexact-literal';
    case 'constant':
      return undefined;
  }
}

/** Signs whose meaning depends on what stands beside them. */
function refusalOfSign({ token, before, next, afterValue }: Place): RefusalCode | undefined {
  switch (token.text) {
    case '[':
      if (!afterValue) return undefined;
      return next?.text === ']' ? 'keep-array' : 'filter';
    case '{':
      return afterValue ? 'group-by' : undefined;
    case '(':
      if (before !== undefined && isCallable(before)) return undefined;
      return afterValue ? 'function-call' : 'block';
    case '?':
      return afterValue ? 'conditional' : 'partial';
    case '*':
      return afterValue ? 'arithmetic' : 'wildcard';
    case '%':
      return afterValue ? 'arithmetic' : 'parent';
    case '-': {
      const begins = before === undefined || '[{(,:'.includes(before.text);
      return begins && next?.kind === 'number' ? undefined : 'arithmetic';
    }
    default:
      return undefined;
  }
}

function refusalOfVariable(name: string, called: boolean): RefusalCode | undefined {
  if (name === '$number') return called ? undefined : 'number-uncalled';
  if (called) return 'function-call';
  if (name === '$$') return undefined;
  return name === '$' ? 'context' : 'variable';
}

function isCallable(token: Token): boolean {
  return token.kind === 'variable' || token.kind === 'name';
}
