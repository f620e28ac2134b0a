/**
 * Where the nodes of jsonata's tree stand in the text. A node knows the offset at which one of its tokens ends: a
 * name's or literal's own, a bracket's opening one, an operator's sign. The tokens give the rest.
 */
import type { ExprNode } from 'jsonata';
import type { BracketPairs } from './brackets.ts';
import { groupEndOf, operandsOf } from './nodes.ts';
import type { Token } from './scan.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Spans {
  readonly #tokens: readonly Token[];
  readonly #pairs: BracketPairs;
  readonly #byEnd: ReadonlyMap<number, number>;

  constructor(tokens: readonly Token[], pairs: BracketPairs) {
    this.#tokens = tokens;
    this.#pairs = pairs;
    this.#byEnd = new Map(tokens.map((token, index) => [token.end, index]));
  }

  of(node: ExprNode): Span {
    const type: string = node.type;
    if (type === 'path') {
      const steps = this.across(node.steps ?? []);
      const grouped = groupEndOf(node);
      return grouped === undefined ? steps : { ...steps, end: this.#tokenSpan(grouped).end };
    }
    if (type === 'binary') return this.across(operandsOf(node));
    if (type === 'function' && node.procedure !== undefined) {
      return { start: this.of(node.procedure).start, end: this.#tokenSpan(node.position).end };
    }
    return this.#tokenSpan(node.position);
  }

  /** From the first of these nodes to the last. */
  across(nodes: readonly ExprNode[]): Span {
    const first = nodes[0];
    const last = nodes.at(-1);
    if (first === undefined || last === undefined) return { start: 0, end: 0 };
    return { start: this.of(first).start, end: this.of(last).end };
  }

  #tokenSpan(position: number | undefined): Span {
    const index = this.#byEnd.get(position ?? -1);
    const token = index === undefined ? undefined : this.#tokens[index];
    if (index === undefined || token === undefined) return { start: 0, end: 0 };
    const negated = token.kind === 'number' ? this.#minusBefore(index) : undefined;
    const closing = this.#tokens[this.#pairs.get(index) ?? index];
    return { start: negated?.start ?? token.start, end: closing?.end ?? token.end };
  }

  #minusBefore(index: number): Token | undefined {
    const before = this.#tokens[index - 1];
    return before?.text === '-' ? before : undefined;
  }
}
