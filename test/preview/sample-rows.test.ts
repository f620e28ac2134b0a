/** Rows to preview with come from the newest complete snapshot. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sync } from '../../shared/contracts/sync.ts';
import { SnapshotError } from '../../shared/domain/errors.ts';
import type { ListedObject } from '../../shared/domain/snapshot.ts';
import { type SampleRowsPorts, sampleRows } from '../../shared/flow/sample-rows.ts';
import type { SnapshotStore } from '../../shared/ports.ts';
import { digest } from '../../shared/runtime/system.ts';
import { fileSnapshots, Workplace } from '../duckdb/workplace.ts';
import { requestOf, sync } from './setup.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const folder = join(place.folder, 'snapshots');

async function list(prefix: string): Promise<ListedObject[]> {
  const names = (await readdir(folder)).map(decodeURIComponent).sort();
  const below = names.filter((key) => key.startsWith(prefix));
  return Promise.all(
    below.map(async (key) => {
      const { size, mtimeMs } = await stat(place.object(key));
      return { key, etag: 'any', size, lastModified: mtimeMs };
    }),
  );
}

const snapshots: SnapshotStore = {
  ...fileSnapshots(folder),
  list: (_, prefix) => list(prefix),
};

const opened: string[][] = [];
const engine: SampleRowsPorts['engine'] = {
  open: (input) => {
    if (input.wanted.kind !== 'snapshot') throw new Error('A sample is of a snapshot.');
    opened.push(input.wanted.snapshot.objects.map(({ key }) => key));
    return place.engine().open(input);
  },
};

const ports = { snapshots, engine, digest, clock: { now: () => Date.now() + 3_600_000 } };

const syncOf = (prefix: string, changes: object = {}): Sync =>
  Sync.parse({ ...sync({ source: { bucket: 'exports', prefix }, ...changes }), version: 1 });

const people = (from: number, to: number) =>
  `SELECT printf('p%03d@example.com', i) AS email, i::DECIMAL(9, 2) AS score, [i] AS unused
   FROM range(${from}, ${to}) AS numbers(i) ORDER BY hash(i)`;

beforeAll(async () => {
  for (const part of [0, 1, 2]) {
    await place.export(`many/${part}.parquet`, people(part * 300, part * 300 + 300));
  }
  for (const part of [0, 1]) {
    await place.export(`few/${part}.parquet`, people(part * 3, part * 3 + 3));
  }
});

test('the first rows by key, with the mapped columns, make a preview', async () => {
  const rows = await sampleRows(ports, syncOf('many/'), false, 2);
  expect(rows).toEqual([
    { email: 'p000@example.com', score: expect.anything() },
    { email: 'p001@example.com', score: expect.anything() },
  ]);
  expect(requestOf({ rows })).toMatchObject({ sent: [0, 1], notSent: [], warnings: [] });
});

test('there are 100 at most, and no more files are read than are needed', async () => {
  opened.length = 0;
  expect(await sampleRows(ports, syncOf('many/'), false, 1_000)).toHaveLength(100);
  expect(opened).toEqual([['many/0.parquet']]);
});

test('there are as many as the files have', async () => {
  const rows = await sampleRows(ports, syncOf('few/'), false);
  expect(rows.map(({ email }) => email)).toEqual(
    Array.from({ length: 6 }, (_, index) => `p00${index}@example.com`),
  );
});

test('a column that one NDJSON file leaves out is empty there', async () => {
  await place.write('lines/0.ndjson', '{"email":"a@x.org"}\n{"email":"b@x.org"}\n');
  await place.write('lines/1.ndjson', '{"email":"c@x.org","score":3}\n');
  expect(await sampleRows(ports, syncOf('lines/'), false)).toEqual([
    { email: 'a@x.org', score: null },
    { email: 'b@x.org', score: null },
    { email: 'c@x.org', score: 3 },
  ]);
});

test('rows that no record is made of are passed over', async () => {
  const lines = [
    '{"email":null,"score":1}',
    '{"email":"a@x.org","score":1}',
    '{"email":"a@x.org","score":2}',
    '{"email":"b@x.org","score":1}',
    '{"email":"b@x.org","score":1}',
  ];
  await place.write('odd/0.ndjson', `${lines.join('\n')}\n`);
  expect(await sampleRows(ports, syncOf('odd/'), false)).toEqual([{ email: 'b@x.org', score: 1 }]);
});

test('a snapshot that is not complete is none', async () => {
  const marked = sampleRows(ports, syncOf('few/'), true);
  await expect(marked).rejects.toThrow(SnapshotError);
  const early = sampleRows({ ...ports, clock: { now: Date.now } }, syncOf('few/'), false);
  await expect(early).rejects.toThrow(/counts as complete after/);
});

test('a column that the snapshot lacks is named', async () => {
  const wrong = syncOf('few/', { mappings: { EMAIL: { column: 'mail' } } });
  await expect(sampleRows(ports, wrong, false)).rejects.toMatchObject({ code: 'column-missing' });
});

test('nothing is left in the scratch folder', async () => {
  expect(await place.leftovers()).toEqual([]);
});
