import { expect, test } from 'vitest';
import { Source } from '../../shared/contracts/sync.ts';
import { MirrorError } from '../../shared/domain/words/errors.ts';
import { findSnapshot, type ListedObject } from '../../shared/domain/words/snapshot.ts';

const now = 1_700_000_000_000;

interface Given {
  /** Name below the prefix → age in seconds. */
  readonly objects: Readonly<Record<string, number>>;
  readonly source?: object;
  readonly markerSeen?: boolean;
  readonly manifest?: string;
}

const listed = ([name, age]: [string, number]): ListedObject => ({
  key: `exports/${name}`,
  etag: `"${name}"`,
  size: 10,
  lastModified: now - age * 1_000,
});

/** The names found, or the code and text of the error. */
async function find({ objects, source, markerSeen = false, manifest = '' }: Given) {
  try {
    const snapshot = await findSnapshot({
      source: Source.parse({ bucket: 'warehouse', prefix: 'exports', ...source }),
      objects: Object.entries(objects).map(listed),
      now,
      markerSeen,
      read: async () => manifest,
      digest: (text) => text,
    });
    return { ...snapshot, names: snapshot.objects.map(({ key }) => key.replace('exports/', '')) };
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return { code: error.code, text: error.message };
  }
}

const folders = { layout: 'folders' };
const entries = (...names: string[]) =>
  JSON.stringify({ entries: names.map((name) => ({ url: `s3://warehouse/exports/${name}` })) });

test('nothing below the prefix is an error of its own', async () => {
  expect(await find({ objects: {} })).toMatchObject({ code: 'prefix-empty' });
  expect(await find({ objects: { '': 5 } })).toMatchObject({ code: 'prefix-empty' });
});

test('files at rest are complete, files just written are not', async () => {
  expect(await find({ objects: { 'a.csv': 61 } })).toMatchObject({
    names: ['a.csv'],
    completedBy: 'settled',
    format: 'csv',
  });
  expect(await find({ objects: { 'a.csv': 61, 'b.csv': 59 } })).toMatchObject({
    code: 'snapshot-incomplete',
  });
  expect(await find({ objects: { 'a.csv': 61, '_temporary/0': 1 } })).toMatchObject({
    code: 'snapshot-incomplete',
  });
});

test('a file of a moment that is still to come was written while the clock was ahead, and is at rest', async () => {
  expect(await find({ objects: { 'a.csv': -86_400 } })).toMatchObject({ names: ['a.csv'] });
  expect(await find({ objects: { 'a.csv': -30 } })).toMatchObject({ code: 'snapshot-incomplete' });
});

test('a marker completes at once, unless a file is newer', async () => {
  expect(await find({ objects: { 'a.csv': 3, _SUCCESS: 3 } })).toMatchObject({
    names: ['a.csv'],
    completedBy: 'marker',
  });
  expect(await find({ objects: { 'a.csv': 2, _SUCCESS: 3 } })).toMatchObject({
    code: 'snapshot-incomplete',
  });
});

test('a sync that ever had a marker waits for one', async () => {
  const objects = { 'a.csv': 9_999 };
  expect(await find({ objects, markerSeen: true })).toMatchObject({ code: 'snapshot-incomplete' });
  expect(await find({ objects, source: { completeness: { by: 'marker' } } })).toMatchObject({
    code: 'snapshot-incomplete',
  });
  expect(
    await find({ objects, markerSeen: true, source: { completeness: { by: 'settled' } } }),
  ).toMatchObject({ names: ['a.csv'] });
});

test('the folder that was completed last counts, and a half-written one does not', async () => {
  const objects = {
    '1/a.csv': 900,
    '1/_SUCCESS': 890,
    '2/a.csv': 500,
    '2/_SUCCESS': 490,
    '3/a.csv': 10,
    'stray.csv': 5,
  };
  expect(await find({ objects, source: folders })).toMatchObject({
    prefix: 'exports/2/',
    names: ['2/a.csv'],
  });
  expect(await find({ objects: { 'stray.csv': 500 }, source: folders })).toMatchObject({
    code: 'snapshot-incomplete',
  });
});

