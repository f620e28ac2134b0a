/** The plan against a plain model of it, over random snapshots and mirrors in every format and partition. */

import { afterAll, expect, test } from 'vitest';
import { mirrorStates } from '../../shared/domain/plan/mirror.ts';
import type { Candidate } from '../../shared/domain/plan/plan.ts';
import type { PlanStatistics } from '../../shared/domain/plan/statistics.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { type MirrorRow, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

type Format = 'parquet' | 'csv' | 'ndjson';
type Cell = string | null;
interface Row {
  readonly a: Cell;
  readonly b: Cell;
  readonly text: Cell;
}

/** CSV cannot tell an empty text from none, so there is none. */
const text = fc.oneof(
  fc.constantFrom(
    'x',
    '"',
    ',',
    '\n',
    '\r\n',
    '\\',
    'é',
    '😀',
    '\u2028',
    "'",
    '00',
    '{"a":1}',
    'NaN',
  ),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((each) => !each.includes('\0')),
);
const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Cell>(
      'k',
      'K',
      'ä',
      '1',
      '01',
      'k"',
      ',',
      '\n',
      '￿',
      '😀',
      '\ufeffk',
    ),
  },
  { weight: 1, arbitrary: fc.constant<Cell>(null) },
  { weight: 2, arbitrary: text },
);
const row = fc.record<Row>({ a: name, b: name, text: fc.option(text) });
const entry = fc.record({
  key: fc.string({ maxLength: 3 }),
  same: fc.boolean(),
  state: fc.constantFrom(...mirrorStates),
  parked: fc.boolean(),
  previous: fc.array(fc.constantFrom('{"p":1}', '{"p":2}'), { maxLength: 2 }),
});
const layout = fc.record({
  format: fc.constantFrom<Format>('parquet', 'csv', 'ndjson'),
  files: fc.integer({ min: 1, max: 3 }),
});

const quoted = (cell: Cell) => `"${(cell ?? '').replaceAll('"', '""')}"`;

async function write(format: Format, name: string, rows: readonly Row[]): Promise<string> {
  const lines = rows.map((each) => JSON.stringify(each)).join('\n');
  switch (format) {
    case 'csv':
      return await place.write(
        name,
        ['text,b,a', ...rows.map((each) => [each.text, each.b, each.a].map(quoted).join(','))].join(
          '\r\n',
        ),
      );
    case 'ndjson':
      return await place.write(name, `${lines}\n`);
    case 'parquet': {
      const source = place.object(await place.write(`${name}-source`, `${lines}\n`));
      const columns = `{a: 'VARCHAR', b: 'VARCHAR', text: 'VARCHAR'}`;
      return await place.export(
        name,
        `FROM read_json('${source}', columns = ${columns}, format = 'newline_delimited')`,
      );
    }
  }
}

const keyOf = (row: Row, columns: readonly ('a' | 'b')[]): Cell => {
  const parts = columns.map((column) => row[column]);
  if (parts.some((part) => part === null || part === '')) return null;
  return parts.length === 1 ? (parts[0] ?? null) : JSON.stringify(parts);
};

const inByteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What the plan should find, by the words of the design alone. */
function model(
  rows: readonly Row[],
  columns: readonly ('a' | 'b')[],
  mirror: readonly MirrorRow[],
  digests: ReadonlyMap<string, string | undefined>,
  retryFailed: boolean,
): { statistics: PlanStatistics; candidates: Candidate[] } {
  const byKey = Map.groupBy(rows, (each) => keyOf(each, columns));
  let invalid = byKey.get(null)?.length ?? 0;
  byKey.delete(null);
  let [duplicate, unchanged] = [0, 0];
  const candidates: Candidate[] = [];
  const entries = new Map(mirror.map((each) => [each.key, each]));
  const keys = new Set([...byKey.keys(), ...entries.keys()].filter((key) => key !== null));
  for (const key of [...keys].sort(inByteOrder)) {
    const all = byKey.get(key) ?? [];
    const different = new Set(all.map((each) => JSON.stringify([each.text, each.a])));
    const [values] = different;
    const { digest, key: _, ...held } = entries.get(key) ?? { digest: undefined, key };
    const known = 'record' in held ? held : undefined;
    if (different.size > 1) {
      invalid += all.length;
      candidates.push({ key, row: { conflict: all.length }, mirror: known });
    } else if (values === undefined) {
      candidates.push({ key, row: undefined, mirror: known });
    } else {
      duplicate += all.length - 1;
      const settled = known?.state === 'certain' || (known?.parked && !retryFailed);
      if (settled && digest === digests.get(key)) unchanged += 1;
      else
        candidates.push({
          key,
          row: { values: JSON.parse(values), digest: digests.get(key) ?? '' },
          mirror: known,
        });
    }
  }
  return {
    statistics: {
      rows: rows.length,
      duplicate,
      invalid,
      unchanged,
      before: mirror.length,
      apart: 0,
    },
    candidates,
  };
}

test('candidates and counts are the model’s, whatever the format, the files and their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 25 }),
      fc.uniqueArray(entry, { selector: ({ key }) => key, maxLength: 8 }),
      fc.constantFrom<('a' | 'b')[]>(['a'], ['b', 'a']),
      fc.boolean(),
      layout,
      layout,
      fc.nat(),
      async (rows, entries, key, retryFailed, first, second, shift) => {
        const question = { key, columns: ['text', 'a'], retryFailed };
        const planned = async (format: Format) => {
          const objects = [await write(format, 'first', rows)];
          const { candidates } = await place.plan({ ...question, format, objects });
          return new Map(
            candidates.map(({ key, row }) => [
              key,
              row && 'digest' in row ? row.digest : undefined,
            ]),
          );
        };
        // A digest is of the values as they came: those of another format settle nothing.
        const before = await planned(first.format);
        const digests = await planned(second.format);

        // Half of the mirror's keys are the snapshot's.
        const found = [...before.keys()];
        const mirror = entries
          .map(({ same, ...each }, index): MirrorRow => {
            const own = index % 2 === 0 ? found[index] : undefined;
            const held = own ?? each.key;
            const digest = (same ? before.get(held) : undefined) ?? '7';
            return { ...each, key: held, digest, record: `{"r":${index}}` };
          })
          .filter((each, index, all) => all.findIndex(({ key }) => key === each.key) === index);

        const turn = rows.length === 0 ? 0 : shift % rows.length;
        const turned = [...rows.slice(turn), ...rows.slice(0, turn)];
        const objects = await Promise.all(
          Array.from({ length: second.files }, (_, file) =>
            write(
              second.format,
              `second-${file}`,
              turned.filter((__, index) => index % second.files === file),
            ),
          ),
        );
        const after = await place.plan({
          ...question,
          format: second.format,
          objects,
          mirror: await place.mirror(mirror),
        });
        const expected = model(rows, key, mirror, digests, retryFailed);
        expect(after.candidates).toEqual(expected.candidates);
        expect(after.statistics).toEqual(expected.statistics);
        expect(after.keyless.reduce((sum, each) => sum + each.rows, 0)).toBe(
          rows.filter((each) => keyOf(each, key) === null).length,
        );
      },
    ),
    { numRuns: cases(25, 100) },
  );
});

test('many rows come in batches, in byte order, each key once', async () => {
  const object = await place.export(
    'many.parquet',
    `SELECT 'k' || i % 20000 AS key, i % 3 AS value FROM range(40000) AS t(i) WHERE i % 20000 > 10 OR i < 20000`,
  );
  const session = await place.open({ format: 'parquet', objects: [object], columns: ['value'] });
  const keys: string[] = [];
  let batches = 0;
  for await (const batch of session.candidates()) {
    batches += 1;
    keys.push(...batch.map((each) => each.key));
  }
  await session.close();
  expect(batches).toBeGreaterThan(5);
  expect(keys).toEqual([...new Set(keys)].sort(inByteOrder));
  expect(keys.length).toBe(20_000);
});
