/** Why a sync needs a person, in one line. */
import { exact } from '../words/numbers.ts';
import { say } from '../words/text.ts';
import { utc, utcClock } from '../words/times.ts';
import type { Fare } from './fare.ts';
import { guardSentence } from './guards.ts';

export function needOf(
  { state, sync: { status }, dataFrom, failing = 0 }: Fare,
  now: number,
): string {
  switch (state) {
    case 'unreadable':
      return status.error?.message ?? say('need.unreadable');
    case 'held':
      return guardSentence(status.guards) ?? say('need.held');
    case 'waiting':
      return waitsFor(status.waiting);
    case 'failed':
      return status.lastRun?.error?.message ?? say('need.failed');
    case 'stale':
      return dataFrom === undefined
        ? say('need.staleUnknown')
        : say('need.stale', { at: utc(dataFrom, now) });
    default: {
      const [top] = status.failing?.reasons ?? [];
      return top === undefined
        ? say('need.partly', { n: failing })
        : say('need.partlyFor', { n: failing, top: exact(top.count), reason: top.reason });
    }
  }
}

function waitsFor(waiting: Fare['sync']['status']['waiting']): string {
  if (!waiting) return say('need.waiting');
  return say('need.waitingUntil', {
    since: utcClock(Date.parse(waiting.since)),
    next: utcClock(Date.parse(waiting.nextAt)),
    until: utcClock(Date.parse(waiting.until)),
  });
}
