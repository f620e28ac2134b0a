/** Keys are joined by hashes of 64 bits: two keys that share one are two members all the same. */
import { afterAll, expect, test } from 'vitest';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import { literal } from '../../shared/duckdb/sql.ts';
import { outcomeLine, type PlanOutcome, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

/** Found by taking apart how DuckDB 1.5 hashes texts of twelve bytes. */
const [one, other] = ['member-00001', 'LrmK<f:Uc.!!'] as const;
const rest = ['anna', 'bert', 'carl'];

type Members = Readonly<Record<string, string>>;
const formats = { parquet: 'parquet', csv: 'csv', ndjson: 'json' } as const;
type Format = keyof typeof formats;

let exported = 0;
async function plan(format: Format, members: Members, mirror?: MirrorPointer) {
  const rows = Object.entries(members).map(([id, value]) => `(${literal(id)}, ${literal(value)})`);
  const query = `FROM (VALUES ${rows.join(', ')}) AS members(id, value)`;
  const object = await place.export(`part-${++exported}.${format}`, query, formats[format]);
  return await place.plan({
    format,
    objects: [object],
    key: ['id'],
    columns: ['value'],
    mirror,
  });
}

async function mirrorOf(format: Format, members: Members): Promise<MirrorPointer> {
  const { candidates } = await plan(format, members);
  const { pointer } = await place.fold({
    plan: candidates.map(({ key, row }, position) => ({
      kind: 'change',
      key,
      action: 'insert',
      digest: row && 'digest' in row ? row.digest : undefined,
      record: row && 'values' in row ? JSON.stringify(row.values) : '',
      place: { phase: 'upserting', chunk: 0, position },
    })),
    outcomes: [
      { phase: 'upserting', chunk: 0, lines: [outcomeLine(0, candidates.length, 'delivered')] },
    ],
  });
  return pointer;
}

/** Without those that the records settle: who shares a hash is looked at in each run. */
const changesIn = ({ candidates }: PlanOutcome) =>
  Object.fromEntries(
    candidates.flatMap(({ key, row, mirror }) => {
      if (!row || !('values' in row)) return [[key, 'delete']];
      if (!mirror) return [[key, 'insert']];
      return mirror.record === JSON.stringify(row.values) ? [] : [[key, 'update']];
    }),
  );

const all = (...keys: string[]): Members =>
  Object.fromEntries([...rest, ...keys].map((key) => [key, 'x']));

test('they share a hash', async () => {
  expect(await place.sql(`SELECT hash(${literal(one)}) = hash(${literal(other)})`)).toEqual([
    [true],
  ]);
});

test.each(Object.keys(formats) as Format[])('and stay apart, in %s', async (format) => {
  const alone = await mirrorOf(format, all(one));
  const both = await mirrorOf(format, all(one, other));
  const changes = async (members: Members, mirror: MirrorPointer) =>
    changesIn(await plan(format, members, mirror));
  expect(await changes(all(one, other), alone)).toEqual({ [other]: 'insert' });
  expect(await changes(all(other), alone)).toEqual({ [one]: 'delete', [other]: 'insert' });
  expect(await changes(all(other), both)).toEqual({ [one]: 'delete' });
  expect(await changes(all(one), both)).toEqual({ [other]: 'delete' });
  expect(await changes({ ...all(one, other), [one]: 'y' }, both)).toEqual({ [one]: 'update' });
  expect(await changes(all(one, other), both)).toEqual({});
});
