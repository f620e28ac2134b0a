/**
 * Schedule expressions of EventBridge Scheduler: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`, `at(2026-01-31T08:00:00)`
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 */
import { Cron } from 'croner';
import { MirrorError } from '../../../shared/domain/words/errors.ts';
import { cronOf, nextCron } from '../../../shared/schedules/cron.ts';
import { invalid } from './service-error.ts';

export type Expression =
  | { readonly kind: 'rate'; readonly periodMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'at'; readonly time: number };

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** `timezone` is an IANA name. @throws ServiceError ValidationException */
export function parseExpression(text: string, timezone: string): Expression {
  checkTimezone(timezone);
  const [, form, content] = /^(rate|cron|at)\((.*)\)$/.exec(text) ?? [];
  if (form === 'rate') return rate(content ?? '');
  if (form === 'cron') return cron(content ?? '', timezone);
  if (form === 'at') return at(content ?? '', timezone);
  throw invalid(
    'ScheduleExpression is none of rate(value unit), cron(six fields) and at(yyyy-mm-ddThh:mm:ss)',
  );
}

/**
 * The first time after `after`, or undefined where there is none. A rate counts from `anchor`, which is its first time.
 * All times are epoch milliseconds.
 */
export function nextTime(
  expression: Expression,
  after: number,
  anchor: number,
): number | undefined {
  switch (expression.kind) {
    case 'rate': {
      const { periodMs } = expression;
      return after < anchor
        ? anchor
        : anchor + (Math.floor((after - anchor) / periodMs) + 1) * periodMs;
    }
    case 'at':
      return expression.time > after ? expression.time : undefined;
    case 'cron':
      return nextCron(expression.cron, after);
  }
}

function rate(content: string): Expression {
  const [, value, unit] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(content) ?? [];
  if (unit !== 'minute' && unit !== 'hour' && unit !== 'day') {
    throw invalid('rate(value unit) needs a positive whole number and minutes, hours or days');
  }
  return { kind: 'rate', periodMs: Number(value) * unitMs[unit] };
}

function cron(content: string, timezone: string): Expression {
  try {
    return { kind: 'cron', cron: cronOf(content, timezone) };
  } catch (error) {
    throw error instanceof MirrorError ? invalid(error.message) : error;
  }
}

function at(content: string, timezone: string): Expression {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(content) || !isCalendarTime(content)) {
    throw invalid(`at(${content}) is not a time of the form yyyy-mm-ddThh:mm:ss`);
  }
  const time = new Cron(content, { paused: true, timezone, allowPast: true }).getOnce();
  if (time === null) throw invalid(`at(${content}) is not a time`);
  return { kind: 'at', time: time.getTime() };
}

/** False for the 30th of February, which parsers like to move to March. */
function isCalendarTime(text: string): boolean {
  const time = new Date(`${text}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw invalid('ScheduleExpressionTimezone is not the name of a time zone');
  }
}
