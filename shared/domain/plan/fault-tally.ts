import type { ReasonCount } from '../../contracts/counts.ts';
import { capped } from '../words/capped.ts';
import type { Fault } from '../words/problem.ts';

/** Counts what rows are blamed for, or go without. */
export class FaultTally {
  readonly #counts = new Map<string, ReasonCount>();

  /** @param counted by another, of other rows */
  constructor(counted: readonly ReasonCount[] = []) {
    for (const { count, ...fault } of counted) this.add(fault, count);
  }

  add(fault: Fault, count: number): void {
    const reason = capped(fault.reason);
    const id = `${fault.code} ${reason}`;
    const before = this.#counts.get(id)?.count ?? 0;
    this.#counts.set(id, { ...fault, reason, count: before + count });
  }

  /** Most frequent first. */
  list(most = 10): ReasonCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count).slice(0, most);
  }
}
