/** Why a sync needs a person, in one line. */

import { exact, share } from '../words/numbers.ts';
import { say } from '../words/text.ts';
import { utc, utcClock } from '../words/times.ts';
import { allOf } from './counts.ts';
import type { Fare } from './fare.ts';

export function needOf(fare: Fare, now: number): string {
  switch (fare.state) {
    case 'held':
      return heldFor(fare);
    case 'waiting':
      return waitsFor(fare);
    case 'failed':
      return fare.lastRun?.error?.message ?? say('need.failed');
    case 'stale':
      return fare.dataFrom === undefined
        ? say('need.staleUnknown')
        : say('need.stale', { at: utc(fare.dataFrom, now) });
    default:
      return notDelivered(fare);
  }
}

function heldFor({ heldRun, sync }: Fare): string {
  const { counts, error } = heldRun ?? {};
  if (!counts) return say('need.held');
  const removed = allOf(counts.delete);
  if (error?.code !== 'guard-deletes') return error?.message ?? say('need.held');
  return say('need.heldDeletes', {
    removed: exact(removed),
    before: exact(counts.mirror.before),
    share: share(removed, counts.mirror.before),
    allowed: share(sync.guards.deletesShare, 1),
  });
}

function waitsFor({ openRun }: Fare): string {
  const { waiting, deadline } = openRun ?? {};
  if (!waiting || deadline === undefined) return say('need.waiting');
  return say('need.waitingUntil', {
    since: utcClock(Date.parse(waiting.since)),
    next: utcClock(Date.parse(waiting.nextAt)),
    until: utcClock(Date.parse(deadline)),
  });
}

function notDelivered({ failing, lastRun }: Fare): string {
  const [top] = lastRun?.reasons ?? [];
  const n = failing ?? 0;
  return top === undefined
    ? say('need.partly', { n })
    : say('need.partlyFor', { n, top: exact(top.count), reason: top.reason });
}
