/**
 * Five-field cron expressions as Unix reads them (crontab(5)): lists, ranges, steps, names of months and days, Sunday
 * as 0 and 7. Where cron programs disagree on what an expression means, it is refused rather than guessed.
 */
import type { Checked, Problem } from '../words/problem.ts';

/** Values of each field, ascending; days of the week from Sunday, 0. */
export interface UnixCron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly days: Days;
}

/** Both at once: either of them is enough. */
export interface Days {
  /** Days of the month; undefined: they play no part. */
  readonly ofMonth?: readonly number[];
  readonly ofWeek?: readonly number[];
}

interface CronFieldRule {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names of the values from `from` on. */
  readonly names?: readonly string[];
}

interface CronField {
  readonly values: readonly number[];
  /** `any`: a plain asterisk. `open`: begins with one, and goes on. */
  readonly form: 'any' | 'open' | 'listed';
}

const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
export const dayNames = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const rules = {
  minutes: { name: 'minutes', from: 0, to: 59 },
  hours: { name: 'hours', from: 0, to: 23 },
  ofMonth: { name: 'days of the month', from: 1, to: 31 },
  months: { name: 'months', from: 1, to: 12, names: monthNames },
  ofWeek: { name: 'days of the week', from: 0, to: 7, names: dayNames },
} as const satisfies Record<string, CronFieldRule>;

const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** All problems at once; none of them repeats text of the expression but numbers. */
export function parseUnixCron(expression: string): Checked<UnixCron> {
  const text = expression.trim();
  const five = text.startsWith('@') ? macros[text.toLowerCase()] : text;
  if (five === undefined) return refused(problem('cron-macro', macroMessage));
  const texts = five.split(/\s+/);
  const [minutes, hours, ofMonth, months, ofWeek] = texts;
  if (
    texts.length !== 5 ||
    minutes === undefined ||
    hours === undefined ||
    ofMonth === undefined ||
    months === undefined ||
    ofWeek === undefined
  ) {
    return refused(problem('cron-fields', fieldsMessage(texts.length)));
  }
  const read = {
    minutes: readCronField(minutes, rules.minutes),
    hours: readCronField(hours, rules.hours),
    ofMonth: readCronField(ofMonth, rules.ofMonth),
    months: readCronField(months, rules.months),
    ofWeek: readCronField(ofWeek, rules.ofWeek),
  };
  const problems = Object.values(read).flatMap((field) => (field.ok ? [] : field.problems));
  if (!read.minutes.ok || !read.hours.ok || !read.months.ok) return refused(...problems);
  if (!read.ofMonth.ok || !read.ofWeek.ok) return refused(...problems);
  const days = daysOf(read.ofMonth.value, read.ofWeek.value);
  if (!days.ok) return days;
  const cron = {
    minutes: read.minutes.value.values,
    hours: read.hours.value.values,
    months: read.months.value.values,
    days: days.value,
  };
  return everFires(cron) ? found(cron) : refused(problem('cron-never', neverMessage));
}

const problem = (code: string, message: string): Problem => ({ code, message });
const found = <T>(value: T) => ({ ok: true, value }) as const;
const refused = (...problems: Problem[]) => ({ ok: false, problems }) as const;

const macroMessage = `There is no such name for a schedule. Use one of ${Object.keys(macros).join(', ')}, or five fields.`;

const neverMessage =
  'No month it names has a day it names, so it would never run. Name a day that its months have.';

const fieldsMessage = (count: number) =>
  `It has ${count} fields, and cron has five: minutes, hours, days of the month, months, days of the week. ${
    count > 5
      ? 'Take out seconds and years, which it does not know.'
      : 'Write * for a field that may be anything.'
  }`;

