/** What is kept how long, over the embedded services, with a clock that the test moves. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tidy } from '../../functions/tidy/tidy.ts';
import { startDynamoDb } from '../../local/aws/dynamodb.ts';
import { buckets, expiryRules } from '../../local/aws/function-wiring.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { startS3 } from '../../local/aws/s3.ts';
import { createDynamoTable } from '../../shared/aws/dynamo-table.ts';
import { Items } from '../../shared/aws/items.ts';
import { createRunStore } from '../../shared/aws/run-store.ts';
import { createStateStore } from '../../shared/aws/state-store.ts';
import {
  chunkObject,
  configObject,
  examplesObject,
  logObject,
  logPrefix,
  mirrorAttempt,
  mirrorObject,
  planObject,
} from '../../shared/contracts/layout.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { mirrorAt } from '../mirror-at.ts';
import { noCounts } from '../no-counts.ts';
import { plainMapping } from '../simulation/audience.ts';
import { MemoryConfigStore } from '../simulation/memory/configs.ts';
import { syncOf } from '../simulation/settings.ts';

const day = 86_400_000;
let now = Date.UTC(2026, 0, 10, 12);
const clock = { now: () => now, sleep: async () => {} };
const turn = { id: 't', remainingMs: () => 300_000 };

let folder: string;
let s3: Awaited<ReturnType<typeof startS3>>;
let dynamodb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: S3Client;
let table: DynamoDBDocumentClient;
let state: ReturnType<typeof createStateStore>;
let logs: ReturnType<typeof createStateStore>;
let runs: ReturnType<typeof createRunStore>;
const configs = new MemoryConfigStore();
const body = new Uint8Array([1]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retention-'));
  s3 = await startS3({ folder: join(folder, 's3'), now: clock.now, rules: expiryRules });
  dynamodb = await startDynamoDb({ folder: join(folder, 'dynamodb'), now: clock.now });
  client = new S3Client({ ...clientConfig(s3.endpoint), forcePathStyle: true });
  table = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(dynamodb.endpoint)), {
    marshallOptions: { removeUndefinedValues: true },
  });
  for (const Bucket of [buckets.state, buckets.logs])
    await client.send(new CreateBucketCommand({ Bucket }));
  state = createStateStore(client, buckets.state);
  logs = createStateStore(client, buckets.logs);
  runs = createRunStore(new Items(createDynamoTable(table, dynamodb.table)));
}, 60_000);
afterAll(async () => {
  client.destroy();
  table.destroy();
  await s3.close();
  await dynamodb.close();
  await rm(folder, { recursive: true, force: true });
});

const save = (id: string, snapshots: number, logRetentionDays = 30) => {
  const { observability, ...sync } = syncOf({ id, retryFailed: true, snapshots }, plainMapping);
  return configs.putSync({
    ...sync,
    observability: { ...observability, logRetentionDays } as typeof observability,
  });
};

/** A run from its lease to its end, with the objects it leaves. `ends`: false leaves it open. */
async function leave(sync: string, id: string, ends = true): Promise<Run> {
  const open = { run: id, trigger: 'manual', task: usualTask, startedAt: now } as const;
  const epoch = (await runs.claimLease({ sync, ...open }))?.epoch ?? 0;
  const run: Run = {
    ...{ sync, id, epoch, trigger: 'manual', task: usualTask, phase: 'closing' },
    ...{ startedAt: now, movedAt: now, deadline: now + day, attempts: 1 },
    plan: { attempt: 'p1', chunks: { deleting: 0, upserting: 1 }, counts: noCounts },
  };
  await runs.createRun(run);
  const chunk = { sync, run: id, attempt: 'p1', phase: 'upserting', chunk: 0 } as const;
  const written = [
    ...lasting(run),
    chunkObject(chunk),
    lost(sync, epoch),
    winner(run),
    examplesObject(sync, id),
  ];
  for (const key of written) await state.put(key, body);
  await logs.put(logObject(30, run), body);
  if (!ends) return run;
  const mirror = mirrorAt(winner(run), { epoch });
  const result = { status: 'succeeded', mirror } as const;
  await runs.moveRun(run, ['closing'], { phase: 'closed', status: 'succeeded', result, at: now });
  await runs.freeLease({ ...run, closedAt: now }, result);
  return run;
}

