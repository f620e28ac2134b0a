/**
 * The age of the data, which is not that of the run: a run may end well over an export of last week. A sync is stale where
 * the snapshot that its platform is as of is older than `alerts.withoutSuccessHours`; without that setting, where its
 * schedule found no newer one for two intervals, or for two of the exports' own where these come more seldom.
 */
import type { Schedule } from '../../contracts/schedule.ts';
import type { Sync } from '../../contracts/sync.ts';
import type { SyncState } from '../../contracts/sync-state.ts';

/** Epoch milliseconds at which a schedule fires next after `after`. */
export type NextTimes = (schedule: Schedule, after: number, count: number) => number[];

type Aged = Pick<SyncState, 'dataAt' | 'lastEnd' | 'undelivered' | 'newest'>;
type Watched = Pick<Sync, 'enabled' | 'schedule' | 'alerts'>;

/**
 * When the snapshot was written that the platform is as of; undefined: it is not known. A run that left so little
 * unsent that nobody is told of it is good enough.
 */
export function dataOf({ alerts }: Pick<Watched, 'alerts'>, state: Aged): number | undefined {
  const { dataAt, lastEnd } = state;
  const isGoodEnough = lastEnd?.status === 'partial' && missedShare(state) <= alerts.partialShare;
  const at = isGoodEnough ? lastEnd.snapshotAt : undefined;
  return at === undefined ? dataAt : Math.max(at, dataAt ?? 0);
}

/** Of the changes that were planned last, the share that was not delivered. */
export function missedShare({ undelivered }: Pick<SyncState, 'undelivered'>): number {
  if (!undelivered || undelivered.changes === 0) return 0;
  const { rejected, uncertain, unsent, invalid, changes } = undelivered;
  return (rejected + uncertain + unsent + invalid) / changes;
}

/**
 * From when on data of this moment counts as stale; undefined: never, as the sync is disabled, or is started by hand and
 * nobody said how old its data may be.
 */
export function staleFrom(
  { enabled, schedule, alerts }: Watched,
  dataAt: number,
  { newest }: Aged,
  nextTimes: NextTimes,
): number | undefined {
  if (!enabled) return undefined;
  const { withoutSuccessHours } = alerts;
  if (withoutSuccessHours !== undefined) return dataAt + withoutSuccessHours * 3_600_000;
  // The first time takes it, and the two after that should have found a newer one.
  const due = nextTimes(schedule, dataAt, 1 + intervals).at(intervals);
  if (due === undefined) return undefined;
  const between = newest?.before === undefined ? 0 : Math.abs(newest.writtenAt - newest.before);
  return Math.max(due, dataAt + intervals * between);
}

const intervals = 2;
