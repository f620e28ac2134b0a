/** A run's account: every row of the snapshot and every key of the mirror stands in exactly one bucket. */

import { type Counts, type Outcome, outcomes } from '../../contracts/counts.ts';
export type ByOutcome = Counts['insert'];

export const noOutcomes = (): ByOutcome => ({
  delivered: 0,
  rejected: 0,
  uncertain: 0,
  unsent: 0,
  invalid: 0,
});

export const total = (by: ByOutcome): number =>
  outcomes.reduce((sum, outcome) => sum + by[outcome], 0);

/** Over all actions. */
export const totalOf = (counts: Counts, outcome: Outcome): number =>
  counts.insert[outcome] +
  counts.reinsert[outcome] +
  counts.update[outcome] +
  counts.delete[outcome];

export const changesOf = (counts: Counts): number =>
  total(counts.insert) + total(counts.reinsert) + total(counts.update) + total(counts.delete);

/** The equations the counts break; empty for a sound account. */
export function imbalances(counts: Counts): string[] {
  const { snapshot, mirror, adopted = 0 } = counts;
  const inserted = total(counts.insert);
  const reinserted = total(counts.reinsert);
  const updated = total(counts.update);
  const deleted = total(counts.delete);
  const entered = counts.insert.delivered + counts.insert.rejected + counts.insert.uncertain;
  const equations: [string, number, number][] = [
    [
      'rows = duplicate + invalid + members',
      snapshot.rows,
      snapshot.duplicate + snapshot.invalid + snapshot.members,
    ],
    [
      'members = unchanged + refresh + adopted + insert + reinsert + update',
      snapshot.members,
      counts.unchanged + counts.refresh + adopted + inserted + reinserted + updated,
    ],
    [
      'mirror before = unchanged + refresh + reinsert + update + delete + kept',
      mirror.before,
      counts.unchanged + counts.refresh + reinserted + updated + deleted + mirror.kept,
    ],
    [
      'mirror after = before + adopted + entered − deletes delivered',
      mirror.after,
      mirror.before + adopted + entered - counts.delete.delivered,
    ],
  ];
  return equations
    .filter(([, left, right]) => left !== right)
    .map(([name, left, right]) => `${name}: ${left} against ${right}`);
}

/** Changes that were tried and not delivered, and invalid rows. */
export const failingIn = (counts: Counts): number =>
  counts.snapshot.invalid +
  totalOf(counts, 'rejected') +
  totalOf(counts, 'uncertain') +
  totalOf(counts, 'invalid');

/** Changes that were planned and not delivered. */
export const undeliveredIn = (counts: Counts) => ({
  rejected: totalOf(counts, 'rejected'),
  uncertain: totalOf(counts, 'uncertain'),
  unsent: totalOf(counts, 'unsent'),
  invalid: totalOf(counts, 'invalid'),
});
