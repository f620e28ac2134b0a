/**
 * The allow-list, as far as tokens tell: signs, words and brackets that no template may hold wherever they stand.
 * What depends on place is checked on the tree.
 */
import type { BracketPairs } from './brackets.ts';
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

const PLAIN_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u;
const TYPOGRAPHIC_QUOTE = /[\u2018-\u201f\u00ab\u00bb]/;
/** Control and invisible characters, and halves of surrogate pairs: a name must read as what it is. */
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Keys that objects in JavaScript or jsonata treat specially. */
export const RESERVED_KEYS: readonly unknown[] = [
  '__proto__',
  '_jsonata_lambda',
  '_jsonata_function',
];
/** Names that no field and no connection value may have: these, and what a record cannot hold. */
const RESERVED_NAMES: readonly unknown[] = [...RESERVED_KEYS, 'constructor', 'prototype'];

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

function refusalOfName(name: string): RefusalCode | undefined {
  if (PLAIN_NAME.test(name)) return refusalOfQuotedName(name);
  return TYPOGRAPHIC_QUOTE.test(name) ? 'smart-quotes' : 'bad-name';
}

function refusalOfQuotedName(name: string): RefusalCode | undefined {
  if (name === '' || UNREADABLE.test(name)) return 'bad-name';
  return RESERVED_NAMES.includes(name) ? 'reserved-name' : undefined;
}

function isCallable(token: Token): boolean {
  return token.kind === 'variable' || token.kind === 'name';
}

function isLambda(token: Token | undefined): boolean {
  return token?.text === 'function' || token?.text === 'λ';
}
