/** `cron(…)` of EventBridge Scheduler, and when it fires. */
import { Cron } from 'croner';
import { cronPattern, invalidExpression } from './cron-pattern.ts';

/** `content`: the six fields. `timezone`: an IANA name. @throws ConfigurationError `expression-invalid` */
export function cronOf(content: string, timezone: string): Cron {
  const pattern = cronPattern(content);
  try {
    return new Cron(pattern, { mode: '7-part', paused: true, timezone });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not understood';
    throw invalidExpression(`cron(${content}): ${reason}`, { cause });
  }
}

/**
 * The first time after `after`, in epoch milliseconds; undefined where there is none. In local time that the clocks
 * skip nothing runs; what they repeat runs once if its hour and minute are single values.
 */
export function nextCron(cron: Cron, after: number): number | undefined {
  let next = cron.nextRun(new Date(after));
  // croner moves a time that the clocks skip behind the gap; Scheduler skips it.
  while (next !== null && !cron.match(next)) next = cron.nextRun(next);
  return next?.getTime();
}
