/** The outcomes of several senders of one chunk, brought together. */
import type { Outcome } from '../../contracts/counts.ts';
import type { OutcomeLine } from '../../contracts/plan.ts';

/** Which of two accounts of one position holds: a 2xx that anybody saw is a 2xx. */
const weight: Record<Outcome, number> = {
  delivered: 4,
  uncertain: 3,
  rejected: 2,
  invalid: 1,
  unsent: 0,
};

/** Disjoint lines in order, from the accounts of several senders. */
export function merge(lines: readonly OutcomeLine[]): OutcomeLine[] {
  const edges = [...new Set(lines.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const merged: OutcomeLine[] = [];
  edges.forEach((from, i) => {
    const to = edges[i + 1];
    if (to === undefined) return;
    const best = lines
      .filter((line) => line.from <= from && line.to >= to)
      .sort((a, b) => weight[b.outcome] - weight[a.outcome])[0];
    if (best) merged.push({ ...best, from, to });
  });
  return merged;
}

/** Full jitter: anywhere between nothing and a bound that doubles from one second up to five minutes. */
export const backoffMs = (failures: number, random: number): number =>
  Math.round(random * Math.min(300_000, 1_000 * 2 ** Math.max(0, failures - 1)));
