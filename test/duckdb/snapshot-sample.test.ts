/** A look into a snapshot finds what a run would read, and reads little of it. */

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import type { Snapshot } from '../../shared/contracts/snapshot.ts';
import { createSnapshotSampler } from '../../shared/duckdb/snapshot-sample.ts';
import type { SnapshotStore } from '../../shared/ports/snapshots.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';
import { Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const MiB = 1_048_576;
let bytesRead = 0;

const snapshots: SnapshotStore = {
  list: () => Promise.reject(new Error('not called')),
  read: async (_bucket, { key }, range) => {
    const stream = createReadStream(place.object(key), {
      highWaterMark: 64 * 1_024,
      ...(range && { start: range.from, end: range.to }),
    });
    return (async function* () {
      for await (const part of stream) {
        bytesRead += part.length;
        yield part;
      }
    })();
  },
};
const sampler = createSnapshotSampler({
  snapshots,
  scratch: place.scratch,
  memoryLimitMb: 256,
});

async function look(format: Snapshot['format'], keys: readonly string[], rows = 3) {
  const objects = await Promise.all(
    keys.map(async (key) => ({ key, etag: 'e', size: (await stat(place.object(key))).size })),
  );
  bytesRead = 0;
  const snapshot = snapshotOf(format, objects);
  return sampler.sample(snapshot, usualReading, rows);
}

/** Five million rows would not fit the time of a test; a few hundred thousand of noise make a file that is large. */
const many = `SELECT 'person-' || i AS "e mail", i AS id, i::DECIMAL(9, 2) AS score,
  TIMESTAMP '2024-01-31 12:00:00' AS seen, [i, NULL] AS list, {'a': i} AS struct, sha256(i::VARCHAR) || sha256(i::VARCHAR || '+') AS noise
  FROM range(200000) AS numbers(i)`;
const first = {
  'e mail': 'person-0',
  id: 0,
  score: '0.00',
  seen: '2024-01-31T12:00:00Z',
  list: [0, null],
  struct: { a: 0 },
  noise: expect.stringMatching(/^[0-9a-f]{128}$/),
};

test('of a large Parquet file, its footer and first row group are read', async () => {
  await place.export('large.parquet', many);
  const { size } = await stat(place.object('large.parquet'));
  const sample = await look('parquet', ['large.parquet']);
  expect(sample.rows).toHaveLength(3);
  expect(sample.rows[0]).toEqual(first);
  expect(sample.columns).toEqual([
    { name: 'e mail', type: 'VARCHAR' },
    { name: 'id', type: 'BIGINT' },
    { name: 'score', type: 'DECIMAL(9,2)' },
    { name: 'seen', type: 'TIMESTAMP' },
    { name: 'list', type: 'BIGINT[]' },
    { name: 'struct', type: expect.stringMatching(/^STRUCT\(/) },
    { name: 'noise', type: 'VARCHAR' },
  ]);
  expect(sample.isComplete).toBe(true);
  expect(bytesRead).toBeLessThan(size * 0.8);
  const columnsOnly = await look('parquet', ['large.parquet'], 0);
  expect(columnsOnly).toEqual({ ...sample, rows: [] });
});

test.each(['', '.gz', '.zst'])('of a large CSV file%s, its first rows are read', async (ending) => {
  const rows = Array.from(
    { length: 120_000 },
    (_, at) => `p${at},"a ""b"",\nline ${at * 7_919}",${(at * 104_729).toString(36)}`,
  );
  const text = Buffer.from(`email,note,noise\n${rows.join('\n')}\n`);
  const packed = ending === '' ? text : ending === '.gz' ? gzipSync(text) : zstdCompressSync(text);
  await place.write(`large.csv${ending}`, packed);
  const sample = await look('csv', [`large.csv${ending}`], 2);
  expect(sample).toEqual({
    columns: ['email', 'note', 'noise'].map((name) => ({ name, type: 'text' })),
    isComplete: true,
    rows: [
      { email: 'p0', note: 'a "b",\nline 0', noise: '0' },
      { email: 'p1', note: 'a "b",\nline 7919', noise: '28t5' },
    ],
  });
  expect(bytesRead).toBeLessThan(Math.min(3 * MiB, packed.length));
});

test('of NDJSON the members of the lines looked at are the columns', async () => {
  await place.write('small.ndjson', '\ufeff{"b":1.0,"a":"x"}\n\n{"a":null,"c":[1]}\n');
  const sample = await look('ndjson', ['small.ndjson']);
  expect(sample).toEqual({
    columns: [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'number' },
      { name: 'c', type: 'list' },
    ],
    isComplete: true,
    rows: [
      { a: 'x', b: 1, c: null },
      { a: null, b: null, c: [1] },
    ],
  });
  await place.write('other.ndjson', '{"d":1}\n');
  expect((await look('ndjson', ['small.ndjson', 'other.ndjson'])).isComplete).toBe(false);
  const lines = Array.from({ length: 100_000 }, (_, at) => JSON.stringify({ at, text: 'é' })).join(
    '\n',
  );
  await place.write('large.ndjson', lines);
  const large = await look('ndjson', ['large.ndjson'], 1);
  expect(large).toMatchObject({ isComplete: false, rows: [{ at: 0, text: 'é' }] });
});

test.each([
  [
    'parquet',
    'cut.parquet',
    'no footer',
    async () => {
      const whole = await readFile(place.object('large.parquet'));
      return whole.subarray(0, whole.length - 9);
    },
  ],
  [
    'parquet',
    'text.parquet',
    'no footer',
    async () => Buffer.from('email,name\nsecret@example.com,x\n'),
  ],
  ['csv', 'parquet.csv', 'a Parquet file', async () => readFile(place.object('large.parquet'))],
  ['csv', 'twice.csv', 'the same name', async () => Buffer.from('a,a\nsecret@example.com,2\n')],
  [
    'csv',
    'broken.csv.gz',
    'damaged',
    async () => gzipSync(Buffer.alloc(9_000, 'secret@example.com\n')).subarray(0, 40),
  ],
  [
    'ndjson',
    'broken.ndjson',
    'cannot be read',
    async () => Buffer.from('{"a":"secret@example.com"\n'),
  ],
] as const)(
  'a %s file that is none (%s) is refused without a cell of it',
  async (format, key, says, make) => {
    await place.write(key, await make());
    const error = await look(format, [key]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'file-unreadable',
      message: expect.stringContaining(says),
    });
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('secret@');
  },
);

test('nothing is left in the scratch folder', async () => {
  expect(await place.leftovers()).toEqual([]);
});
