/** What a sync's page says first: is the platform what the newest snapshot says, and of when is that? */
import { exact, share } from '../words/numbers.ts';
import { say } from '../words/text.ts';
import { moment, relative, utcClock } from '../words/times.ts';
import { allOf, totals } from './counts.ts';
import type { Fare } from './fare.ts';

export function syncVerdict(fare: Fare, now: number): string {
  const { state, sync, dataFrom, failing = 0, lastRun } = fare;
  const data = dataFrom === undefined ? say('data.unknown') : moment(dataFrom, now);
  const ago = dataFrom === undefined ? '' : relative(dataFrom, now);
  switch (state) {
    case 'held':
      return heldVerdict(fare);
    case 'failed':
      return say('syncVerdict.failed', { error: lastRun?.error?.message ?? '' }).trim();
    case 'waiting':
      return waitingVerdict(fare);
    case 'stale':
      return say('syncVerdict.stale', { data, ago });
    case 'partial': {
      const { delivered, changes } = totals(lastRun?.counts);
      if (lastRun === undefined) return say('syncVerdict.partialOnly', { n: failing });
      return say('syncVerdict.partial', { delivered, n: changes, data });
    }
    case 'new':
      return say('syncVerdict.new');
    case 'off':
      return say('syncVerdict.off', { data, ago });
    case 'differs':
      return say('syncVerdict.differs', {
        data,
        ago,
        n: Math.max(failing, sync.status.uncertain),
      });
    default:
      return say('syncVerdict.equal', { data, ago });
  }
}

/** Principle: what the decision is about, in numbers, and what each choice does. */
export function heldVerdict({ heldRun, sync }: Pick<Fare, 'heldRun' | 'sync'>): string {
  const { counts, error } = heldRun ?? {};
  if (!counts || error?.code !== 'guard-deletes') {
    return say('syncVerdict.held', { error: error?.message ?? '' }).trim();
  }
  const removed = allOf(counts.delete);
  return say('syncVerdict.heldDeletes', {
    removed: exact(removed),
    before: exact(counts.mirror.before),
    share: share(removed, counts.mirror.before),
    allowed: share(sync.guards.deletesShare, 1),
  });
}

function waitingVerdict({ openRun, sync }: Fare): string {
  if (!openRun?.waiting) return say('need.waiting');
  return say('syncVerdict.waiting', {
    platform: sync.destination,
    since: utcClock(Date.parse(openRun.waiting.since)),
    next: utcClock(Date.parse(openRun.waiting.nextAt)),
    until: utcClock(Date.parse(openRun.deadline)),
  });
}
