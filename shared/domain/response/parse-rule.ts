/**
 * From the text of a rule to what may be evaluated, or to everything that is wrong with it. jsonata is the parser; what
 * it reads is then held against an allow-list that fails closed, as with templates.
 */
import jsonata from 'jsonata';
import { pairBrackets } from '../template/brackets.ts';
import { type Scan, scan, type Token } from '../template/scan.ts';
import { Spans } from '../template/spans.ts';
import { RuleProblems } from './problems.ts';
import type { RuleProblem, RuleRefusalCode } from './refusals.ts';
import { RULE_NAMES, type Rule, type RuleName } from './rule.ts';
import { refuseRuleTokens } from './tokens.ts';
import { readRuleTree } from './tree.ts';

const MAX_BYTES = 8 * 1024;

export type RuleResult =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/**
 * Reads a rule. Never throws, and takes time in proportion to the text, whatever is written: at most 8 KB in UTF-8 and
 * 50 levels of brackets. All problems that can be told are given at once, at most 100, in the order of the text; after
 * a syntax error those of the tree cannot be told yet.
 */
export function parseRule(source: string): RuleResult {
  const problems = new RuleProblems();
  const rule = readRule(source, problems);
  return rule !== undefined && problems.none
    ? { ok: true, rule }
    : { ok: false, problems: problems.list(source) };
}

export type RulesResult<Name extends string = RuleName> =
  | { readonly ok: true; readonly rules: { readonly [name in Name]?: Rule } }
  | {
      readonly ok: false;
      readonly problems: readonly (RuleProblem & { readonly rule: Name })[];
    };

/** Reads the rules of an action; none is an action without rules. */
export const parseRules = (
  sources: { readonly [name in RuleName]?: string | undefined } | undefined,
): RulesResult => parseRuleSet(RULE_NAMES, sources);

/** Reads the rules of these names, as far as there are any. */
export function parseRuleSet<Name extends string>(
  names: readonly Name[],
  sources: { readonly [name in Name]?: string | undefined } | undefined,
): RulesResult<Name> {
  const rules: { [name in Name]?: Rule } = {};
  const problems: (RuleProblem & { rule: Name })[] = [];
  for (const name of names) {
    const source = sources?.[name];
    if (source === undefined) continue;
    const read = parseRule(source);
    if (read.ok) rules[name] = read.rule;
    else problems.push(...read.problems.map((problem) => ({ ...problem, rule: name })));
  }
  return problems.length === 0 ? { ok: true, rules } : { ok: false, problems };
}

function readRule(source: string, problems: RuleProblems): Rule | undefined {
  if (source.length > MAX_BYTES || Buffer.byteLength(source, 'utf8') > MAX_BYTES) {
    problems.add('too-large', 0, source.length);
    return undefined;
  }
  const scanned = scan(source, problems.lexical);
  if (scanned.tokens.length === 0 && scanned.readable) {
    problems.add('empty', 0, source.length);
    return undefined;
  }
  const pairs = scanned.readable ? pairBrackets(scanned.tokens, problems.lexical) : undefined;
  refuseRuleTokens(scanned.tokens, pairs, problems);
  const tree = pairs === undefined ? undefined : syntaxTree(scanned, problems);
  if (pairs === undefined || tree === undefined) return undefined;
  const reads = readRuleTree(tree, new Spans(scanned.tokens, pairs), problems);
  const looks = reads.has('status') || reads.has('headers') || reads.has('body');
  if (problems.none && !looks) problems.add('no-answer', 0, source.length);
  return { text: scanned.text, reads };
}

function syntaxTree(scanned: Scan, problems: RuleProblems): jsonata.ExprNode | undefined {
  try {
    return jsonata(scanned.text).ast();
  } catch (error) {
    addSyntaxProblem(error, scanned.tokens, problems);
    return undefined;
  }
}

const SYNTAX_CODES: ReadonlyMap<unknown, RuleRefusalCode> = new Map([
  ['S0201', 'text-after-end'],
  ['S0202', 'missing-comma'],
  ['S0203', 'unexpected-end'],
  ['S0207', 'unexpected-end'],
  ['S0211', 'missing-value'],
  ['S0213', 'literal-step'],
]);

/** jsonata throws plain objects: a code, and the offset where the offending token ends. Another reason comes first. */
function addSyntaxProblem(error: unknown, tokens: readonly Token[], problems: RuleProblems): void {
  if (!problems.none) return;
  const thrown = typeof error === 'object' && error !== null ? error : {};
  const position =
    'position' in thrown && typeof thrown.position === 'number' ? thrown.position : 0;
  const token = tokens.find(({ end }) => end >= position) ?? tokens.at(-1);
  const code = SYNTAX_CODES.get('code' in thrown ? thrown.code : undefined) ?? 'syntax';
  problems.add(code, token?.start ?? 0, token?.end ?? 0);
}
