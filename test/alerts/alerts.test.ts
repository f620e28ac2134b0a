/** Which ends of runs alert, what is said, that repeats bear one id, and that events reach EventBridge. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { eventsFile, startEvents } from '../../local/aws/events.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { createAlerts } from '../../shared/aws/alerts.ts';
import { Alert } from '../../shared/contracts/alert.ts';
import type { Counts } from '../../shared/contracts/counts.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { staleAlert } from '../../shared/domain/run/alert.ts';
import { noOutcomes } from '../../shared/domain/run/counts.ts';
import { finishRun, goOnFinishing } from '../../shared/flow/finish-run.ts';
import { raiseForEnd } from '../../shared/flow/raise-alerts.ts';
import { plainMapping } from '../simulation/audience.ts';
import { MemoryConfigStore } from '../simulation/memory/configs.ts';
import { MemoryRunStore } from '../simulation/memory/stores.ts';
import { syncOf } from '../simulation/settings.ts';

const day = 86_400_000;
const begin = Date.UTC(2026, 4, 3);

const countsOf = (delivered: number, uncertain: number): Counts => ({
  snapshot: { rows: 0, duplicate: 0, invalid: 0, members: 0 },
  mirror: { before: 0, kept: 0, after: 0, uncertain },
  unchanged: 0,
  refresh: 0,
  insert: { ...noOutcomes(), delivered, uncertain },
  reinsert: noOutcomes(),
  update: noOutcomes(),
  delete: noOutcomes(),
});

/** A sync whose runs end as they are told to, at the times they are told. */
async function syncWith(alerts: object = {}) {
  const runs = new MemoryRunStore();
  const configs = new MemoryConfigStore();
  const raised: Alert[] = [];
  const sync = 'customers';
  await configs.putSync({ ...syncOf({ id: sync, retryFailed: true }, plainMapping), ...alerts });
  let now = begin;
  let ids = 0;
  const ports = {
    runs,
    configs,
    clock: { now: () => now, sleep: async () => {} },
    alerts: { raise: async (alert: Alert) => void raised.push(Alert.parse(alert)) },
    ended: (run: Run, result: RunResult) => raiseForEnd(ports, run, result),
  };
  const end = async (result: RunResult, at = now + 60_000) => {
    const id = `run${++ids}`;
    const open = { sync, run: id, trigger: 'schedule', task: usualTask, startedAt: at } as const;
    const state = await runs.claimLease(open);
    const run: Run = {
      ...open,
      id,
      epoch: state?.epoch ?? 0,
      phase: 'closing',
      movedAt: at,
      deadline: at + day,
      attempts: 0,
    };
    await runs.createRun(run);
    now = at;
    await finishRun(ports, run, ['closing'], result);
    return run;
  };
  return { end, raised, ports, runs };
}

const refused: RunResult = {
  status: 'failed',
  error: { code: 'http-401', message: 'The platform does not accept the "key". Renew it.' },
};

test('a run that ended well, or was skipped or cancelled, alerts nobody', async () => {
  const { end, raised } = await syncWith();
  for (const status of ['succeeded', 'unchanged', 'skipped', 'cancelled'] as const) {
    await end({ status, counts: countsOf(1, 99) });
  }
  expect(raised).toEqual([]);
});

test('a failed run says what, since when, how many, and what to do', async () => {
  const { end, raised } = await syncWith();
  await end({ status: 'succeeded' }, begin + 1_000);
  await end({ ...refused, counts: countsOf(10, 30) }, begin + day);
  expect(raised).toEqual([
    {
      id: 'run-failed/customers/run2',
      kind: 'run-failed',
      title: 'Run failed: sync customers',
      sync: 'customers',
      run: 'run2',
      code: 'http-401',
      since: '2026-05-03T00:00:01.000Z',
      count: 30,
      of: 'changes not delivered',
      message:
        "The run run2 of the sync customers failed. 30 of its 40 changes were not delivered. The last run that succeeded ended at 2026-05-03T00:00:01.000Z. The platform does not accept the 'key'. Renew it.",
      link: 'syncs/customers/runs/run2',
    },
  ]);
});

test('the same trouble is told once a day; another one, or the same after a good run, at once', async () => {
  const { end, raised } = await syncWith();
  const told = async (result: RunResult, at?: number) => {
    const before = raised.length;
    await end(result, at);
    return raised.length - before;
  };
  expect(await told(refused)).toBe(1);
  expect(await told(refused)).toBe(0);
  expect(await told({ ...refused, error: { code: 'invariant', message: 'Odd.' } })).toBe(1);
  expect(await told(refused)).toBe(1);
  expect(await told({ status: 'succeeded' })).toBe(1);
  expect(raised.at(-1)).toMatchObject({ kind: 'sync-recovered', code: 'http-401', count: 0 });
  expect(await told({ status: 'succeeded' })).toBe(0);
  expect(await told(refused)).toBe(1);
  expect(await told(refused, begin + day)).toBe(1);
  const held = { status: 'held', counts: countsOf(0, 0) } as const;
  expect(await told(held)).toBe(1);
  expect(await told(held)).toBe(1);
});

test('a partial run alerts above the share that the sync puts up with', async () => {
  const { end, raised } = await syncWith({ alerts: { partialShare: 0.25 } });
  const reasons = [{ code: 'http-400', reason: 'Ada is refused', count: 26 }];
  await end({ status: 'partial', counts: countsOf(75, 25), reasons });
  expect(raised).toEqual([]);
  await end({ status: 'partial', counts: countsOf(74, 26), reasons });
  expect(raised).toMatchObject([{ kind: 'run-partial', code: 'http-400', count: 26 }]);
  // A reason may be in the platform's words, which may hold a person's.
  expect(JSON.stringify(raised)).not.toContain('Ada');
});

test('an end that is told twice bears one id', async () => {
  const { end, raised, ports, runs } = await syncWith();
  const run = await end(refused);
  const closed = await runs.getRun(run.sync, run.id);
  if (closed) await goOnFinishing(ports, closed);
  expect(raised).toHaveLength(2);
  expect(new Set(raised.map(({ id }) => id)).size).toBe(1);
});

test('alerts are events on our bus, kept in a file that outlives the service; what is no event is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const first = staleAlert('customers', begin, true, begin + day);
  const second = staleAlert('others', begin, false, begin + day);
  for (const alert of [first, second]) {
    const service = await startEvents({ folder });
    const client = new EventBridgeClient({ ...clientConfig(service.endpoint), maxAttempts: 1 });
    await createAlerts(client, () => 'our-bus').raise(alert);
    const wrong = { Source: 's', DetailType: 't', Detail: '"no object"' };
    expect(await client.send(new PutEventsCommand({ Entries: [wrong] }))).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'MalformedDetail' }],
    });
    const shapeless = { ...first, toJSON: () => 'no object' };
    await expect(createAlerts(client, () => 'our-bus').raise(shapeless)).rejects.toThrow(
      'MalformedDetail',
    );
    client.destroy();
    await service.close();
  }
  const lines = (await readFile(eventsFile(folder), 'utf8')).trim().split('\n');
  const common = { source: 'audience-mirror', 'event-bus': 'our-bus' };
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { ...common, 'detail-type': 'sync-stale', detail: first },
    { ...common, 'detail-type': 'sync-stale', detail: second },
  ]);
  await rm(folder, { recursive: true });
});
