/** When a sync will run by itself: read from the expressions that EventBridge is given, so that what is shown is what fires. */
import type { Schedule } from '../contracts/schedule.ts';
import { expressionsOf, timeZoneOf } from '../domain/schedule/schedule.ts';
import { cronOf, nextCron } from './cron.ts';

/**
 * The next times after `after`, ascending and each once, in epoch milliseconds; fewer than `count`, from 1 up to 100,
 * where there are no more.
 * @throws ConfigurationError `schedule-invalid`
 */
export function nextTimes(schedule: Schedule, after: number, count: number): number[] {
  const crons = expressionsOf(schedule).map((text) =>
    cronOf(text.slice('cron('.length, -1), timeZoneOf(schedule)),
  );
  const times: number[] = [];
  for (let from = after; times.length < Math.min(count, 100); ) {
    const found = crons.flatMap((cron) => nextCron(cron, from) ?? []);
    if (found.length === 0) break;
    from = Math.min(...found);
    times.push(from);
  }
  return times;
}