test('a manifest names the files that count', async () => {
  const objects = { 'a.csv': 9, 'old.csv': 99, manifest: 5 };
  expect(await find({ objects, manifest: entries('a.csv') })).toMatchObject({ names: ['a.csv'] });
  const missing = await find({ objects, manifest: entries('a.csv', 'b.csv') });
  expect(missing).toMatchObject({ code: 'snapshot-incomplete' });
  expect(missing).toMatchObject({
    text: expect.stringContaining('exports/b.csv, which is not there'),
  });
  expect(await find({ objects, manifest: '{"files": []}' })).toMatchObject({
    code: 'manifest-invalid',
  });
  const short = JSON.stringify({
    entries: [{ url: 's3://warehouse/exports/a.csv', meta: { content_length: 11 } }],
  });
  expect(await find({ objects, manifest: short })).toMatchObject({ code: 'snapshot-incomplete' });
});

test('names tell the format, and one snapshot has one', async () => {
  expect(await find({ objects: { 'a.parquet': 99, 'b.snappy.parquet': 99 } })).toMatchObject({
    format: 'parquet',
  });
  expect(await find({ objects: { 'a.jsonl.gz': 99 } })).toMatchObject({ format: 'ndjson' });
  expect(await find({ objects: { 'a.csv': 99, 'b.parquet': 99 } })).toMatchObject({
    code: 'formats-mixed',
  });
  expect(await find({ objects: { 'a.xlsx': 99 } })).toMatchObject({ code: 'format-unknown' });
  expect(await find({ objects: { part0: 99 }, source: { format: 'csv' } })).toMatchObject({
    names: ['part0'],
  });
  expect(await find({ objects: { _SUCCESS: 9 } })).toMatchObject({
    code: 'snapshot-without-files',
  });
});

test('the identity is that of names and contents, not of times or order', async () => {
  const one = await find({ objects: { 'a.csv': 99, 'b.csv': 98 } });
  const same = await find({ objects: { 'b.csv': 500, 'a.csv': 400 } });
  const other = await find({ objects: { 'a.csv': 99, 'c.csv': 98 } });
  expect(one).toHaveProperty('identity');
  expect('identity' in one && 'identity' in same && one.identity === same.identity).toBe(true);
  expect('identity' in one && 'identity' in other && one.identity === other.identity).toBe(false);
});

test.each([
  ['_delta_log/00000000000000000000.json', 'Delta Lake'],
  ['metadata/00001-abc.metadata.json', 'Apache Iceberg'],
  ['.hoodie/hoodie.properties', 'Apache Hudi'],
])('the files of a table are no snapshot: %s', async (log, format) => {
  for (const marker of [{}, { _SUCCESS: 90 }]) {
    const objects = { 'part-0.parquet': 100, [log]: 100, ...marker };
    const refused = await find({ objects });
    expect(refused).toMatchObject({ code: 'table-format' });
    expect(JSON.stringify(refused)).toContain(format);
  }
  const objects = { 'part-0.parquet': 100, [log]: 100, manifest: 90 };
  const listed = { objects, manifest: entries('part-0.parquet') };
  expect(await find(listed)).toMatchObject({ names: ['part-0.parquet'] });
});

test('an empty part that a manifest lists is part of the snapshot', async () => {
  const objects = { 'a.parquet': 100, 'b.parquet': 100, manifest: 90 };
  expect(await find({ objects, manifest: entries('a.parquet', 'b.parquet') })).toMatchObject({
    names: ['a.parquet', 'b.parquet'],
  });
});

test.each([
  ['dates', 'dt=2024-01-01/', 'dt=2024-01-02/'],
  ['counters', 'run-9/', 'run-10/'],
  ['dates in parts', '2024-1-2 part 9/', '2024-1-10 part 1/'],
])('of folders, completion or the name decides: %s', async (_, older, newer) => {
  const objects = { [`${newer}a.csv`]: 900, [`${older}a.csv`]: 300 };
  expect(await find({ objects, source: folders })).toMatchObject({
    names: [`${older}a.csv`],
    overtakes: `exports/${newer}`,
  });
  const byName = await find({ objects, source: { ...folders, newest: 'name' } });
  expect(byName).toMatchObject({ names: [`${newer}a.csv`] });
  expect(byName).not.toHaveProperty('overtakes');
  const inOrder = { [`${newer}a.csv`]: 300, [`${older}a.csv`]: 900 };
  expect(await find({ objects: inOrder, source: folders })).not.toHaveProperty('overtakes');
});

test('names that tell no order are no reason to hold', async () => {
  const objects = { '7f3a-b1/a.csv': 900, '1c9e-04/a.csv': 300 };
  expect(await find({ objects, source: folders })).not.toHaveProperty('overtakes');
});
