/**
 * The adapters of the syncs' schedules, over the embedded Scheduler and in one process: what a sync asks for fires, and
 * nothing else.
 */

import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { functionArn } from '../../local/aws/identity.ts';
import { LocalSchedules } from '../../local/direct/schedules.ts';
import { sampleSyncOf } from '../../local/sample.ts';
import { Items } from '../../shared/aws/items.ts';
import { createSchedules } from '../../shared/aws/schedules.ts';
import { StartEvent } from '../../shared/contracts/messages.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import type { Schedules } from '../../shared/ports/configurations.ts';
import { begin, MovedClock, minute } from '../local/fixtures/moved-clock.ts';
import { startSchedules } from './services.ts';
import { inSqlite } from './tables.ts';

const settings = {
  group: 'syncs',
  target: functionArn('start-run'),
  role: 'arn:aws:iam::000000000000:role/schedules',
  deadLetters: 'arn:aws:sqs:us-east-1:000000000000:starts',
};

let client: SchedulerClient;
let schedules: Schedules;
let close: () => unknown;

beforeEach(async () => {
  ({ client, close } = await startSchedules(settings.group));
  schedules = createSchedules(client, settings);
});

afterEach(() => close());

const sync = (id: string, changes: object = {}): Sync =>
  Sync.parse({ ...sampleSyncOf(), id, version: 1, ...changes });
const cron = (expression: string, changes: object = {}) => ({
  schedule: { type: 'cron', expression },
  ...changes,
});
const both = cron('0 12 13 * 5');

/** Sync and expression of each schedule there is. */
async function present(): Promise<string[]> {
  const { Schedules = [] } = await client.send(
    new ListSchedulesCommand({ GroupName: settings.group }),
  );
  const found = Schedules.map(async ({ Name }) => {
    const schedule = await client.send(new GetScheduleCommand({ Name, GroupName: settings.group }));
    const { sync } = StartEvent.parse(JSON.parse(schedule.Target?.Input ?? ''));
    return `${sync} ${schedule.ScheduleExpression}`;
  });
  return (await Promise.all(found)).sort();
}

test('a saved sync has what its schedule asks for, whatever it asked for before', async () => {
  await schedules.put(sync('a', both));
  await schedules.put(sync('a-2', cron('0 8 * * *')));
  const other = 'a-2 cron(0 8 * * ? *)';
  expect(await present()).toEqual(
    [other, 'a cron(0 12 13 * ? *)', 'a cron(0 12 ? * FRI *)'].sort(),
  );
  await schedules.put(sync('a', both));
  expect(await present()).toHaveLength(3);
  await schedules.put(sync('a', cron('0 12 13 * *')));
  expect(await present()).toEqual(['a cron(0 12 13 * ? *)', other].sort());
  await schedules.put(sync('a', { schedule: { type: 'basic', every: '6h', from: '01:30' } }));
  expect(await present()).toEqual(['a cron(30 1/6 * * ? *)', other].sort());
  await schedules.put(sync('a', cron('0 12 * * *', { enabled: false })));
  expect(await present()).toEqual([other]);
  await schedules.put(sync('a', { schedule: { type: 'manual' } }));
  await schedules.remove('a');
  expect(await present()).toEqual([other]);
  await schedules.remove('a-2');
  expect(await present()).toEqual([]);
});

test('a time zone is the schedule’s own, and another one is another schedule', async () => {
  const zoneOf = async () => {
    const { Schedules = [] } = await client.send(
      new ListSchedulesCommand({ GroupName: settings.group }),
    );
    const found = Schedules.map(({ Name }) =>
      client.send(new GetScheduleCommand({ Name, GroupName: settings.group })),
    );
    return (await Promise.all(found)).map((each) => each.ScheduleExpressionTimezone);
  };
  const at = (timeZone: string) =>
    sync('a', { schedule: { type: 'cron', expression: '0 8 * * *', timeZone } });
  await schedules.put(at('Europe/Berlin'));
  expect(await zoneOf()).toEqual(['Europe/Berlin']);
  await schedules.put(at('America/New_York'));
  expect(await zoneOf()).toEqual(['America/New_York']);
  await schedules.put(sync('a', cron('0 8 * * *')));
  expect(await zoneOf()).toEqual(['UTC']);
  await schedules.remove('a');
});

test('names of 63 characters that begin alike keep apart', async () => {
  const ids = ['x', 'y'].map((end) => `${'long-'.repeat(12)}ab${end}`);
  for (const id of ids) await schedules.put(sync(id, both));
  expect(await present()).toHaveLength(4);
  await schedules.remove(ids[0] ?? '');
  expect(await present()).toEqual([
    `${ids[1]} cron(0 12 13 * ? *)`,
    `${ids[1]} cron(0 12 ? * FRI *)`,
  ]);
});

/** Sends no more after so many calls, as a process that was killed. */
function dyingAfter(calls: number): SchedulerClient {
  let left = calls;
  return new Proxy(client, {
    get: (client, name) =>
      name === 'send'
        ? async (command: ListSchedulesCommand) => {
            if (left-- <= 0) throw new Error('killed');
            return client.send(command);
          }
        : Reflect.get(client, name),
  });
}

test('a save that was cut short anywhere is put right by the next save, and by the next sweep', async () => {
  const before = cron('0 6 1,15 * 1');
  const wanted = ['a cron(0 12 13 * ? *)', 'a cron(0 12 ? * FRI *)'];
  for (const mend of [
    () => schedules.put(sync('a', both)),
    () => schedules.heal(async () => listed([sync('a', both)])),
  ]) {
    for (let calls = 0; calls <= 5; calls++) {
      await schedules.put(sync('a', before));
      const cut = createSchedules(dyingAfter(calls), settings).put(sync('a', both));
      if (calls < 5) await expect(cut).rejects.toThrow();
      else await cut;
      await mend();
      expect(await present()).toEqual(wanted);
    }
  }
});

