/**
 * The allow-list of rules, as far as tokens tell: what no rule may hold wherever it stands, refused with a reason of
 * its own. What depends on place is checked on the tree, which also fails closed on what slipped through here.
 */
import type { BracketPairs } from '../template/brackets.ts';
import { isLambda, refusalOfName, refusalOfQuotedName } from '../template/names.ts';
import { isExactNumber } from '../template/number.ts';
import type { Token } from '../template/scan.ts';
import { type Place, refusedSigns, walkTokens } from '../template/token-walk.ts';
import { RULE_FUNCTIONS } from './functions.ts';
import type { RuleProblems } from './problems.ts';
import type { RuleRefusalCode } from './refusals.ts';

const SIGNS = new Map<string, RuleRefusalCode>([...refusedSigns, [';', 'statements']]);

/** Refusals that take out all within their brackets, so that more about it would only confuse. */
const WITH_CONTENT: readonly RuleRefusalCode[] = ['group-by', 'sort', 'function-call', 'lambda'];

export const refuseRuleTokens = (
  tokens: readonly Token[],
  pairs: BracketPairs | undefined,
  problems: RuleProblems,
): void =>
  walkTokens({
    tokens,
    pairs,
    refusalOf,
    withContent: WITH_CONTENT,
    add: (code, start, end) => problems.add(code, start, end),
  });

function refusalOf(place: Place): RuleRefusalCode | undefined {
  const { token, before, next } = place;
  const called = next?.text === '(';
  switch (token.kind) {
    case 'operator':
      return SIGNS.get(token.text) ?? refusalOfSign(place);
    case 'regex':
      return 'regex';
    case 'variable':
      return refusalOfVariable(token.text, next?.text);
    case 'name':
      if (called) return isLambda(token) ? 'lambda' : 'function-call';
      return refusalOfName(token.text);
    case 'quoted':
      return called ? 'function-call' : refusalOfQuotedName(token.text.slice(1, -1));
    case 'string':
      return before?.text === '.' || next?.text === '.' ? 'quoted-step' : undefined;
    case 'number':
      return isExactNumber(token.text) ? undefined : 'inexact-literal';
    case 'constant':
      return undefined;
  }
}

/** Signs whose meaning depends on what stands beside them. */
function refusalOfSign({ token, before, next, afterValue }: Place): RuleRefusalCode | undefined {
  switch (token.text) {
    case '[':
      return afterValue && next?.text === ']' ? 'keep-array' : undefined;
    case '{':
      return afterValue ? 'group-by' : undefined;
    case '(':
      if (before?.kind === 'variable') return undefined;
      if (afterValue) return 'function-call';
      return next?.text === ')' ? 'missing-value' : undefined;
    case '?':
      return afterValue ? undefined : 'partial';
    case '*':
      return afterValue ? undefined : 'wildcard';
    case '%':
      return afterValue ? 'modulo' : 'parent';
    default:
      return undefined;
  }
}

function refusalOfVariable(name: string, next: string | undefined): RuleRefusalCode | undefined {
  const called = next === '(';
  if (RULE_FUNCTIONS.has(name)) return called ? undefined : 'function-uncalled';
  if (called) return 'function-call';
  if (name === '$') return undefined;
  if (name !== '$$') return 'variable';
  if (next === '[') return 'root-filter';
  return next === '.' ? undefined : 'root-alone';
}