const tidied = (everyMs = 0) => tidy({ configs, runs, state, logs, clock }, turn, everyMs);
const keptOf = async (sync: string) =>
  [...(await state.list(`mirrors/${sync}/`)), ...(await state.list(`runs/${sync}/`))].sort();
const lasting = (run: Run) => [configObject(run.sync, run.id), planObject(run.sync, run.id, 'p1')];
const lost = (sync: string, epoch: number) =>
  mirrorObject(mirrorAttempt(sync, epoch, 'c1'), 'base');
const winner = (run: Run) => mirrorObject(mirrorAttempt(run.sync, run.epoch, 'c2'), 'base');
const allOf = (kept: readonly Run[]) => [...kept.map(winner), ...kept.flatMap(lasting)].sort();

test('mirrors and plans of the last runs stay; older ones, lost attempts and working objects go', async () => {
  await save('last', 2);
  const all: Run[] = [];
  for (const id of ['run1', 'run2', 'run3']) all.push(await leave('last', id));
  await tidied();
  expect(await keptOf('last')).toEqual(allOf(all.slice(1)));
  // A smaller number holds for what is there already.
  await save('last', 1);
  await tidied(day);
  expect(await keptOf('last')).toEqual(allOf(all.slice(2)));
});

test('nothing of an open run goes, nor the mirror it began with', async () => {
  await save('open', 1);
  const before = await leave('open', 'run1');
  const open = await leave('open', 'run2', false);
  await tidied();
  const needed = [winner(before), lost('open', open.epoch), ...allOf([open])];
  expect(await keptOf('open')).toEqual(expect.arrayContaining(needed));
});

test('objects of runs that nobody knows any more go', async () => {
  await save('orphans', 5);
  const known = await leave('orphans', 'run1');
  await state.put(configObject('orphans', 'run0'), body);
  await state.put(lost('orphans', 0), body);
  await tidied();
  expect(await keptOf('orphans')).toEqual(allOf([known]));
});

test('logs move with their retention, and go where their days are over by then', async () => {
  await save('logs', 5);
  await leave('logs', 'run1');
  now += 20 * day;
  const young = await leave('logs', 'run2');
  await tidied();
  await save('logs', 5, 7);
  await tidied(day);
  expect(await logs.list(logPrefix(30, 'logs'))).toEqual([]);
  expect(await logs.list(logPrefix(7, 'logs'))).toEqual([logObject(7, young)]);
  now += 7 * day;
  await tidied();
  expect(await logs.list(logPrefix(7, 'logs'))).toEqual([logObject(7, young)]);
  now += day;
  await tidied();
  expect(await logs.list(logPrefix(7, 'logs'))).toEqual([]);
  // Within a day nothing is due, whatever lies there.
  await logs.put(logObject(30, young), body);
  await tidied(day);
  expect(await logs.list(logPrefix(30, 'logs'))).toHaveLength(1);
});

test('logs and examples go by the rules of the buckets, items by their time to live', async () => {
  await save('expiry', 1);
  const old = await leave('expiry', 'run1');
  await leave('expiry', 'run2');
  await tidied();
  now += 29 * day;
  s3.expire();
  expect(await logs.list(logPrefix(30, 'expiry'))).toHaveLength(2);
  now += 3 * day;
  s3.expire();
  expect(await logs.list(logPrefix(30, 'expiry'))).toEqual([]);
  now += 55 * day;
  s3.expire();
  await dynamodb.expire();
  expect(await runs.getRun('expiry', old.id)).toBeDefined();
  expect(await state.get(examplesObject('expiry', old.id))).toBeDefined();
  now += 5 * day;
  s3.expire();
  await dynamodb.expire();
  expect(await runs.getRun('expiry', old.id)).toBeUndefined();
  expect(await state.get(examplesObject('expiry', old.id))).toBeUndefined();
  // Its mirror is kept, and so the run is.
  expect(await runs.getRun('expiry', 'run2')).toBeDefined();
});
