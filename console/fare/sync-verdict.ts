/** What a sync's page says first: is the platform what the newest snapshot says, and of when is that? */
import { say } from '../words/text.ts';
import { moment, relative, utcClock } from '../words/times.ts';
import type { Fare } from './fare.ts';
import { guardSentence } from './guards.ts';

export function syncVerdict(fare: Fare, now: number): string {
  const { state, sync, dataFrom, failing = 0 } = fare;
  const { status } = sync;
  const data = dataFrom === undefined ? say('data.unknown') : moment(dataFrom, now);
  const ago = dataFrom === undefined ? '' : relative(dataFrom, now);
  switch (state) {
    case 'unreadable':
      return say('syncVerdict.unreadable', { error: status.error?.message ?? '' }).trim();
    case 'held':
      return say('syncVerdict.held', { error: guardSentence(status.guards) ?? '' }).trim();
    case 'failed':
      return say('syncVerdict.failed', { error: status.lastRun?.error?.message ?? '' }).trim();
    case 'waiting':
      return waitingVerdict(fare);
    case 'stale':
      return dataFrom === undefined
        ? say('need.staleUnknown')
        : say('syncVerdict.stale', { data, ago });
    case 'partial':
      return say('syncVerdict.partial', { n: failing, data, ago });
    case 'new':
      return say('syncVerdict.new');
    case 'off':
      return dataFrom === undefined
        ? say('syncVerdict.offNever')
        : say('syncVerdict.off', { data, ago });
    case 'differs':
      if (status.passedOver) return say(`passedOver.${status.passedOver}`, { data, ago });
      return say('syncVerdict.differs', { data, ago, n: Math.max(failing, status.uncertain) });
    default:
      return say('syncVerdict.equal', { data, ago });
  }
}

function waitingVerdict({ sync }: Fare): string {
  const { waiting } = sync.status;
  if (!waiting) return say('need.waiting');
  return say('syncVerdict.waiting', {
    platform: sync.destination,
    since: utcClock(Date.parse(waiting.since)),
    next: utcClock(Date.parse(waiting.nextAt)),
    until: utcClock(Date.parse(waiting.until)),
  });
}
