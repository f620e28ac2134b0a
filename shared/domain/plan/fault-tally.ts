import type { ReasonCount } from '../../contracts/counts.ts';
import type { Fault } from '../words/problem.ts';

/** Counts what rows are blamed for, or go without. */
export class FaultTally {
  readonly #counts = new Map<string, ReasonCount>();

  add(fault: Fault, count: number): void {
    const id = `${fault.code} ${fault.reason}`;
    const before = this.#counts.get(id)?.count ?? 0;
    this.#counts.set(id, { ...fault, count: before + count });
  }

  /** Most frequent first, at most 10. */
  list(): ReasonCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count).slice(0, 10);
  }
}