function readCronField(text: string, rule: CronFieldRule): Checked<CronField> {
  if (/[LW#?]/i.test(withoutNames(text, rule))) {
    return refused(problem('cron-special', specialMessage(rule)));
  }
  const values = new Set<number>();
  const problems: Problem[] = [];
  for (const item of text.split(',')) {
    const read = readItem(item, rule);
    if (!read.ok) problems.push(...read.problems);
    else for (const value of read.value) values.add(rule === rules.ofWeek ? value % 7 : value);
  }
  if (problems.length > 0) return refused(...problems);
  const form = text === '*' ? 'any' : text.startsWith('*') ? 'open' : 'listed';
  return found({ values: [...values].sort((a, b) => a - b), form });
}

/** JUL and WED hold the letters of signs. */
function withoutNames(text: string, { names = [] }: CronFieldRule): string {
  return names.length > 0
    ? text.toUpperCase().replaceAll(new RegExp(names.join('|'), 'g'), '')
    : text;
}

const specialMessage = ({ name }: CronFieldRule) =>
  `The ${name} have L, W, # or ?, which cron does not know. Use numbers, names, lists, ranges and steps; for the last day of a month, name the first of the next.`;

function readItem(item: string, rule: CronFieldRule): Checked<number[]> {
  const { name, from, to } = rule;
  const [, start, end, step] = /^(\*|[^-/]+)(?:-([^-/]+))?(?:\/([^-/]+))?$/.exec(item) ?? [];
  if (start === undefined || (start === '*' && end !== undefined)) {
    return refused(problem('cron-item', itemMessage(rule)));
  }
  const first = start === '*' ? found(from) : readValue(start, rule);
  const isOpen = start === '*' || step !== undefined;
  const final = end !== undefined ? readEnd(end, rule) : isOpen ? found(topOf(rule)) : first;
  if (!first.ok) return first;
  if (!final.ok) return final;
  if (first.value > final.value) {
    const message = `The ${name} have a range that runs from ${first.value} down to ${final.value}. Write two ranges, one up to ${to} and one from ${from} on.`;
    return refused(problem('cron-range', message));
  }
  if (rule === rules.ofWeek && start !== '*' && end === undefined && step !== undefined) {
    return refused(problem('cron-step', weekStepMessage));
  }
  const by = step === undefined ? 1 : Number(step);
  if (step !== undefined && (!/^\d{1,2}$/.test(step) || by < 1 || by > to - from)) {
    const message = `The ${name} have a step that is not a whole number from 1 to ${to - from}: a step begins anew with each ${wholeOf(rule)}. Correct it, or name the values one by one.`;
    return refused(problem('cron-step', message));
  }
  const length = Math.floor((final.value - first.value) / by) + 1;
  return found(Array.from({ length }, (_, index) => first.value + index * by));
}

/** All days of the week once: 0 to 6. */
const topOf = (rule: CronFieldRule) => (rule === rules.ofWeek ? 6 : rule.to);

const weekStepMessage =
  'The days of the week have a step from one day on, which some cron programs end with Saturday and some with Sunday. Write the range out, such as 1-5/2, or name the days.';

const wholeOf = ({ name }: CronFieldRule) =>
  ({ minutes: 'hour', hours: 'day', months: 'year', 'days of the week': 'week' })[name] ?? 'month';

function readValue(text: string, rule: CronFieldRule): Checked<number> {
  const { name, from, to, names = [] } = rule;
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return found(from + named);
  if (!/^\d{1,4}$/.test(text)) return refused(problem('cron-item', itemMessage(rule)));
  const value = Number(text);
  if (value >= from && value <= to) return found(value);
  const message = `The ${name} have ${value}, and go from ${from} to ${to}. Use a number between.`;
  return refused(problem('cron-value', message));
}

/** At the end of a range Sunday is the seventh day: FRI-SUN. */
function readEnd(text: string, rule: CronFieldRule): Checked<number> {
  return rule === rules.ofWeek && text.toUpperCase() === 'SUN' ? found(7) : readValue(text, rule);
}

const itemMessage = ({ name, from, to, names }: CronFieldRule) =>
  `The ${name} have an item that is no *, number${names ? `, name (${names[0]} … ${names.at(-1)})` : ''}, range or step. Write items such as ${from}, ${from}-${to} or ${from}-${to}/2, with commas between and no blanks.`;

/**
 * crontab(5): where both fields are restricted, either is enough. A field that begins with an asterisk counts as
 * restricted for some cron programs and not for others, which makes it "either" here and "both" there.
 */
function daysOf(ofMonth: CronField, ofWeek: CronField): Checked<Days> {
  if (ofWeek.form === 'any') {
    return found(ofMonth.form === 'any' ? {} : { ofMonth: ofMonth.values });
  }
  if (ofMonth.form === 'any') return found({ ofWeek: ofWeek.values });
  if (ofMonth.form === 'open' || ofWeek.form === 'open') {
    const message =
      'Both the days of the month and the days of the week are restricted, one of them by a step of all days, which some cron programs read as "either" and some as "both". Write its days out, such as 1-31/2, which means "either"; or leave one of the fields *.';
    return refused(problem('cron-days-ambiguous', message));
  }
  return found({ ofMonth: ofMonth.values, ofWeek: ofWeek.values });
}

const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Some month of these has one of these days, if only in a leap year. */
export const hasDay = (months: readonly number[], days: readonly number[]): boolean =>
  months.some((month) => days.some((day) => day <= (daysIn[month - 1] ?? 0)));

const everFires = ({ months, days: { ofMonth, ofWeek } }: UnixCron) =>
  ofMonth === undefined || ofWeek !== undefined || hasDay(months, ofMonth);
