/** The same table is the same plan, whatever the format: every type as key and as value, with and without nulls. */
import { afterAll, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

type Value = number | string | boolean | null;

interface Type {
  readonly sql: string;
  readonly values: fc.Arbitrary<Value>;
  /** How it reaches records of Parquet. @default as it is in NDJSON */
  readonly arrives?: (value: Value) => Value;
}

const text = (value: Value) => (value === null ? null : String(value));
const days = fc.integer({ min: 0, max: 40_000 }).map((day) => new Date(day * 86_400_000));

/** What each format can write, as JSON has it; in CSV its text. */
const types: Readonly<Record<string, Type>> = {
  tinyint: { sql: 'TINYINT', values: fc.integer({ min: -128, max: 127 }) },
  integer: { sql: 'INTEGER', values: fc.integer() },
  bigint: { sql: 'BIGINT', values: fc.maxSafeInteger() },
  'decimal of no scale': {
    sql: 'DECIMAL(18, 0)',
    values: fc.maxSafeInteger(),
    arrives: text,
  },
  'double of whole numbers': { sql: 'DOUBLE', values: fc.integer() },
  'double of halves': {
    sql: 'DOUBLE',
    values: fc.integer({ min: -1e9, max: 1e9 }).map((n) => n + 0.5),
  },
  text: {
    sql: 'VARCHAR',
    values: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
      .filter((each) => !each.includes('\0')),
  },
  boolean: { sql: 'BOOLEAN', values: fc.boolean() },
  date: { sql: 'DATE', values: days.map((day) => day.toISOString().slice(0, 10)) },
  timestamp: {
    sql: 'TIMESTAMP',
    values: days.map((day) => day.toISOString().replace('.000Z', 'Z')),
  },
};

const typed = fc.constantFrom(...Object.values(types)).chain((type) =>
  fc.record({
    type: fc.constant(type),
    cells: fc.array(fc.option(type.values, { freq: 4 }), { minLength: 6, maxLength: 6 }),
  }),
);

const cell = (value: Value) => (value === null ? '' : `"${String(value).replaceAll('"', '""')}"`);

test('one table in three formats', async () => {
  await fc.assert(
    fc.asyncProperty(typed, typed, async (id, value) => {
      const rows = id.cells.map((each, at) => ({ id: each, value: value.cells[at] ?? null }));
      const lines = rows.map((row) => JSON.stringify(row)).join('\n');
      const ndjson = await place.write('t.ndjson', lines);
      const csv = await place.write(
        't.csv',
        ['value,id', ...rows.map((row) => `${cell(row.value)},${cell(row.id)}`)].join('\n'),
      );
      const columns = `{id: '${id.type.sql}', value: '${value.type.sql}'}`;
      const parquet = await place.export(
        't.parquet',
        `FROM read_json('${place.object(ndjson)}', format = 'newline_delimited', columns = ${columns})`,
      );
      const planned = async (format: 'parquet' | 'csv' | 'ndjson', object: string) => {
        const question = { format, objects: [object], key: ['id'], columns: ['value'] };
        const { candidates, keyless, statistics } = await place.plan(question);
        const found = candidates.map(({ key, row }): [string, unknown] => [
          key,
          row && 'values' in row ? row.values[0] : row,
        ]);
        return { found, without: keyless.reduce((sum, each) => sum + each.rows, 0), statistics };
      };
      const plain = await planned('ndjson', ndjson);
      expect(plain.without).toBe(rows.filter((row) => row.id === null).length);
      expect(plain.found.map(([key]) => key).sort()).toEqual(
        [...new Set(rows.flatMap((row) => text(row.id) ?? []))].sort(),
      );
      const as = (change: (value: Value) => Value) => ({
        ...plain,
        found: plain.found.map(([key, each]) => [
          key,
          typeof each === 'object' && each !== null ? each : change(each as Value),
        ]),
      });
      expect(await planned('csv', csv)).toEqual(as(text));
      expect(await planned('parquet', parquet)).toEqual(as(value.type.arrives ?? ((each) => each)));
    }),
    { numRuns: 25 },
  );
});
