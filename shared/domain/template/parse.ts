/**
 * From the text of a template to its checked tree, or to everything that is wrong with it. jsonata is the parser; what it
 * reads is then held against the allow-list, which fails closed: a node, or a mark on a node, that is not known is refused.
 */
import jsonata from 'jsonata';
import { pairBrackets } from './brackets.ts';
import { Problems, type RefusalCode, type TemplateProblem } from './refusals.ts';
import { type Scan, scan, type Token } from './scan.ts';
import { Spans } from './spans.ts';
import { type Template, type TemplateUse, usualUse } from './template.ts';
import { refuseTokens } from './tokens.ts';
import { readTree } from './tree.ts';

const MAX_BYTES = 32 * 1024;

export type TemplateResult =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

/**
 * Reads a template. Never throws, and takes time in proportion to the text, whatever is written: at most 32 KB in
 * UTF-8 and 50 levels of brackets. All problems that can be told are given at once, at most 100, in the order of the text;
 * after a syntax error those of the tree cannot be told yet.
 */
export function parseTemplate(written: string, use: TemplateUse = usualUse): TemplateResult {
  const source = withoutMark(written);
  const problems = new Problems();
  const template = readTemplate(source, problems, use);
  return template !== undefined && problems.none
    ? { ok: true, template }
    : { ok: false, problems: problems.list(source) };
}

/** Editors put a byte order mark before a text; it is none of it. */
const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

function readTemplate(source: string, problems: Problems, use: TemplateUse): Template | undefined {
  if (source.length > MAX_BYTES || Buffer.byteLength(source, 'utf8') > MAX_BYTES) {
    problems.add('too-large', 0, source.length);
    return undefined;
  }
  const scanned = scan(source, problems);
  if (scanned.tokens.length === 0 && scanned.readable) {
    problems.add('empty', 0, source.length);
    return undefined;
  }
  const pairs = scanned.readable ? pairBrackets(scanned.tokens, problems) : undefined;
  refuseTokens(scanned.tokens, pairs, problems);
  const tree = pairs === undefined ? undefined : syntaxTree(scanned, problems);
  if (pairs === undefined || tree === undefined) return undefined;
  return readTree(tree, new Spans(scanned.tokens, pairs), problems, use);
}

function syntaxTree(scanned: Scan, problems: Problems): jsonata.ExprNode | undefined {
  try {
    return jsonata(scanned.text).ast();
  } catch (error) {
    addSyntaxProblem(error, scanned.tokens, problems);
    return undefined;
  }
}

/** jsonata throws plain objects: a code, the offset where the offending token ends, and what was expected. */
function addSyntaxProblem(error: unknown, tokens: readonly Token[], problems: Problems): void {
  const { code, position, value } = detailsOf(error);
  const index = tokens.findIndex((token) => token.end >= position);
  const token = tokens[index] ?? tokens.at(-1);
  const refused = syntaxCode(code, value, token, tokens[index - 1]);
  const at = refused === 'trailing-comma' ? tokens[index - 1] : token;
  const { start, end } = at ?? { start: 0, end: 0 };
  const explained = problems.cover(start) || (refused === 'syntax' && !problems.none);
  if (!explained) problems.add(refused, start, end);
}

function detailsOf(error: unknown): { code: unknown; position: number; value: unknown } {
  if (typeof error !== 'object' || error === null) return { code: '', position: 0, value: '' };
  const position = 'position' in error && typeof error.position === 'number' ? error.position : 0;
  return {
    code: 'code' in error ? error.code : '',
    position,
    value: 'value' in error ? error.value : '',
  };
}

function syntaxCode(
  code: unknown,
  expected: unknown,
  token: Token | undefined,
  before: Token | undefined,
): RefusalCode {
  const closing = token !== undefined && ')]}'.includes(token.text);
  switch (code) {
    case 'S0201':
      return 'text-after-end';
    case 'S0202':
      return expected === ':' ? 'missing-colon' : 'missing-comma';
    case 'S0203':
    case 'S0207':
      return 'unexpected-end';
    case 'S0211':
      if (closing && before?.text === ',') return 'trailing-comma';
      return closing || token?.text === ',' ? 'missing-value' : 'misplaced-symbol';
    case 'S0213':
      return 'literal-step';
    default:
      return 'syntax';
  }
}
