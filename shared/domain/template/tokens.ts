/**
 * The allow-list, as far as tokens tell: signs, words and brackets that no template may hold wherever they stand.
 * What depends on place is checked on the tree.
 */
import type { BracketPairs } from './brackets.ts';
import { FUNCTIONS } from './functions.ts';
import { isLambda, refusalOfName, refusalOfQuotedName } from './names.ts';
import { isExactNumber } from './number.ts';
import type { Problems, RefusalCode } from './refusals.ts';
import type { Token } from './scan.ts';
import { type Place, refusedSigns, walkTokens } from './token-walk.ts';

/** Signs refused wherever they stand. */
const SIGNS = new Map<string, RefusalCode>([
  ...refusedSigns,
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
]);

/** Refusals that take out all within their brackets, so that more about it would only confuse. */
const WITH_CONTENT: readonly RefusalCode[] = [
  'filter',
  'group-by',
  'sort',
  'function-call',
  'lambda',
];

export const refuseTokens = (
  tokens: readonly Token[],
  pairs: BracketPairs | undefined,
  problems: Problems,
): void =>
  walkTokens({
    tokens,
    pairs,
    refusalOf,
    withContent: WITH_CONTENT,
    add: (code, start, end) => problems.add(code, start, end),
  });

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
      // After $$.records it makes an object of the records; anything else after a value the tree refuses.
      return afterValue && !isRecords(before) ? 'group-by' : undefined;
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
  if (FUNCTIONS.has(name)) return called ? undefined : 'function-uncalled';
  if (called) return 'function-call';
  if (name === '$$') return undefined;
  return name === '$' ? 'context' : 'variable';
}

const isRecords = (token: Token | undefined): boolean =>
  token?.text === 'records' || token?.text === '`records`';

function isCallable(token: Token): boolean {
  return token.kind === 'variable' || token.kind === 'name';
}
