/** The repair tools over the embedded services, through the API: one audience taken through all of them, in order. */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DuckDBInstance } from '@duckdb/node-api';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalApi } from '../../local/api.ts';
import { buckets } from '../../local/aws/function-wiring.ts';
import type { LocalMirror } from '../../local/mirror.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { until } from '../local/fixtures/until.ts';
import { callAt } from '../local/platform-client.ts';
import { addSync, type FlowWorld, mirrorFiles, runOnce, startWorld } from './world.ts';

const id = 'people';
let world: FlowWorld<LocalMirror>;
let api: LocalApi;
beforeAll(async () => {
  world = await startWorld();
  api = await world.mirror.serve();
  await addSync(world, id);
}, 60_000);
afterAll(() => world.close());

const address = (name: string) => `${name}@example.com`;
const csv = (names: readonly string[]) => {
  const rows = names.map((name) => `${address(name)},${name},B,C,1`);
  return new Map([
    ['people.csv', ['email,first_name,last_name,country,title', ...rows].join('\n')],
  ]);
};
const there = () => [...world.platform.members(id).keys()].map((key) => key.split('@')[0]).sort();

async function call(method: 'GET' | 'POST', path: string, body?: object) {
  const answer = await request(`${api.url}/v1/syncs/${id}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.tokens.write}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  expect(answer.statusCode, text).toBeLessThan(300);
  return text === '' ? {} : z.looseObject({}).parse(JSON.parse(text));
}

/** Asks for a run, and gives it closed. */
async function repaired(path: string, body?: object): Promise<Run> {
  const { id: run } = z.object({ id: z.string() }).parse(await call('POST', path, body));
  return world.mirror.follow(id, run);
}

const Receipt = z.looseObject({ id: z.string(), run: z.string(), state: z.string() });

async function erased(body: object) {
  const { id: erasure, run } = Receipt.parse(await call('POST', '/erasures', body));
  const closed = await world.mirror.follow(id, run);
  expect(await call('GET', `/runs/${run}`)).toMatchObject({ task: { kind: 'erase', erasure } });
  return { run: closed, receipt: Receipt.parse(await call('GET', `/erasures/${erasure}`)) };
}

/** Delivered changes by action, of those there are. */
function deliveredBy({ status, result }: Run) {
  const { insert, update, delete: removed } = result?.counts ?? {};
  return {
    status,
    inserts: insert?.delivered,
    updates: update?.delivered,
    deletes: removed?.delivered,
  };
}

/** Everything that is kept, but for the exports: objects with tables and gzip opened, items, secrets, and the functions' logs. */
async function keptText(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  for (const store of ['state', 'logs'] as const) {
    for (const name of await world.mirror[store].list('')) {
      const file = join(world.folder, 'looked-at');
      const bytes = await world.mirror[store].get(name);
      // Working objects of closed runs go meanwhile.
      if (!bytes) continue;
      await writeFile(file, bytes);
      if (name.endsWith('.parquet')) {
        const rows = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
        texts.set(name, JSON.stringify(rows.getRowObjectsJson()));
      } else
        texts.set(name, Buffer.from(name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
    }
  }
  connection.closeSync();
  const client = new DynamoDBClient(world.mirror.aws.unguardedTable);
  const { Items } = await DynamoDBDocumentClient.from(client).send(
    new ScanCommand({ TableName: world.mirror.aws.table }),
  );
  client.destroy();
  texts.set('items', JSON.stringify(Items));
  for (const name of await readdir(join(world.folder, 'logs'))) {
    texts.set(`logs of ${name}`, await readFile(join(world.folder, 'logs', name), 'utf8'));
  }
  return texts;
}

/** Messages that lie in any queue, those that were given up too. */
async function waitingMessages(): Promise<number> {
  const { clients, environment } = world.mirror.aws;
  const sqs = new SQSClient(clients.sqs);
  const urls = Object.entries(environment).filter(([name]) => /_(QUEUE|LETTERS)_URL$/.test(name));
  expect(urls).toHaveLength(7);
  const counts = await Promise.all(
    urls.map(async ([, QueueUrl]) => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      return (
        Number(Attributes['ApproximateNumberOfMessages']) +
        Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
      );
    }),
  );
  sqs.destroy();
  return counts.reduce((sum, count) => sum + count, 0);
}

const naming = async (name: string) =>
  [...(await keptText())].flatMap(([place, text]) => (text.includes(name) ? [place] : []));

let good: Run;

test('adopt takes what the platform holds for the mirror: leftovers go, and nobody is sent twice', async () => {
  const path = `${world.platform.url}/audiences/${id}/members`;
  const held = ['ann', 'bob', 'eva', 'left'];
  const members = held.map((name) => ({
    email: address(name),
    firstName: name,
    lastName: 'B',
    country: 'C',
    title: '1',
  }));
  expect(
    (await callAt(world.platform.url, 'POST', path.slice(world.platform.url.length), { members }))
      .status,
  ).toBe(200);
  const [, file = ''] = [...csv(held)][0] ?? [];
  await world.mirror.export('held/', new Map([['held.csv', Buffer.from(file)]]));
  const source = { bucket: buckets.snapshots, prefix: 'held' };
  const adopted = await repaired('/adopt', { source });
  expect(adopted).toMatchObject({ status: 'succeeded', result: { mirror: { members: 4 } } });
  expect(adopted.result?.sent?.requests ?? 0).toBe(0);
  good = await mirrorFiles(world, id, csv(['ann', 'bob', 'cat', 'eva']));
  expect(deliveredBy(good)).toEqual({ status: 'succeeded', inserts: 1, updates: 0, deletes: 1 });
  expect(there()).toEqual(['ann', 'bob', 'cat', 'eva']);
  const again = await repaired('/adopt', { source });
  expect(again.result?.error?.code).toBe('adopt-over-members');
});

test('full sends everybody again', async () => {
  const run = await repaired('/runs', { full: true });
  expect(deliveredBy(run)).toEqual({ status: 'succeeded', inserts: 0, updates: 4, deletes: 0 });
  expect((await runOnce(world.mirror, id)).status).toBe('unchanged');
});

test('rollback undoes a wrong export, and the schedule passes over that one', async () => {
  await mirrorFiles(world, id, csv(['ann', 'wrong']));
  expect(there()).toEqual(['ann', 'wrong']);
  const back = await repaired('/rollback', { to: good.id });
  expect(deliveredBy(back)).toMatchObject({ status: 'succeeded', inserts: 3, deletes: 1 });
  expect(there()).toEqual(['ann', 'bob', 'cat', 'eva']);
  const scheduled = await world.mirror.start(id, 'schedule');
  expect((await world.mirror.follow(id, scheduled ?? '')).result?.error?.code).toBe(
    'snapshot-set-aside',
  );
});

test('erase is refused for who is in the newest snapshot, and changes nothing', async () => {
  await mirrorFiles(world, id, csv(['ann', 'bob', 'cat', 'eva']));
  const { run, receipt } = await erased({ keys: [[address('bob')]] });
  expect(receipt).toMatchObject({ state: 'refused', inSnapshot: 1 });
  expect(run.result?.error?.code).toBe('erase-in-snapshot');
  expect(there()).toContain('bob');
});

test('erase takes a person from the platform and from everything that is kept, and the receipt says from where', async () => {
  await world.mirror.export(
    'exports/people/',
    new Map([...csv(['ann', 'cat', 'eva'])].map(([name, body]) => [name, Buffer.from(body)])),
  );
  const before = await naming('bob');
  const { run, receipt } = await erased({ keys: [[address('bob')], [address('bob')]] });
  expect(receipt).toMatchObject({
    state: 'done',
    members: 1,
    inSnapshot: 0,
    deletes: { delivered: 1 },
  });
  expect(run.status).toBe('succeeded');
  expect(there()).toEqual(['ann', 'cat', 'eva']);
  expect(await naming('bob')).toEqual([]);
  await until(async () => (await waitingMessages()) === 0);
  const found = z.record(z.string(), z.number()).parse(receipt['found']);
  const kinds: Record<string, (place: string) => boolean> = {
    mirrors: (place) => place.startsWith('mirrors/'),
    logs: (place) => place.startsWith('sync-logs/'),
  };
  for (const [kind, isOf] of Object.entries(kinds)) {
    expect(before.filter(isOf).length, kind).toBeGreaterThan(0);
    expect(found[kind], kind).toBeGreaterThanOrEqual(before.filter(isOf).length);
  }
  expect(found['plans']).toBeGreaterThan(0);
  // The others are named where they were, and the account goes on.
  expect((await naming('cat')).length).toBeGreaterThan(0);
  expect(deliveredBy(await runOnce(world.mirror, id))).toMatchObject({ inserts: 0, deletes: 0 });
  const listed = z.object({ items: z.array(Receipt) }).parse(await call('GET', '/erasures'));
  expect(listed.items.map(({ state }) => state)).toEqual(['done', 'refused']);
});

test('reset forgets the mirror, and the next run is a first run', async () => {
  await call('POST', '/reset');
  // What the platform held before the runs since is no account of today.
  const source = { bucket: buckets.snapshots, prefix: 'held' };
  expect((await repaired('/adopt', { source })).result?.error?.code).toBe('adopt-outdated');
  const run = await runOnce(world.mirror, id);
  expect(deliveredBy(run)).toEqual({ status: 'succeeded', inserts: 3, updates: 0, deletes: 0 });
});

test('empty removes everybody, once the schedule can bring nobody back', async () => {
  await call('POST', '/disable');
  const run = await repaired('/empty');
  expect(deliveredBy(run)).toEqual({ status: 'succeeded', inserts: 0, updates: 0, deletes: 3 });
  expect(there()).toEqual([]);
});
