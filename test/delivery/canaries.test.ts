/** Canary secrets and canary people: after runs with failures of many kinds, neither stands where people look. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalMirror } from '../../local/mirror.ts';
import { sampleSyncOf } from '../../local/sample.ts';
import { addSync, type FlowWorld, mirrorFiles, startWorld, tellFaults } from '../flow/world.ts';

const person = 'canary.person.7731@example.com';
const name = 'Kanarienvogel-Quux';
const secret = 'secret-canary-9f1c-token';

let world: FlowWorld<LocalMirror>;
/** Whatever the functions were given: the messages of the queues, above all. */
const events: unknown[] = [];
beforeAll(async () => {
  world = await startWorld({ onInvocation: ({ event }) => events.push(event) });
  await writeFile(
    join(world.folder, 'secrets.json'),
    JSON.stringify({
      'to-canary': {
        token: secret,
        boundTo: { destination: 'to-canary', origins: [world.platform.url] },
      },
    }),
    {
      mode: 0o600,
    },
  );
});
afterAll(() => world.close());

const csv = (...rows: string[]) =>
  new Map([['people.csv', ['email,first_name,last_name,country,title', ...rows].join('\n')]]);

const people = csv(
  `${person},${name},B,C,D`,
  `${person}.de,${name},B,C,D`,
  `twice-${person},${name},B,C,D`,
  `twice-${person},${name},B,C,Other`,
  `,${name},B,C,D`,
);

async function runThemAll(): Promise<string> {
  await addSync(world, 'canary', {
    destination: { authentication: { type: 'bearer' }, secret: 'to-canary' },
    sync: { observability: { ...sampleSyncOf().observability, logKeys: 'hmac' } },
  });
  const results: unknown[] = [];
  const run = async (files: ReadonlyMap<string, string>, faults?: object) => {
    await tellFaults(world, faults);
    results.push(await mirrorFiles(world, 'canary', files));
  };
  await run(people, { script: [{ status: 400, body: { error: `${person} is not known` } }] });
  await run(people, { rejectMembers: [person] });
  await run(people, { script: [500, 'drop-after', 500, 'drop', 500, 500, 500, 500] });
  await run(csv(`${person},${name}`), undefined);
  await run(csv(`"${person},${name}`), undefined);
  await run(new Map([['people.parquet', `PAR1${person}PAR1`]]), undefined);
  await run(people, { mode: 'status', status: 401 });
  await tellFaults(world, undefined);
  return JSON.stringify(results);
}

async function allFiles(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    names
      .filter((each) => each.isFile())
      .map((each) => readFile(join(each.parentPath, each.name), 'utf8')),
  );
  return texts.join('\n');
}

async function allItems(): Promise<string> {
  const client = new DynamoDBClient(world.mirror.aws.unguardedTable);
  const { Items } = await client.send(new ScanCommand({ TableName: world.mirror.aws.table }));
  return JSON.stringify(Items);
}

/** Every object as a reader sees it: unpacked, and tables row by row. */
async function bucketText(bucket: string, only = /./): Promise<string> {
  const client = new S3Client(world.mirror.aws.clients.s3);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  const texts: string[] = [];
  for (const { Key = '' } of Contents.filter((each) => only.test(each.Key ?? ''))) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    texts.push(await unpacked((await Body?.transformToByteArray()) ?? new Uint8Array()));
  }
  return texts.join('\n');
}

async function unpacked(body: Uint8Array): Promise<string> {
  if (body[0] === 0x1f && body[1] === 0x8b) return gunzipSync(body).toString();
  if (Buffer.from(body.subarray(0, 4)).toString() === 'PAR1') return rowsOf(body);
  return Buffer.from(body).toString('latin1');
}

async function rowsOf(parquet: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'canaries-'));
  const file = join(folder, 'table.parquet');
  await writeFile(file, parquet);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = await connection.runAndReadAll(`FROM read_parquet('${file}')`);
  connection.closeSync();
  await rm(folder, { recursive: true });
  return JSON.stringify(rows.getRowObjectsJson());
}

test('no person and no secret in messages, logs, table items, results or pinned configurations', async () => {
  const results = await runThemAll();
  const { buckets } = world.mirror.aws;
  const places = {
    results,
    messages: JSON.stringify(events),
    logs: await allFiles(join(world.folder, 'logs')),
    'sync logs': await bucketText(buckets.logs),
    items: await allItems(),
    configurations: await bucketText(buckets.state, /config\.json$/),
    history: await bucketText(buckets.state, /^history\//),
  };
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, `${place} are empty, so they prove nothing`).toBeGreaterThan(100);
    for (const canary of [person, name, secret]) {
      expect(text.includes(canary), `${canary} stands in the ${place}`).toBe(false);
    }
  }
  const kept = await bucketText(buckets.state);
  expect(kept, 'what is kept for sending names people, and is read here').toContain(person);
  expect(kept).not.toContain(secret);
});
