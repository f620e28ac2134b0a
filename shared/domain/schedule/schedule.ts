/**
 * From a sync's schedule to the expressions of EventBridge Scheduler that fire at exactly its times, in its time zone:
 * `cron(minutes hours day-of-month month day-of-week year)`
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based).
 *
 * EventBridge takes one of the two day fields only. Where Unix reads "either of them", two expressions are made; both
 * fire on a day that is both, and of two starts at one moment one finds the other's run open, or nothing left to do.
 */

import type { Schedule } from '../../contracts/schedule.ts';
import { ConfigurationError } from '../words/errors.ts';
import type { Checked, ConfigurationProblem } from '../words/problem.ts';
import { type Days, dayNames, hasDay, parseUnixCron, type UnixCron } from './unix-cron.ts';

/**
 * At most two; none for `manual`. Equal schedules give equal expressions.
 * @throws ConfigurationError `schedule-invalid` with every problem named
 */
export function expressionsOf(schedule: Schedule): string[] {
  const checked = check(schedule);
  if (checked.ok) return checked.value;
  const told = checked.problems.map(({ message }) => message).join(' ');
  throw new ConfigurationError('schedule-invalid', `The schedule can't be read. ${told}`);
}

/** What keeps the schedule from being saved. */
export function scheduleProblems(schedule: Schedule): ConfigurationProblem[] {
  const checked = check(schedule);
  if (checked.ok) return [];
  const path = schedule.type === 'cron' ? 'schedule.expression' : 'schedule.timeZone';
  return checked.problems.map((problem) => ({ ...problem, path }));
}

/** Of the IANA database. */
export const timeZoneOf = (schedule: Schedule): string =>
  ('timeZone' in schedule ? schedule.timeZone : undefined) ?? 'UTC';

function check(schedule: Schedule): Checked<string[]> {
  switch (schedule.type) {
    case 'manual':
      return { ok: true, value: [] };
    case 'basic':
      if (schedule.timeZone !== undefined && hoursOf(schedule.every) < 3)
        return { ok: false, problems: [zoneless] };
      return { ok: true, value: written(basicCron(schedule)) };
    case 'cron': {
      const cron = parseUnixCron(schedule.expression);
      return cron.ok ? { ok: true, value: written(cron.value) } : cron;
    }
  }
}

/** Where the clocks are put back it would stand still for an hour. */
const zoneless = {
  code: 'schedule-zone',
  message:
    'It runs every hour or more often, where a time zone says nothing. Leave the time zone out.',
};

/** Whole hours of an interval. */
const hoursOf = (every: Basic['every']) => (every.endsWith('m') ? 0 : Number.parseInt(every, 10));

type Basic = Extract<Schedule, { type: 'basic' }>;

/** Every interval divides the day, so all its times follow from one. */
function basicCron({ every, from }: Basic): UnixCron {
  const [hour = 0, minute = 0] = from.split(':').map(Number);
  const length = Number.parseInt(every, 10);
  const steps = (start: number, by: number, end: number) =>
    Array.from({ length: end / by }, (_, index) => (start % by) + index * by);
  const isMinutes = every.endsWith('m');
  return {
    minutes: isMinutes ? steps(minute, length, 60) : [minute],
    hours: isMinutes ? steps(0, 1, 24) : steps(hour, length, 24),
    months: steps(0, 1, 12).map((month) => month + 1),
    days: {},
  };
}

function written({ minutes, hours, months, days }: UnixCron): string[] {
  const time = `${field(minutes, 0, 59)} ${field(hours, 0, 23)}`;
  const month = field(months, 1, 12);
  return cronDayFields(months, days).map(
    ({ ofMonth, ofWeek }) => `cron(${time} ${ofMonth} ${month} ${ofWeek} *)`,
  );
}

interface CronDayFields {
  readonly ofMonth: string;
  readonly ofWeek: string;
}

function cronDayFields(months: readonly number[], { ofMonth, ofWeek }: Days): CronDayFields[] {
  const everyDay = { ofMonth: '*', ofWeek: '?' };
  const isAll = ofMonth?.length === 31 || ofWeek?.length === 7;
  if (isAll || (ofMonth === undefined && ofWeek === undefined)) return [everyDay];
  const fields: CronDayFields[] = [];
  // A date that no month has never fires, and EventBridge would refuse it.
  if (ofMonth && hasDay(months, ofMonth)) {
    fields.push({ ofMonth: field(ofMonth, 1, 31), ofWeek: '?' });
  }
  // By name: EventBridge counts its days from 1, cron from 0.
  if (ofWeek) fields.push({ ofMonth: '?', ofWeek: runs(ofWeek, (day) => dayNames[day] ?? '') });
  return fields;
}

/** `*`, `from/step` to the field's end, or a list; EventBridge documents no step within a range. */
function field(values: readonly number[], from: number, to: number): string {
  if (values.length === to - from + 1) return '*';
  const [first = 0, second = 0] = values;
  const step = second - first;
  const isSteps =
    values.length > 2 &&
    step > 1 &&
    values.every((value, index) => value === first + index * step) &&
    first + values.length * step > to;
  return isSteps ? `${first}/${step}` : runs(values, String);
}

/** Neighbours as ranges, so that no expression outgrows the 256 characters that EventBridge takes. */
function runs(values: readonly number[], text: (value: number) => string): string {
  const items: string[] = [];
  for (let at = 0; at < values.length; ) {
    const first = values[at] ?? 0;
    let length = 1;
    while (values[at + length] === first + length) length++;
    items.push(
      ...(length > 2
        ? [`${text(first)}-${text(first + length - 1)}`]
        : values.slice(at, at + length).map(text)),
    );
    at += length;
  }
  return items.join(',');
}
