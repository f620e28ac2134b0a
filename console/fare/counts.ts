/** The run's account in the words of the console: add, update, remove; and whether it balances. */
import type { Run } from '../api/schema.d.ts';

type Counts = NonNullable<Run['counts']>;
export type Outcomes = Counts['insert'];
export type Outcome = keyof Outcomes;

export const outcomes = [
  'delivered',
  'rejected',
  'uncertain',
  'unsent',
  'invalid',
] as const satisfies readonly Outcome[];

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
export const allOf = (each: Outcomes): number => sum(outcomes.map((outcome) => each[outcome]));

const plus = (one: Outcomes, other: Outcomes): Outcomes => ({
  delivered: one.delivered + other.delivered,
  rejected: one.rejected + other.rejected,
  uncertain: one.uncertain + other.uncertain,
  unsent: one.unsent + other.unsent,
  invalid: one.invalid + other.invalid,
});

/** Adding again is adding: the platform is sent the same request. */
export function byAction({ insert, reinsert, update, delete: removed }: Counts) {
  return { add: plus(insert, reinsert), update, remove: removed };
}

export interface Totals {
  /** Delivered. */
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  readonly delivered: number;
  /** Of changes: refused, uncertain, not sent, not able to be sent. */
  readonly failed: number;
  readonly changes: number;
  /** Rows that can't be used. */
  readonly invalidRows: number;
}

const nothing: Totals = {
  added: 0,
  updated: 0,
  removed: 0,
  delivered: 0,
  failed: 0,
  changes: 0,
  invalidRows: 0,
};

export function totals(counts: Counts | undefined): Totals {
  if (!counts) return nothing;
  const { add, update, remove } = byAction(counts);
  const changes = allOf(add) + allOf(update) + allOf(remove);
  const delivered = add.delivered + update.delivered + remove.delivered;
  return {
    added: add.delivered,
    updated: update.delivered,
    removed: remove.delivered,
    delivered,
    failed: changes - delivered,
    changes,
    invalidRows: counts.snapshot.invalid,
  };
}

/** Rows that were read end as duplicate, invalid, or a member. */
export const rowsBalance = ({ snapshot }: Counts): boolean =>
  snapshot.rows === snapshot.duplicate + snapshot.invalid + snapshot.members;

/** Members of the snapshot end as unchanged, refreshed, adopted, or a change that adds or updates. */
export function membersBalance(counts: Counts): boolean {
  const { snapshot, unchanged, refresh, adopted = 0 } = counts;
  return snapshot.members === unchanged + refresh + adopted + toSend(counts);
}

/** Members that are to be added or updated. */
export const toSend = ({ insert, reinsert, update }: Counts): number =>
  allOf(insert) + allOf(reinsert) + allOf(update);
