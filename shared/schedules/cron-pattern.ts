/**
 * From Scheduler's cron fields (minutes, hours, day of month, month, day of week, year) to croner's seven. They differ
 * where it hurts: AWS counts Sunday to Saturday as 1 to 7, wants `?` for one of the two days, reads `5/15` as "from 5 on",
 * and gives `L` as a day of the week.
 */

import { dayNames } from '../domain/schedule/unix-cron.ts';
import { ConfigurationError } from '../domain/words/errors.ts';

/** What EventBridge Scheduler would refuse. */
export const invalidExpression = (message: string, options?: ErrorOptions) =>
  new ConfigurationError('expression-invalid', message, options);

/** @throws ConfigurationError `expression-invalid` */
export function cronPattern(content: string): string {
  const fields = content.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if (
    fields.length !== 6 ||
    minutes === undefined ||
    hours === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined ||
    year === undefined
  ) {
    throw invalidExpression(
      'cron needs six fields: minutes hours day-of-month month day-of-week year',
    );
  }
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw invalidExpression('cron needs ? for exactly one of day-of-month and day-of-week');
  }
  if ([minutes, hours, month, year].some((field) => field.includes('?'))) {
    throw invalidExpression('? stands only for day-of-month or day-of-week');
  }
  return [
    '0',
    openSteps(minutes, 59),
    openSteps(hours, 23),
    dayOfMonth === '?' ? '*' : openSteps(dayOfMonth, 31),
    openSteps(month, 12),
    dayOfWeek === '?' ? '*' : daysOfWeek(dayOfWeek),
    openSteps(year, 2199),
  ].join(' ');
}

/** `5/15` → `5-59/15`. */
function openSteps(field: string, last: number): string {
  return field.replace(/(^|,)(\d+)\//g, `$1$2-${last}/`);
}

function daysOfWeek(field: string): string {
  if (field === '*') return '*';
  return field
    .split(',')
    .map((item) => dayItem(item.toUpperCase()))
    .join(',');
}

/** One item of the list; ranges are written out, so that one over the week's end works too. */
function dayItem(item: string): string {
  if (item === 'L') return 'SAT';
  const [, from, to] = /^([A-Z]{3}|[1-7])-([A-Z]{3}|[1-7])$/.exec(item) ?? [];
  if (from !== undefined && to !== undefined) return range(dayIndex(from), dayIndex(to));
  const [, day, suffix] = /^([A-Z]{3}|[1-7])(L|#[1-5])?$/.exec(item) ?? [];
  if (day === undefined) {
    throw invalidExpression(`${item} is not a day of the week: use 1-7 or SUN-SAT, - L #`);
  }
  return `${dayNames[dayIndex(day)]}${suffix ?? ''}`;
}

function range(from: number, to: number): string {
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => dayNames[(from + index) % 7]).join(',');
}

function dayIndex(day: string): number {
  const index = /^[1-7]$/.test(day) ? Number(day) - 1 : dayNames.indexOf(day);
  if (index < 0) throw invalidExpression(`${day} is not a day of the week: use 1-7 or SUN-SAT`);
  return index;
}
