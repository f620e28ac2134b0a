/** Collects the problems of one rule by their offsets in its text. The first one at an offset stays. */
import { Problems } from '../template/refusals.ts';
import { RULE_REFUSALS, type RuleProblem, type RuleRefusalCode } from './refusals.ts';

const MAX_PROBLEMS = 100;
const MAX_COLLECTED = 1000;
const MAX_TEXT = 60;

export class RuleProblems {
  /** What the scanner and the brackets shared with templates find. */
  readonly lexical = new Problems();
  readonly #found = new Map<number, { code: RuleRefusalCode; start: number; end: number }>();

  add(code: RuleRefusalCode, start: number, end: number): void {
    const isNew = this.#found.size < MAX_COLLECTED && !this.#found.has(start);
    if (isNew) this.#found.set(start, { code, start, end });
  }

  get none(): boolean {
    return this.#found.size === 0 && this.lexical.none;
  }

  /** Whether a problem begins in this span, so that what stands there is refused already. */
  within(start: number, end: number): boolean {
    if (this.lexical.within(start, end)) return true;
    return [...this.#found.keys()].some((at) => at >= start && at < end);
  }

  /** At most 100, in the order of the text. */
  list(source: string): readonly RuleProblem[] {
    const lexical = this.lexical.list(source).map(inWordsOfRules);
    const own = [...this.#found.values()].map(({ code, start, end }) => {
      const lineStart = source.lastIndexOf('\n', start - 1) + 1;
      const line = source.slice(0, lineStart).split('\n').length;
      const text = excerpt(source.slice(start, end));
      return { code, line, column: start - lineStart + 1, text, message: RULE_REFUSALS[code] };
    });
    const inOrder = [...lexical, ...own].sort((a, b) => a.line - b.line || a.column - b.column);
    return inOrder.slice(0, MAX_PROBLEMS);
  }
}

function inWordsOfRules(problem: RuleProblem | ReturnType<Problems['list']>[number]): RuleProblem {
  const code = isRuleCode(problem.code) ? problem.code : 'unsupported';
  return { ...problem, code, message: RULE_REFUSALS[code] };
}

const isRuleCode = (code: string): code is RuleRefusalCode => Object.hasOwn(RULE_REFUSALS, code);

function excerpt(text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1);
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line;
}
