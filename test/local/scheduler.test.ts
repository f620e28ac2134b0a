/** Schedules, with the real SDK client and a clock that the test moves. */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  type CreateScheduleInput,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientConfig, functionArn } from '../../local/aws/identity.ts';
import { type RunningScheduler, startScheduler } from '../../local/aws/scheduler.ts';
import { until } from './fixtures/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const minute = 60_000;
const start = Date.UTC(2026, 0, 1, 12);

let folder: string;
let now: number;
let scheduler: RunningScheduler;
let client: SchedulerClient;
/** Inputs of the invocations, and what becomes of each. */
let invoked: string[];
let invoke: (arn: string, input: string) => Promise<void>;
let warnings: object[];

const open = async () => {
  scheduler = await startScheduler({
    folder,
    now: () => now,
    invoke: (arn, input) => invoke(arn, input),
    retryDelayMs: () => 1,
    warn: (_, detail) => void warnings.push(detail),
  });
  client = new SchedulerClient(clientConfig(scheduler.endpoint));
};

const close = async () => {
  client.destroy();
  await scheduler.close();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scheduler-'));
  [now, invoked, warnings] = [start, [], []];
  invoke = async (_, input) => void invoked.push(input);
  await open();
});

afterEach(close);

const definition = (input: Partial<CreateScheduleInput> = {}): CreateScheduleInput => ({
  Name: 'daily',
  ScheduleExpression: 'rate(5 minutes)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: {
    Arn: functionArn('start-run'),
    RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
    Input: '{"sync":"s"}',
  },
  ...input,
});

const create = (input: Partial<CreateScheduleInput> = {}) =>
  client.send(new CreateScheduleCommand(definition(input)));

/** Moves the clock, and lets the invocations end. */
const pass = async (ms: number) => {
  now += ms;
  scheduler.look();
  await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('The API', () => {
  test('keeps what was created, updated and deleted', async () => {
    const { ScheduleArn } = await create({ Description: 'first', State: 'DISABLED' });
    expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/daily');
    const found = await client.send(new GetScheduleCommand({ Name: 'daily' }));
    expect(found).toMatchObject({
      ...definition(),
      Arn: ScheduleArn,
      GroupName: 'default',
      State: 'DISABLED',
      ScheduleExpressionTimezone: 'UTC',
      CreationDate: new Date(start),
    });
    now += 1_000;
    const cron = {
      ScheduleExpression: 'cron(0 8 ? * MON *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
    };
    await client.send(new UpdateScheduleCommand(definition(cron)));
    const updated = await client.send(new GetScheduleCommand({ Name: 'daily' }));
    expect(updated).toMatchObject({
      ...cron,
      State: 'ENABLED',
      LastModificationDate: new Date(start + 1_000),
    });
    expect(updated.Description).toBeUndefined();
    await client.send(new DeleteScheduleCommand({ Name: 'daily' }));
    const list = await client.send(new ListSchedulesCommand({}));
    expect(list.Schedules).toEqual([]);
  });

  test('lists by group, prefix and state, in pages', async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: 'mine' }));
    for (const Name of ['b1', 'a2', 'a1'])
      await create({ Name, GroupName: 'mine', State: 'DISABLED' });
    await create({ Name: 'a0' });
    const names = async (input: object) => {
      const { Schedules, NextToken } = await client.send(new ListSchedulesCommand(input));
      return [Schedules?.map(({ Name }) => Name), NextToken];
    };
    expect(await names({ GroupName: 'mine', NamePrefix: 'a' })).toEqual([['a1', 'a2'], undefined]);
    expect(await names({ State: 'ENABLED' })).toEqual([['a0'], undefined]);
    const [page, NextToken] = await names({ MaxResults: 3 });
    expect(page).toEqual(['a0', 'a1', 'a2']);
    expect(await names({ MaxResults: 3, NextToken })).toEqual([['b1'], undefined]);
  });

  test('refuses in the service’s own words', async () => {
    await create();
    await expect(create()).rejects.toThrow(ConflictException);
    await expect(create({ Name: 'x', GroupName: 'none' })).rejects.toThrow(
      ResourceNotFoundException,
    );
    for (const call of [
      new GetScheduleCommand({ Name: 'x' }),
      new DeleteScheduleCommand({ Name: 'daily', GroupName: 'x' }),
      new UpdateScheduleCommand(definition({ Name: 'x' })),
    ]) {
      await expect(client.send(call as GetScheduleCommand)).rejects.toThrow(
        ResourceNotFoundException,
      );
    }
    const group = new CreateScheduleGroupCommand({ Name: 'default' });
    await expect(client.send(group)).rejects.toThrow(ConflictException);
  });

  test.each<[string, Partial<CreateScheduleInput>]>([
    ['another expression', { ScheduleExpression: 'every(5 minutes)' }],
    ['a rate of nothing', { ScheduleExpression: 'rate(0 minutes)' }],
    ['a rate of seconds', { ScheduleExpression: 'rate(10 seconds)' }],
    ['five cron fields', { ScheduleExpression: 'cron(0 8 * * MON)' }],
    ['both days', { ScheduleExpression: 'cron(0 8 1 * MON *)' }],
    ['neither day', { ScheduleExpression: 'cron(0 8 ? * ? *)' }],
    ['the 61st minute', { ScheduleExpression: 'cron(61 8 * * ? *)' }],
    ['the eighth day', { ScheduleExpression: 'cron(0 8 ? * 8 *)' }],
    ['the 30th of February', { ScheduleExpression: 'at(2026-02-30T08:00:00)' }],
    ['another time zone', { ScheduleExpressionTimezone: 'Europe/Atlantis' }],
    ['a queue as its target', { Target: { Arn: 'arn:aws:sqs:x', RoleArn: 'r' } }],
    ['no JSON as its input', { Target: { Arn: functionArn('f'), RoleArn: 'r', Input: '{' } }],
    ['a name with a blank', { Name: 'a b' }],
  ])('refuses a schedule with %s', async (_, input) => {
    await expect(create(input)).rejects.toThrow(ValidationException);
  });

  test('answers 501 to what it does not do', async () => {
    const call = client.send(new DeleteScheduleGroupCommand({ Name: 'mine' }));
    await expect(call).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    });
  });
});

