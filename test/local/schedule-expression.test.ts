/** What EventBridge Scheduler's expressions mean. */
import { describe, expect, test } from 'vitest';
import { nextTime, parseExpression } from '../../local/aws/scheduler/expression.ts';

describe('An expression', () => {
  /** The first four times after the start of 2026 (a Thursday), as local time. */
  const times = (expression: string, timezone: string, from: number) => {
    const parsed = parseExpression(expression, timezone);
    const found: string[] = [];
    for (let at: number | undefined = from; found.length < 4; ) {
      at = nextTime(parsed, at, from);
      if (at === undefined) break;
      found.push(new Date(at).toISOString().slice(0, 16));
    }
    return found;
  };

  test.each([
    ['cron(0 8 ? * 2-6 *)', '01-01T08:00 01-02T08:00 01-05T08:00 01-06T08:00'],
    ['cron(0 8 ? * MON-FRI *)', '01-01T08:00 01-02T08:00 01-05T08:00 01-06T08:00'],
    ['cron(0 8 ? * 1 *)', '01-04T08:00 01-11T08:00 01-18T08:00 01-25T08:00'],
    ['cron(0 8 ? * 7 *)', '01-03T08:00 01-10T08:00 01-17T08:00 01-24T08:00'],
    ['cron(0 8 ? * L *)', '01-03T08:00 01-10T08:00 01-17T08:00 01-24T08:00'],
    ['cron(0 8 ? * fri-2 *)', '01-02T08:00 01-03T08:00 01-04T08:00 01-05T08:00'],
    ['cron(0 8 ? * 3,TUE,5 *)', '01-01T08:00 01-06T08:00 01-08T08:00 01-13T08:00'],
    ['cron(0 8 ? * 6#2 *)', '01-09T08:00 02-13T08:00 03-13T08:00 04-10T08:00'],
    ['cron(0 8 ? * 6L *)', '01-30T08:00 02-27T08:00 03-27T08:00 04-24T08:00'],
    ['cron(0 8 L * ? *)', '01-31T08:00 02-28T08:00 03-31T08:00 04-30T08:00'],
    ['cron(0 8 3W * ? *)', '01-02T08:00 02-03T08:00 03-03T08:00 04-03T08:00'],
    ['cron(5/20 8 1 * ? *)', '01-01T08:05 01-01T08:25 01-01T08:45 02-01T08:05'],
    ['cron(*/30 8-9 1 1 ? *)', '01-01T08:00 01-01T08:30 01-01T09:00 01-01T09:30'],
    ['cron(0 0/12 * * ? *)', '01-01T12:00 01-02T00:00 01-02T12:00 01-03T00:00'],
    ['cron(15 10 1 JAN,MAR ? 2026)', '01-01T10:15 03-01T10:15'],
    ['cron(0 8 1 1 ? 2020)', ''],
    ['rate(1 hour)', '01-01T01:00 01-01T02:00 01-01T03:00 01-01T04:00'],
    ['rate(2 days)', '01-03T00:00 01-05T00:00 01-07T00:00 01-09T00:00'],
    ['at(2026-06-01T08:00:00)', '06-01T08:00'],
  ])('%s means %s', (expression, expected) => {
    const found = times(expression, 'UTC', Date.UTC(2026, 0, 1)).map((time) => time.slice(5));
    expect(found.join(' ')).toBe(expected);
  });

  test.each([
    ['skips the hour that the clocks skip', Date.UTC(2026, 2, 28), '03-28T01:30 03-30T00:30'],
    [
      'runs once in the hour that comes twice',
      Date.UTC(2026, 9, 24),
      '10-24T00:30 10-25T00:30 10-26T01:30',
    ],
  ])('in local time %s', (_, from, expected) => {
    const found = times('cron(30 2 * * ? *)', 'Europe/Berlin', from).map((time) => time.slice(5));
    expect(found.join(' ')).toContain(expected);
  });
});
