/**
 * How a sync fares, as a person asks it: the first state that holds, how old the data is, and what happens next. The state is
 * the API's; only waiting, which it tells of the open run, is put in its place here.
 */
import type { Run, Sync } from '../api/schema.d.ts';
import { type Bar, barsOf } from './history.ts';

export type State =
  | 'unreadable'
  | 'held'
  | 'failed'
  | 'waiting'
  | 'stale'
  | 'partial'
  | 'new'
  | 'off'
  | 'differs'
  | 'equal';

/** From what needs a person most. */
export const states = [
  'unreadable',
  'held',
  'failed',
  'waiting',
  'stale',
  'partial',
  'new',
  'off',
  'differs',
  'equal',
] as const satisfies readonly State[];

const needy: ReadonlySet<State> = new Set([
  'unreadable',
  'held',
  'failed',
  'waiting',
  'stale',
  'partial',
]);
export const needsPerson = (state: State): boolean => needy.has(state);

export interface Fare {
  readonly sync: Sync;
  readonly state: State;
  readonly openRun: Run | undefined;
  readonly heldRun: Run | undefined;
  readonly lastRun: Run | undefined;
  /** When the snapshot was written that the platform is to be equal to; undefined: not told. */
  readonly dataFrom: number | undefined;
  /** Changes that were not delivered and rows that can't be used; undefined: no run yet, or not told. */
  readonly failing: number | undefined;
  readonly next: number | undefined;
  /** What its last runs did, oldest first. */
  readonly recent: readonly Bar[];
}

export function fareOf(sync: Sync, runs: readonly Run[]): Fare {
  const { status } = sync;
  const byId = (id: string | undefined) =>
    id === undefined ? undefined : runs.find((each) => each.id === id);
  const openRun = byId(status.openRun);
  const { lastRun } = status;
  const next = status.nextRuns[0];
  return {
    sync,
    state: stateOf(sync, openRun),
    openRun,
    heldRun: byId(status.heldRun),
    lastRun: byId(lastRun?.id),
    dataFrom: lastRun?.snapshotAt === undefined ? undefined : Date.parse(lastRun.snapshotAt),
    failing: failingOf(lastRun),
    next: next === undefined ? undefined : Date.parse(next),
    recent: barsOf(runs),
  };
}

/** A run that found nothing to send tells nothing of who failed before it. */
const failingOf = (last: Sync['status']['lastRun']): number | undefined =>
  last?.failing ?? (last?.status === 'unchanged' ? 0 : undefined);

function stateOf({ status: { state } }: Sync, openRun: Run | undefined): State {
  if (state === 'held' || state === 'failed') return state;
  return openRun?.waiting ? 'waiting' : state;
}

/** By what needs a person, then by name. */
export function byNeed(one: Fare, other: Fare): number {
  const rank = states.indexOf(one.state) - states.indexOf(other.state);
  return rank === 0 ? collator.compare(one.sync.name, other.sync.name) : rank;
}

export const collator: Intl.Collator = new Intl.Collator('en', { numeric: true });