test('a sweep makes what is missing and removes what nobody asks for; one bad sync stops no other', async () => {
  const all = [sync('a', both), sync('b', cron('0 8 * * *')), sync('c')];
  for (const each of all) await schedules.put(each);
  expect(await schedules.heal(async () => listed(all))).toEqual({ created: 0, removed: 0 });
  await schedules.put(sync('deleted', cron('0 9 * * *')));
  const { Schedules = [] } = await client.send(
    new ListSchedulesCommand({ GroupName: settings.group, NamePrefix: 'b.' }),
  );
  await client.send(
    new DeleteScheduleCommand({ Name: Schedules[0]?.Name, GroupName: settings.group }),
  );
  const broken = sync('broken', cron('every day'));
  await expect(schedules.heal(async () => listed([broken, ...all]))).rejects.toThrow(
    expect.objectContaining({ code: 'schedule-invalid' }),
  );
  expect(await present()).toEqual([
    'a cron(0 12 13 * ? *)',
    'a cron(0 12 ? * FRI *)',
    'b cron(0 8 * * ? *)',
  ]);
});

const listed = (items: Sync[]) => ({ items, unreadable: [] });

test('a sync saved while the sweep lists is not taken for a leftover', async () => {
  await schedules.put(sync('a', cron('0 8 * * *')));
  await schedules.heal(async () => {
    await schedules.put(sync('a', cron('0 9 * * *')));
    return listed([sync('a', cron('0 9 * * *'))]);
  });
  expect(await present()).toEqual(['a cron(0 9 * * ? *)']);
});

/** Schedules, and which syncs they start while the clock passes. */
interface ScheduleWorld {
  readonly schedules: Schedules;
  pass(milliseconds: number): Promise<string[]>;
  close(): Promise<void>;
}

/** The embedded one: nobody else's has a clock that can be moved. */
async function onScheduler(): Promise<ScheduleWorld> {
  const clock = new MovedClock();
  await clock.open();
  clock.addGroup(settings.group);
  return {
    schedules: createSchedules(clock.client, settings),
    async pass(milliseconds) {
      const before = clock.invoked.length;
      await clock.pass(milliseconds);
      const started = clock.invoked
        .slice(before)
        .map((input) => StartEvent.parse(JSON.parse(input)));
      for (const { trigger } of started) expect(trigger).toBe('schedule');
      return started.map(({ sync }) => sync).sort();
    },
    close: () => clock.remove(),
  };
}

async function inOneProcess(): Promise<ScheduleWorld> {
  const { table, close } = await inSqlite();
  let now = begin;
  const local = new LocalSchedules(new Items(table), { now: () => now });
  return {
    schedules: local,
    async pass(milliseconds) {
      now += milliseconds;
      const started: string[] = [];
      await local.look((sync) => started.push(sync));
      return started.sort();
    },
    close,
  };
}

describe.each([
  { where: 'on the Scheduler', make: onScheduler },
  { where: 'in one process', make: inOneProcess },
])('schedules $where', ({ make }) => {
  let world: ScheduleWorld;
  beforeEach(async () => {
    world = await make();
  });
  afterEach(() => world.close());

  const halfPast = cron('30 12 * * *');

  test('start a run of each sync at its times, and of none that is disabled, manual or removed', async () => {
    await world.schedules.put(sync('a', halfPast));
    await world.schedules.put(sync('b', cron('31 12 * * *')));
    for (const id of ['disabled', 'manual', 'removed'])
      await world.schedules.put(sync(id, halfPast));
    await world.schedules.put(sync('disabled', { ...halfPast, enabled: false }));
    await world.schedules.put(sync('manual', { schedule: { type: 'manual' } }));
    await world.schedules.remove('removed');
    await world.schedules.remove('removed');
    expect(await world.pass(30 * minute - 1)).toEqual([]);
    expect(await world.pass(1)).toEqual(['a']);
    expect(await world.pass(minute)).toEqual(['b']);
    expect(await world.pass(minute)).toEqual([]);
  });

  test('are put right by a sweep, whatever one of them is', async () => {
    await world.schedules.put(sync('left', halfPast));
    const broken = sync('broken', cron('every day'));
    const all = [broken, sync('a', halfPast), sync('b', halfPast)];
    await expect(world.schedules.heal(async () => listed(all))).rejects.toThrow(
      expect.objectContaining({ code: 'schedule-invalid' }),
    );
    expect(await world.pass(30 * minute)).toEqual(['a', 'b']);
  });

  test('outlast a sweep that listed the syncs before one was saved', async () => {
    await world.schedules.put(sync('a', halfPast));
    await world.schedules.heal(async () => {
      await world.schedules.put(sync('b', halfPast));
      return listed([sync('a', halfPast)]);
    });
    expect(await world.pass(30 * minute)).toEqual(['a', 'b']);
  });

  test('of what can not be read stay as they are', async () => {
    for (const id of ['a', 'b']) await world.schedules.put(sync(id, halfPast));
    const unreadable = [{ id: 'b', error: { code: 'unreadable', message: 'not readable' } }];
    await world.schedules.heal(async () => ({ items: [sync('a', halfPast)], unreadable }));
    expect(await world.pass(30 * minute)).toEqual(['a', 'b']);
  });
});
