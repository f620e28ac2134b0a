/** When schedules fire, and what becomes of their invocations. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientConfig, functionArn } from '../../local/aws/identity.ts';
import { startScheduler } from '../../local/aws/scheduler.ts';
import { begin, definition, MovedClock, minute } from './fixtures/moved-clock.ts';
import { until } from './fixtures/until.ts';

vi.setConfig({ testTimeout: 30_000 });

let clock: MovedClock;

beforeEach(async () => {
  clock = new MovedClock();
  await clock.open();
});

afterEach(() => clock.remove());

describe('A schedule', () => {
  test('of a rate fires at once, and then each time its period has passed', async () => {
    await clock.create();
    await clock.pass(0);
    expect(clock.invoked).toHaveLength(1);
    await clock.pass(5 * minute - 1);
    expect(clock.invoked).toHaveLength(1);
    await clock.pass(1);
    expect(clock.invoked).toEqual(['{"sync":"s"}', '{"sync":"s"}']);
  });

  test('begins at its start date and ends at its end date', async () => {
    const StartDate = new Date(begin + 7 * minute);
    const EndDate = new Date(begin + 13 * minute);
    await clock.create({ StartDate, EndDate });
    const times: number[] = [];
    for (let at = 1; at <= 30; at++) {
      const before = clock.invoked.length;
      await clock.pass(minute);
      if (clock.invoked.length > before) times.push(at);
    }
    expect(times).toEqual([7, 12]);
  });

  test('that is switched off does not fire, nor make up for it when switched on', async () => {
    const ScheduleExpression = 'cron(0/10 * * * ? *)';
    await clock.create({ ScheduleExpression, State: 'DISABLED' });
    await clock.pass(15 * minute);
    await clock.client.send(new UpdateScheduleCommand(definition({ ScheduleExpression })));
    await clock.pass(0);
    expect(clock.invoked).toHaveLength(0);
    await clock.pass(5 * minute);
    expect(clock.invoked).toHaveLength(1);
  });

  test('makes up for all it missed with one invocation', async () => {
    await clock.create();
    await clock.pass(0);
    await clock.close();
    clock.now += 60 * minute;
    await clock.open();
    await clock.pass(0);
    expect(clock.invoked).toHaveLength(2);
    await clock.pass(5 * minute);
    expect(clock.invoked).toHaveLength(3);
  });

  test('of one time fires once, in its time zone, and goes if it should', async () => {
    await clock.create({
      ScheduleExpression: 'at(2026-01-01T14:00:00)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      ActionAfterCompletion: 'DELETE',
    });
    await clock.pass(60 * minute - 1);
    expect(clock.invoked).toHaveLength(0);
    await clock.pass(1);
    expect(clock.invoked).toHaveLength(1);
    await until(async () => {
      const { Schedules } = await clock.client.send(new ListSchedulesCommand({}));
      return Schedules?.length === 0;
    });
  });

  test('fires by itself when its time comes', async () => {
    const fired: string[] = [];
    const scheduler = await startScheduler({ invoke: async (arn) => void fired.push(arn) });
    const client = new SchedulerClient(clientConfig(scheduler.endpoint));
    const soon = new Date(Date.now() + 2_100).toISOString().slice(0, 19);
    const once = definition({ ScheduleExpression: `at(${soon})` });
    await client.send(new CreateScheduleCommand(once));
    await until(() => fired.length === 1);
    client.destroy();
    await scheduler.close();
  });

  test('gives the target time, attempt and execution where the input asks for them', async () => {
    const Input =
      '{"at":"<aws.scheduler.scheduled-time>","try":"<aws.scheduler.attempt-number>","id":"<aws.scheduler.execution-id>"}';
    await clock.create({ Target: { Arn: functionArn('f'), RoleArn: 'r', Input } });
    await clock.pass(0);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(clock.invoked[0] ?? '')).toEqual({
      at: '2026-01-01T12:00:00Z',
      try: '1',
      id,
    });
  });
});

describe('An invocation', () => {
  test('that fails is tried again as often as the retry policy says, then given up', async () => {
    clock.target = async () => {
      throw new Error('busy');
    };
    const RetryPolicy = { MaximumRetryAttempts: 2 };
    await clock.create({ Target: { Arn: functionArn('f'), RoleArn: 'r', RetryPolicy } });
    await until(() => clock.warnings.length === 3);
    await clock.pass(minute);
    expect(clock.invoked).toHaveLength(3);
    expect(clock.warnings.at(-1)).toMatchObject({ schedule: 'daily', failures: 3, givenUp: true });
  });

  test('that fails is given up when it is too old', async () => {
    clock.target = async () => {
      clock.now += 50_000;
      throw new Error('busy');
    };
    const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
    await clock.create({ Target: { Arn: functionArn('f'), RoleArn: 'r', RetryPolicy } });
    await until(() => clock.warnings.length === 2);
    expect(clock.warnings.at(-1)).toMatchObject({ givenUp: true });
  });

  test('that was cut short comes again after the next start', async () => {
    const cut = Promise.withResolvers<void>();
    clock.target = () => cut.promise;
    await clock.create({ ScheduleExpression: 'at(2026-01-01T12:00:01)' });
    await clock.pass(1_000);
    expect(clock.invoked).toHaveLength(1);
    clock.stop();
    cut.reject(new Error('closed'));
    await clock.close();
    clock.target = async () => undefined;
    await clock.open();
    await clock.pass(0);
    expect(clock.invoked).toHaveLength(2);
    await clock.close();
    await clock.open();
    await clock.pass(minute);
    expect(clock.invoked).toHaveLength(2);
  });
});

test('Schedules that cannot be read are told by name, and nothing half-written stays', async () => {
  await clock.create();
  expect(readdirSync(clock.folder)).toEqual(['schedules.json']);
  await clock.close();
  const file = join(clock.folder, 'schedules.json');
  writeFileSync(file, '{"groups":');
  await expect(clock.open()).rejects.toThrow(/schedules\.json can't be read. Delete that file/);
  rmSync(file);
  await clock.open();
});
