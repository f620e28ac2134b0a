/**
 * Pairs the brackets of a template and bounds its depth before the parser, which is recursive, sees it: at most 50
 * levels of brackets, and 100 dots and operators hanging together across all open levels. So the parser's tree is
 * less than 200 levels deep whatever is written.
 */
import type { Problems } from './refusals.ts';
import type { Token } from './scan.ts';

const MAX_DEPTH = 50;
const MAX_LINKS = 100;
const CLOSING = new Map([
  ['[', ']'],
  ['{', '}'],
  ['(', ')'],
]);
const CLOSERS = [...CLOSING.values()];

/** From the index of an opening bracket's token to that of its closing one; undefined after a mistake. */
export type BracketPairs = ReadonlyMap<number, number>;

export function pairBrackets(
  tokens: readonly Token[],
  problems: Problems,
): BracketPairs | undefined {
  const pairs = new Map<number, number>();
  const open: { index: number; token: Token }[] = [];
  const links = new Links();
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'operator') continue;
    const afterValue = tokens[index - 1]?.operand ?? false;
    if (CLOSING.has(token.text)) {
      if (afterValue) links.add();
      open.push({ index, token });
      links.open();
    } else if (CLOSERS.includes(token.text)) {
      const opener = open.pop();
      if (opener === undefined || CLOSING.get(opener.token.text) !== token.text) {
        problems.add('mismatched-bracket', token.start, token.end);
        return undefined;
      }
      pairs.set(opener.index, index);
      links.close();
    } else if (token.text === ',' || token.text === ';') links.restart();
    else links.add();
    if (open.length > MAX_DEPTH || links.total > MAX_LINKS) {
      const code = open.length > MAX_DEPTH ? 'too-deep' : 'chain-too-long';
      problems.add(code, token.start, token.end);
      return undefined;
    }
  }
  const unclosed = open.at(-1)?.token;
  if (unclosed === undefined) return pairs;
  problems.add('unclosed-bracket', unclosed.start, unclosed.end);
  return undefined;
}

/** Counts the operators since the last comma on every open level: what bounds the depth of the tree there. */
class Links {
  #total = 0;
  #here = 0;
  readonly #outer: number[] = [];

  get total(): number {
    return this.#total;
  }

  add(): void {
    this.#total++;
    this.#here++;
  }

  restart(): void {
    this.#total -= this.#here;
    this.#here = 0;
  }

  open(): void {
    this.#outer.push(this.#here);
    this.#here = 0;
  }

  close(): void {
    this.restart();
    this.#here = this.#outer.pop() ?? 0;
  }
}
