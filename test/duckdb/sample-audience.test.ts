/** The counts of the sample audience: real files, three formats, the same numbers. */

import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { Candidate, PlanRow } from '../../shared/domain/plan/plan.ts';
import { outcomeLine, type PlanOutcome, sampleFolder, Workplace } from './workplace.ts';

const columns = ['email', 'first_name', 'last_name', 'country', 'title', 'registration_dttm'];
const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

type Format = 'parquet' | 'csv' | 'ndjson';

async function sampleObject(part: number, format: Format): Promise<string> {
  const source = join(sampleFolder, `userdata${part}.parquet`);
  return format === 'ndjson'
    ? await place.export(`userdata${part}.ndjson`, `FROM read_parquet('${source}')`, 'json')
    : await place.copy(join(sampleFolder, `userdata${part}.${format}`));
}

async function plan(format: Format, parts: readonly number[], mirror?: MirrorPointer) {
  const objects = await Promise.all(parts.map((part) => sampleObject(part, format)));
  return await place.plan({ format, objects, key: ['email'], columns, mirror });
}

const changesOf = ({ candidates }: PlanOutcome): PlanRow[] =>
  candidates.map(({ key, row, mirror }, position) => ({
    kind: 'change',
    key,
    action: row ? (mirror ? 'update' : 'insert') : 'delete',
    digest: row && 'digest' in row ? row.digest : undefined,
    record: row && 'values' in row ? JSON.stringify(row.values) : '',
    place: { phase: row ? 'upserting' : 'deleting', chunk: 0, position },
  }));

/** Everything planned is delivered. */
async function deliver(planned: PlanOutcome, mirror?: MirrorPointer) {
  const lines = [outcomeLine(0, planned.candidates.length, 'delivered')];
  return await place.fold({
    mirror,
    plan: changesOf(planned),
    outcomes: [
      { phase: 'deleting', chunk: 0, lines },
      { phase: 'upserting', chunk: 0, lines },
    ],
  });
}

const kinds = (candidates: readonly Candidate[]) => ({
  inserts: candidates.filter(({ row, mirror }) => row && !mirror).length,
  updates: candidates.filter(({ row, mirror }) => row && mirror).length,
  deletes: candidates.filter(({ row }) => !row).length,
});

describe.each<Format>(['parquet', 'csv', 'ndjson'])('the sample audience from %s', (format) => {
  test('first all are inserted, then the difference, then nothing', async () => {
    const first = await plan(format, [1, 2]);
    expect(first.statistics).toEqual({
      rows: 2_000,
      duplicate: 0,
      invalid: 38,
      unchanged: 0,
      before: 0,
      apart: 0,
    });
    expect(first.keyless).toEqual([
      { object: `userdata1.${format}`, rows: 16 },
      { object: `userdata2.${format}`, rows: 22 },
    ]);
    expect(kinds(first.candidates)).toEqual({ inserts: 1_962, updates: 0, deletes: 0 });

    const { pointer } = await deliver(first);
    expect(pointer.members).toBe(1_962);

    const second = await plan(format, [2, 3], pointer);
    expect(second.statistics).toEqual({
      rows: 2_000,
      duplicate: 0,
      invalid: 46,
      unchanged: 978,
      before: 1_962,
      apart: 0,
    });
    expect(kinds(second.candidates)).toEqual({ inserts: 976, updates: 0, deletes: 984 });

    const after = await deliver(second, pointer);
    expect(after.result).toMatchObject({ members: 1_954, uncertain: 0, reasons: [] });
    expect((await plan(format, [2, 3], after.pointer)).candidates).toEqual([]);
  });
});

test('fifty rows with another title are fifty candidates and nothing else', async () => {
  const first = await plan('parquet', [1, 2]);
  const { pointer } = await deliver(first);
  const rows = `FROM read_parquet('${join(sampleFolder, 'userdata1.parquet')}')`;
  const fifty = `SELECT email ${rows} WHERE email <> '' ORDER BY email LIMIT 50`;
  const objects = [
    await place.export(
      'changed.parquet',
      `SELECT * REPLACE (CASE WHEN email IN (${fifty}) THEN 'Another title' ELSE title END AS title) ${rows}`,
    ),
    await sampleObject(2, 'parquet'),
  ];
  const { candidates, statistics } = await place.plan({
    format: 'parquet',
    objects,
    key: ['email'],
    columns,
    mirror: pointer,
  });
  expect(kinds(candidates)).toEqual({ inserts: 0, updates: 50, deletes: 0 });
  expect(statistics.unchanged).toBe(1_912);
  expect(
    candidates.every(({ row }) => row && 'values' in row && row.values.includes('Another title')),
  ).toBe(true);
});

test('another fingerprint makes every member a candidate', async () => {
  const { pointer } = await deliver(await plan('parquet', [1]));
  const { candidates, statistics } = await place.plan({
    format: 'parquet',
    objects: [await sampleObject(1, 'parquet')],
    key: ['email'],
    columns,
    fingerprint: 'another',
    mirror: pointer,
  });
  expect(statistics.unchanged).toBe(0);
  expect(kinds(candidates)).toEqual({ inserts: 0, updates: 984, deletes: 0 });
});
