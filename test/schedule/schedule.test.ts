/** The expressions we give EventBridge fire when the schedule of the sync says: an independent cron library agrees. */
import { CronExpressionParser } from 'cron-parser';
import { describe, expect, test } from 'vitest';
import { basicIntervals, Schedule } from '../../shared/contracts/schedule.ts';
import { expressionsOf, scheduleProblems } from '../../shared/domain/schedule/schedule.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import fc from '../fast-check.ts';
import accepted from './expressions.json' with { type: 'json' };
import refused from './refusals.json' with { type: 'json' };

const begin = Date.UTC(2026, 1, 27, 22, 31, 30);
const cron = (expression: string): Schedule => ({ type: 'cron', expression });

/** What cron-parser says of the expression as it was written. */
function reference(unix: string, after: number, count: number): number[] {
  const parsed = CronExpressionParser.parse(unix, { currentDate: new Date(after), tz: 'UTC' });
  return Array.from({ length: count }, () => parsed.next().getTime());
}

const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());

/** `same`: what it means, where cron-parser refuses to read it. */
describe('A cron schedule', () => {
  test.each(accepted)('$unix fires when it should, 20 times on', ({ unix, same, eventBridge }) => {
    const schedule = Schedule.parse(cron(unix));
    expect(expressionsOf(schedule)).toEqual(eventBridge);
    expect(scheduleProblems(schedule)).toEqual([]);
    expect(iso(nextTimes(schedule, begin, 20))).toEqual(
      iso(reference(same ?? unix.trim(), begin, 20)),
    );
  });

  test.each(refused)('$unix is refused', ({ unix, codes }) => {
    const problems = scheduleProblems(cron(unix));
    expect(problems.map(({ code }) => code)).toEqual(codes);
    for (const { path, message } of problems) {
      expect(path).toBe('schedule.expression');
      expect(message).toMatch(/^[A-Z].*\. [A-Z].*\.$/);
    }
    expect(() => expressionsOf(cron(unix))).toThrow(
      expect.objectContaining({ code: 'schedule-invalid' }),
    );
  });

  test('of whatever fields fires when it should, and fits into EventBridge’s 256 characters', () => {
    fc.assert(
      fc.property(
        anyCron,
        fc.integer({ min: Date.UTC(2023, 0), max: Date.UTC(2032, 0) }),
        (unix, after) => {
          const schedule = cron(unix);
          const codes = scheduleProblems(schedule).map(({ code }) => code);
          if (codes.length > 0) return expect(codes).toEqual(['cron-never']);
          for (const expression of expressionsOf(schedule))
            expect(expression.length).toBeLessThan(257);
          expect(iso(nextTimes(schedule, after, 5))).toEqual(iso(reference(unix, after, 5)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of the longest list still fits', () => {
    const pairs = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index)
        .filter((value) => value % 3 !== 0)
        .join(',');
    const unix = `${pairs(0, 59)} ${pairs(0, 23)} ${pairs(1, 31)} ${pairs(1, 12)} 0,1,3,5`;
    for (const expression of expressionsOf(cron(unix))) expect(expression.length).toBeLessThan(257);
    expect(iso(nextTimes(cron(unix), begin, 20))).toEqual(iso(reference(unix, begin, 20)));
  });
});

/** One field: steps of all, or a list of values, ranges and steps that do not overlap, which cron-parser refuses. */
const field = (from: number, to: number, stars: boolean) => {
  const ends = fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 7 });
  const list = fc.tuple(ends, fc.array(fc.integer({ min: 1, max: 5 }))).map(([values, steps]) =>
    itemsOf(
      values.toSorted((a, b) => a - b),
      steps,
    ).join(','),
  );
  const star = fc.integer({ min: 1, max: to - from }).map((by) => `*/${by}`);
  return stars ? fc.oneof(list, star, fc.constant('*')) : list;
};

/** Two values that follow each other are a range; of several, every other one has a step. */
function itemsOf([first, last, ...rest]: readonly number[], [step, ...steps]: number[]): string[] {
  if (first === undefined) return [];
  if (last === undefined) return [String(first)];
  return [`${first}-${last}${step ? `/${step}` : ''}`, ...itemsOf(rest, steps)];
}

/** Steps of all days only where the other day field is free: cron programs disagree on the rest. */
const anyDays = fc.oneof(
  fc.tuple(field(1, 31, true), fc.constant('*')),
  fc.tuple(fc.constant('*'), field(0, 6, true)),
  fc.tuple(field(1, 31, false), field(0, 6, false)),
);

const anyCron = fc
  .tuple(field(0, 59, true), field(0, 23, true), anyDays, field(1, 12, true))
  .map(([minutes, hours, [days, weekdays], months]) =>
    [minutes, hours, days, months, weekdays].join(' '),
  );

describe('A basic schedule', () => {
  const cases = basicIntervals.flatMap((every) =>
    ['00:00', '00:07', '06:30', '11:59', '23:45'].map((from) => ({ every, from })),
  );

  test.each(cases)(
    'every $every from $from runs then, and each interval after',
    ({ every, from }) => {
      const schedule = Schedule.parse({ type: 'basic', every, from });
      const intervalMs = Number.parseInt(every, 10) * (every.endsWith('m') ? 60_000 : 3_600_000);
      const anchor = Date.parse(`2026-01-01T${from}:00Z`);
      const first = anchor + Math.ceil((begin + 1 - anchor) / intervalMs) * intervalMs;
      const expected = Array.from({ length: 20 }, (_, index) => first + index * intervalMs);
      expect(iso(nextTimes(schedule, begin, 20))).toEqual(iso(expected));
      expect(expressionsOf(schedule)).toHaveLength(1);
    },
  );
});

test('A manual schedule has no expression and no times', () => {
  expect(expressionsOf({ type: 'manual' })).toEqual([]);
  expect(nextTimes({ type: 'manual' }, begin, 5)).toEqual([]);
});

test('A time that is now is not a next time', () => {
  const at = Date.UTC(2026, 0, 1, 8);
  expect(nextTimes(cron('0 8 * * *'), at, 1)).toEqual([at + 86_400_000]);
});

describe('A time zone', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'America/Santiago',
    'Pacific/Auckland',
    'UTC',
  ];
  const day = 86_400_000;

  /** Every moment of these UTC days at which the clocks of the zone show this time, by the platform's own calendar. */
  function shown(zone: string, from: number, days: number, hour: number, minute: number): number[] {
    const format = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    });
    const text = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    const times: number[] = [];
    for (let at = from; at < from + days * day; at += 15 * 60_000) {
      // Every offset of these zones is whole quarters of an hour.
      const time = at + (minute % 15) * 60_000;
      if (format.format(time) === text) times.push(time);
    }
    return times;
  }

  /** Local date of a moment. */
  const dateIn = (zone: string, time: number) =>
    new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(time);

  test('fires when its clocks show the time: not on a day that skips it, once on a day that has it twice', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        // About both changes of the clocks, in either half of the world.
        fc.constantFrom([2026, 2, 1], [2026, 3, 1], [2026, 8, 1], [2026, 9, 15], [2027, 1, 1]),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 59 }),
        (zone, [year = 0, month = 0, date = 0], hour, minute) => {
          const from = Date.UTC(year, month, date);
          const days = 45;
          const all = shown(zone, from, days, hour, minute);
          const once = all.filter(
            (time, index) => dateIn(zone, time) !== dateIn(zone, all[index - 1] ?? 0),
          );
          const schedule: Schedule = {
            type: 'cron',
            expression: `${minute} ${hour} * * *`,
            timeZone: zone,
          };
          const found = nextTimes(schedule, from - 1, days + 2);
          expect(iso(found.filter((time) => time < from + days * day))).toEqual(iso(once));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of Berlin in 2026: half past two is skipped in March, and comes once in October', () => {
    const schedule: Schedule = {
      type: 'basic',
      every: '24h',
      from: '02:30',
      timeZone: 'Europe/Berlin',
    };
    expect(iso(nextTimes(schedule, Date.UTC(2026, 2, 27, 12), 3))).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
    ]);
    const autumn = nextTimes(schedule, Date.UTC(2026, 9, 24, 12), 2);
    expect(autumn.map((time) => dateIn('Europe/Berlin', time))).toEqual([
      '2026-10-25',
      '2026-10-26',
    ]);
  });

  test.each(['Mars/Olympus', '+05:00', ''])('%s is refused', (timeZone) => {
    const schedule = { type: 'cron', expression: '0 8 * * *', timeZone };
    const read = Schedule.safeParse(schedule);
    expect(read.error?.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('Europe/Berlin'),
    ]);
  });

  test('has no part in what runs every hour or more often', () => {
    const schedule: Schedule = { type: 'basic', every: '1h', from: '00:10', timeZone: 'UTC' };
    expect(scheduleProblems(schedule)).toMatchObject([
      { code: 'schedule-zone', path: 'schedule.timeZone' },
    ]);
  });
});
