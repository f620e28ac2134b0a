/** What the functions publish of runs and requests: CloudWatch reads it from their logs. */

import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { measure } from '../../functions/sweep/measure.ts';
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import { metricUnits } from '../../shared/contracts/metrics.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import { env } from '../../shared/contracts/wiring.ts';
import { noOutcomes } from '../../shared/domain/run/counts.ts';
import { measured, publishMetrics } from '../../shared/runtime/metrics.ts';
import { logEnd } from '../../shared/runtime/run-log.ts';
import { mirrorAt } from '../mirror-at.ts';

let written: Record<string, unknown>[];

beforeEach(() => {
  written = [];
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(JSON.parse(String(text)));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const writtenAt = Date.UTC(2026, 0, 1);
const run: Run = {
  sync: 'customers',
  id: 'run1',
  epoch: 3,
  trigger: 'schedule',
  task: { kind: 'mirror' },
  phase: 'closed',
  startedAt: writtenAt,
  movedAt: writtenAt,
  deadline: writtenAt + 1,
  attempts: 0,
  snapshot: { identity: 'x', writtenAt },
  closedAt: writtenAt + 90_000,
};
const counts = {
  snapshot: { rows: 20, duplicate: 0, invalid: 2, members: 18 },
  mirror: { before: 10, kept: 0, after: 17, uncertain: 1 },
  unchanged: 5,
  refresh: 0,
  insert: { ...noOutcomes(), delivered: 7, rejected: 1, invalid: 1 },
  reinsert: noOutcomes(),
  update: { ...noOutcomes(), delivered: 3, uncertain: 1 },
  delete: { ...noOutcomes(), delivered: 2 },
};
const result: RunResult = {
  status: 'partial',
  counts,
  mirror: mirrorAt('m', { epoch: 3, members: 17, uncertain: 1 }),
  sent: { requests: 4, retries: 1, bytes: 900 },
};

/** The metrics of each line in the embedded format, with their dimensions. */
const published = () =>
  written.flatMap(({ _aws: about, ...line }) => {
    if (typeof about !== 'object' || about === null || !('CloudWatchMetrics' in about)) return [];
    const [{ Namespace, Dimensions, Metrics }] = about.CloudWatchMetrics as [
      { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] },
    ];
    expect(Namespace).toBe('AudienceMirror');
    const units = Object.fromEntries(Metrics.map(({ Name, Unit }) => [Name, Unit]));
    expect(metricUnits).toMatchObject(units);
    const names = Object.keys(units);
    return [
      {
        dimensions: Dimensions.flat(),
        values: Object.fromEntries(names.map((name) => [name, line[name]])),
        line,
      },
    ];
  });

test('a run that ends leaves a line and its figures; nothing that is 0, and no dimension but the stack', async () => {
  vi.stubEnv(env.stack, 'mirror-of-acme');
  await logEnd(run, result);
  expect(written[0]).toMatchObject({
    message: 'run ended',
    sync: 'customers',
    run: 'run1',
    members: 17,
    lagSeconds: 90,
  });
  const [{ dimensions, values, line } = {}, ...others] = published();
  expect(others).toEqual([]);
  expect(dimensions).toEqual(['service']);
  expect(line).toMatchObject({ service: 'mirror-of-acme', sync: 'customers', run: 'run1' });
  expect(values).toEqual({
    RunsPartial: 1,
    Changes: 15,
    Delivered: 12,
    Rejected: 1,
    Uncertain: 1,
    Invalid: 3,
    SnapshotLag: 90,
    Retries: 1,
  });
});

test('members and lag are published by the sync only where that is wanted', async () => {
  vi.stubEnv(env.metricsBySync, 'true');
  await logEnd(run, result);
  const bySync = published().filter(({ dimensions }) => dimensions.includes('sync'));
  expect(bySync).toMatchObject([
    {
      dimensions: ['service', 'sync'],
      values: { Members: 17, SnapshotLag: 90 },
      line: { sync: 'customers' },
    },
  ]);
});

test.each<[string, Partial<Run>, RunResult, object[]]>([
  ['held', {}, { status: 'held', counts }, [{ RunsHeld: 1 }]],
  ['unchanged', {}, { status: 'unchanged' }, [{ RunsSucceeded: 1 }]],
  ['failed', {}, { status: 'failed' }, [{ RunsFailed: 1 }]],
  ['skipped', {}, { status: 'skipped' }, []],
  ['dry', { task: { kind: 'dry-run' } }, { status: 'succeeded', counts }, []],
])(
  'of a run that is %s no more is published than what it did',
  async (_, changes, ended, expected) => {
    await logEnd({ ...run, ...changes }, ended);
    expect(published().map(({ values }) => values)).toEqual(expected);
  },
);

test('requests that went out are counted and timed, others are not', async () => {
  let now = 0;
  const answers: HttpAnswer[] = [
    { kind: 'answer', status: 200, headers: {}, body: new Uint8Array(), truncated: false },
    { kind: 'none', code: 'timeout', reason: '', sent: true },
    { kind: 'none', code: 'dns', reason: '', sent: false },
    { kind: 'refused', code: 'too-late', reason: '' },
  ];
  const send = async () => {
    now += 250;
    const answer = answers.shift();
    if (!answer) throw new Error('No answer is left.');
    return answer;
  };
  const sender = measured({ send }, { now: () => now });
  const request = {
    method: 'POST',
    url: 'https://example.com',
    headers: {},
    timeoutMs: 1,
    notAfter: 1,
  } as const;
  for (let sent = 0; sent < 4; sent++) await sender.send(request);
  publishMetrics();
  expect(published().map(({ values }) => values)).toEqual([
    { Requests: [1, 1], RequestLatency: [250, 250] },
  ]);
  publishMetrics();
  expect(published()).toHaveLength(1);
});

test('sweep measures the members of all syncs, and how long the oldest work has waited', async () => {
  const lease = { trigger: 'manual', task: { kind: 'mirror' }, startedAt: 1_000 } as const;
  const state = (members: number, open?: string) => ({
    epoch: 1,
    marker: false,
    mirror: mirrorAt('m', { members }),
    ...(open && { openRun: { ...lease, run: open } }),
  });
  const runs = {
    listStates: async () => ({
      states: new Map([
        ['a', state(5)],
        ['b', state(7, 'moved')],
        ['c', state(1, 'unborn')],
      ]),
      unreadable: [],
    }),
    getRun: async (_: string, id: string) =>
      id === 'moved' ? { ...run, movedAt: 61_000 } : undefined,
  };
  const clock = { now: () => 121_000 };
  expect(await measure({ runs, clock })).toEqual([
    { name: 'Members', value: 13 },
    { name: 'OldestWorkAge', value: 120 },
  ]);
  const idle = {
    ...runs,
    listStates: async () => ({ states: new Map([['a', state(5)]]), unreadable: [] }),
  };
  expect(await measure({ runs: idle, clock })).toEqual([{ name: 'Members', value: 5 }]);
});

test.each([
  [undefined, false],
  ['true', true],
])('clients are traced only where tracing is switched on (%s)', async (tracing, expected) => {
  vi.stubEnv(env.tracing, tracing);
  vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x');
  vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.resetModules();
  const { traced } = await import('../../shared/runtime/tracing.ts');
  const plain = new SchedulerClient({});
  const before = plain.middlewareStack.identify().length;
  expect(traced(plain).middlewareStack.identify().length > before).toBe(expected);
});