describe('A schedule', () => {
  test('of a rate fires at once, and then each time its period has passed', async () => {
    await create();
    await pass(0);
    expect(invoked).toHaveLength(1);
    await pass(5 * minute - 1);
    expect(invoked).toHaveLength(1);
    await pass(1);
    expect(invoked).toEqual(['{"sync":"s"}', '{"sync":"s"}']);
  });

  test('begins at its start date and ends at its end date', async () => {
    const dates = {
      StartDate: new Date(start + 7 * minute),
      EndDate: new Date(start + 13 * minute),
    };
    await create(dates);
    const times: number[] = [];
    for (let at = 1; at <= 30; at++) {
      const before = invoked.length;
      await pass(minute);
      if (invoked.length > before) times.push(at);
    }
    expect(times).toEqual([7, 12]);
  });

  test('that is switched off does not fire, nor make up for it when switched on', async () => {
    await create({ ScheduleExpression: 'cron(0/10 * * * ? *)', State: 'DISABLED' });
    await pass(15 * minute);
    const on = definition({ ScheduleExpression: 'cron(0/10 * * * ? *)' });
    await client.send(new UpdateScheduleCommand(on));
    await pass(0);
    expect(invoked).toHaveLength(0);
    await pass(5 * minute);
    expect(invoked).toHaveLength(1);
  });

  test('makes up for all it missed with one invocation', async () => {
    await create();
    await pass(0);
    await close();
    now += 60 * minute;
    await open();
    await pass(0);
    expect(invoked).toHaveLength(2);
    await pass(5 * minute);
    expect(invoked).toHaveLength(3);
  });

  test('of one time fires once, in its time zone, and goes if it should', async () => {
    await create({
      ScheduleExpression: 'at(2026-01-01T14:00:00)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      ActionAfterCompletion: 'DELETE',
    });
    await pass(60 * minute - 1);
    expect(invoked).toHaveLength(0);
    await pass(1);
    expect(invoked).toHaveLength(1);
    await until(
      async () => (await client.send(new ListSchedulesCommand({}))).Schedules?.length === 0,
    );
  });

  test('fires by itself when its time comes', async () => {
    await close();
    now = Date.now();
    invoke = async () => void invoked.push('fired');
    scheduler = await startScheduler({ invoke: (arn, input) => invoke(arn, input) });
    client = new SchedulerClient(clientConfig(scheduler.endpoint));
    const soon = new Date(Date.now() + 1_100).toISOString().slice(0, 19);
    await create({ ScheduleExpression: `at(${soon})` });
    await until(() => invoked.length === 1);
  });

  test('gives the target time, attempt and execution where the input asks for them', async () => {
    const Input = '{"at":"<aws.scheduler.scheduled-time>","try":"<aws.scheduler.attempt-number>"}';
    await create({ Target: { Arn: functionArn('f'), RoleArn: 'r', Input } });
    await pass(0);
    expect(invoked).toEqual(['{"at":"2026-01-01T12:00:00Z","try":"1"}']);
  });
});

describe('An invocation', () => {
  test('that fails is tried again as often as the retry policy says, then given up', async () => {
    invoke = async (_, input) => {
      invoked.push(input);
      throw new Error('busy');
    };
    const RetryPolicy = { MaximumRetryAttempts: 2 };
    await create({ Target: { Arn: functionArn('f'), RoleArn: 'r', RetryPolicy } });
    await until(() => warnings.length === 3);
    await pass(minute);
    expect(invoked).toHaveLength(3);
    expect(warnings.at(-1)).toMatchObject({ schedule: 'daily', failures: 3, givenUp: true });
  });

  test('that fails is given up when it is too old', async () => {
    invoke = async () => {
      now += 50_000;
      throw new Error('busy');
    };
    const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
    await create({ Target: { Arn: functionArn('f'), RoleArn: 'r', RetryPolicy } });
    await until(() => warnings.length === 2);
    expect(warnings.at(-1)).toMatchObject({ givenUp: true });
  });

  test('that was cut short comes again after the next start', async () => {
    let cut = () => {};
    invoke = (_, input) => {
      invoked.push(input);
      return new Promise((_, reject) => {
        cut = () => reject(new Error('closed'));
      });
    };
    await create({ ScheduleExpression: 'at(2026-01-01T12:00:01)' });
    await pass(1_000);
    expect(invoked).toHaveLength(1);
    scheduler.stop();
    cut();
    await close();
    invoke = async (_, input) => void invoked.push(input);
    await open();
    await pass(0);
    expect(invoked).toHaveLength(2);
    await close();
    await open();
    await pass(minute);
    expect(invoked).toHaveLength(2);
  });
});

test('Schedules that cannot be read are told by name, and nothing half-written stays', async () => {
  await create();
  expect(readdirSync(folder)).toEqual(['schedules.json']);
  await close();
  writeFileSync(join(folder, 'schedules.json'), '{"groups":');
  await expect(open()).rejects.toThrow(/schedules\.json can't be read. Delete that file/);
  folder = mkdtempSync(join(tmpdir(), 'scheduler-'));
  await open();
});
