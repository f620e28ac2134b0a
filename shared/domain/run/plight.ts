/** How a sync fares, in one word. */
import type { Run } from '../../contracts/run.ts';
import type { Sync } from '../../contracts/sync.ts';
import type { SyncState } from '../../contracts/sync-state.ts';
import { dataOf, missedShare, type NextTimes, staleFrom } from './data-age.ts';
import { waitingOf } from './waiting.ts';

/** The first of these that holds: those that need a person come first. */
export const plights = [
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
] as const;
export type Plight = (typeof plights)[number];

export interface Faring {
  readonly sync: Sync;
  /** Undefined: it can't be read. */
  readonly state: SyncState | undefined;
  /** The run that is open. */
  readonly open: Run | undefined;
  /** The run that found the snapshot so that it is passed over. */
  readonly aside: Run | undefined;
}

export interface Moment {
  readonly now: number;
  readonly nextTimes: NextTimes;
}

export function plightOf(faring: Faring, at: Moment): Plight {
  const { sync, state, open } = faring;
  if (!state) return 'unreadable';
  const { lastEnd } = state;
  const passed = passedOver(faring);
  if (passed === 'held') return 'held';
  if (lastEnd?.status === 'failed') return 'failed';
  if (open && waitingOf(open)) return 'waiting';
  if (isStale(sync, state, at)) return 'stale';
  if (missedShare(state) > sync.alerts.partialShare) return 'partial';
  if (!lastEnd) return 'new';
  if (!sync.enabled) return 'off';
  return passed || differing(state) > 0 ? 'differs' : 'equal';
}

/** Why the schedule passes over the newest snapshot; undefined: it does not. */
export function passedOver({
  state,
  aside,
}: Pick<Faring, 'state' | 'aside'>): 'held' | 'turned-down' | 'rolled-back' | undefined {
  const why = state?.setAside?.why;
  return why === 'held' && aside?.status === 'cancelled' ? 'turned-down' : why;
}

function isStale(sync: Sync, state: SyncState, { now, nextTimes }: Moment): boolean {
  const at = dataOf(sync, state);
  const from = at === undefined ? undefined : staleFrom(sync, at, state, nextTimes);
  return from !== undefined && now >= from;
}

/** Members that the platform may not have as the snapshot has them. */
function differing({ mirror, undelivered }: SyncState): number {
  const { rejected = 0, uncertain = 0, unsent = 0, invalid = 0 } = undelivered ?? {};
  const missed = rejected + uncertain + unsent + invalid + (undelivered?.invalidRows ?? 0);
  return Math.max(missed, mirror?.uncertain ?? 0);
}
