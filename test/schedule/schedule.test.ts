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
