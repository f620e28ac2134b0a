/** Ids of runs sort in the order in which the runs were begun, whatever the clock says: it may have been wrong, or set back. */
import type { SyncState } from '../../contracts/sync-state.ts';

/** Characters of an id that are its time: milliseconds in base 36. The rest is chance. */
const timeLength = 10;
const usual = /^[0-9a-z]{26}$/;

/** `id` where it is above `floor` already; otherwise with the moment that follows the floor's. */
export function idAbove(id: string, floor: string): string {
  if (id > floor) return id;
  const next = (Number.parseInt(floor.slice(0, timeLength), 36) + 1).toString(36);
  return usual.test(floor) ? next.padStart(timeLength, '0') + id.slice(timeLength) : `${floor}0`;
}

/** The newest run that a sync is known to have had; empty where there was none. */
export function newestRunOf({ lastRun = '', openRun }: SyncState): string {
  const open = openRun?.run ?? '';
  return open > lastRun ? open : lastRun;
}

/** The moment an id was made, in epoch milliseconds by the clock of then; undefined where it is none of ours. */
export const momentOfId = (id: string): number | undefined =>
  usual.test(id) ? Number.parseInt(id.slice(0, timeLength), 36) : undefined;
