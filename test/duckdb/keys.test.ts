/** One number is one key, and what is no value is none, in every type and format that can write it. */

import { afterAll, describe, expect, test } from 'vitest';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

type Format = 'parquet' | 'csv' | 'ndjson';

async function keysOf(
  format: Format,
  objects: readonly string[],
  key: readonly string[] = ['key'],
) {
  const { candidates, keyless } = await place.plan({ format, objects, key, columns: [] });
  const without = keyless.reduce((sum, { rows }) => sum + rows, 0);
  return { keys: candidates.map((each) => each.key).sort(), without };
}

const parquet = async (sql: string) => keysOf('parquet', [await place.export('k.parquet', sql)]);

describe('the same number', () => {
  test.each([
    [
      '1',
      [
        '1::TINYINT',
        '1::BIGINT',
        '1::UHUGEINT',
        '1::DECIMAL(38,9)',
        '1::DECIMAL(4,0)',
        '1::DOUBLE',
        '1::FLOAT',
      ],
      ['1', '1.0', '1e0'],
    ],
    ['-20', ['-20::INTEGER', '-20::DECIMAL(9,4)', '-20::DOUBLE'], ['-20', '-2e1', '-20.00']],
    [
      '0',
      ['0::INTEGER', '0::DECIMAL(9,4)', `'-0'::DOUBLE`, `'-0'::FLOAT`],
      ['0', '-0', '0.0', '-0.0'],
    ],
    ['0.5', ['0.50::DECIMAL(9,4)', '0.5::DOUBLE', '0.5::FLOAT'], ['0.5', '5e-1']],
    ['0.1', ['0.1::DECIMAL(9,1)', '0.1::DOUBLE', '0.1::FLOAT'], ['0.1', '0.10']],
    ['0.00000015', ['0.00000015::DECIMAL(20,12)', '1.5e-7::DOUBLE'], ['1.5e-7', '0.00000015']],
    ['-0.0000001', ['-0.0000001::DECIMAL(20,12)', '-1e-7::DOUBLE'], ['-1e-7']],
    [
      '9007199254740993',
      ['9007199254740993::BIGINT', '9007199254740993::DECIMAL(20,2)'],
      ['9007199254740993'],
    ],
    [
      '12345678901234567168',
      [
        '12345678901234567168::UBIGINT',
        '12345678901234567168::DECIMAL(38,5)',
        '12345678901234567168::DOUBLE',
      ],
      ['12345678901234567168'],
    ],
    ['10000000000000000000000', ['1e22::DOUBLE', '10000000000000000000000::HUGEINT'], ['1e22']],
    [`12${'0'.repeat(59)}`, ['1.2e60::DOUBLE'], ['1.2e60']],
  ])('%s', async (key, expressions, numbers) => {
    for (const sql of expressions) {
      expect({ sql, ...(await parquet(`SELECT ${sql} AS key`)) }).toEqual({
        sql,
        keys: [key],
        without: 0,
      });
    }
    for (const number of numbers) {
      const object = await place.write('k.ndjson', `{"key":${number}}\n`);
      expect({ number, ...(await keysOf('ndjson', [object])) }).toEqual({
        number,
        keys: [key],
        without: 0,
      });
    }
    const texts = [await place.write('k.csv', `key\n${key}\n`)];
    expect((await keysOf('csv', texts)).keys).toEqual([key]);
    const text = await place.write('t.ndjson', `{"key":"${key}"}\n`);
    expect((await keysOf('ndjson', [text])).keys).toEqual([key]);
  });

  test('any integer, as every type that holds it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), async (number) => {
        const exact = BigInt(Number(number)) === number;
        const types = ['BIGINT', 'DECIMAL(38,9)', ...(exact ? ['DOUBLE'] : [])];
        const rows = types.map((type) => `SELECT CAST(${number} AS ${type}) AS key`);
        for (const row of rows) {
          expect((await parquet(row)).keys).toEqual([String(number)]);
        }
      }),
      { numRuns: cases(3, 30) },
    );
  });

  test('texts stay as they are written', async () => {
    const keys = ['00123', '1.0', '1.50', '+1', ' 1', '1e3', 'NaN'];
    const object = await place.write('k.csv', `key\n${keys.join('\n')}\n`);
    expect((await keysOf('csv', [object])).keys).toEqual([...keys].sort());
    const lines = keys.map((key) => JSON.stringify({ key })).join('\n');
    expect((await keysOf('ndjson', [await place.write('k.ndjson', lines)])).keys).toEqual(
      [...keys].sort(),
    );
  });
});

/** A value of each type that a Parquet file can have. */
const typed: Readonly<Record<string, string>> = {
  BOOLEAN: 'true',
  TINYINT: '1',
  SMALLINT: '1',
  INTEGER: '1',
  BIGINT: '1',
  UTINYINT: '1',
  USMALLINT: '1',
  UINTEGER: '1',
  UBIGINT: '1',
  FLOAT: '1.5',
  DOUBLE: '1.5',
  'DECIMAL(9,2)': '1.5',
  'DECIMAL(38,9)': '1.5',
  VARCHAR: `'a'`,
  BLOB: `'a'`,
  UUID: `'7a9b1c6e-0000-4000-8000-000000000000'`,
  DATE: `'2024-01-31'`,
  TIME: `'10:00:00'`,
  TIMESTAMP: `'2024-01-31 10:00:00'`,
  TIMESTAMP_S: `'2024-01-31 10:00:00'`,
  TIMESTAMP_MS: `'2024-01-31 10:00:00'`,
  TIMESTAMP_NS: `'2024-01-31 10:00:00'`,
  'TIMESTAMP WITH TIME ZONE': `'2024-01-31 10:00:00+00'`,
  "ENUM('a')": `'a'`,
  JSON: `'{"a":1}'`,
  'INTEGER[]': '[1]',
  'STRUCT(a INTEGER)': `{'a': 1}`,
  'MAP(VARCHAR, INTEGER)': `MAP {'a': 1}`,
  'MAP(INTEGER, INTEGER)': 'MAP {1: 1}',
};

describe('no value is no key', () => {
  test.each(Object.entries(typed))('%s', async (type, value) => {
    const rows = `SELECT ${value}::${type} AS key, 'x' AS other UNION ALL SELECT NULL::${type}, 'y'`;
    const object = await place.export('n.parquet', rows);
    for (const key of [['key'], ['key', 'other'], ['other', 'key']]) {
      const { keys, without } = await keysOf('parquet', [object], key);
      expect({ keys: keys.length, without }).toEqual({ keys: 1, without: 1 });
    }
    const values = await place.values({
      format: 'parquet',
      objects: [object],
      key: ['other'],
      columns: ['key'],
    });
    expect(values.filter((each) => each === null)).toHaveLength(1);
  });

  test.each([
    ['FLOAT', `SELECT 'NaN'::FLOAT AS key`],
    ['DOUBLE', `SELECT 'NaN'::DOUBLE AS key`],
  ])('NaN of %s', async (_, sql) => {
    expect(await parquet(sql)).toEqual({ keys: [], without: 1 });
  });

  test('NaN, null and nothing in a line', async () => {
    const lines = [
      '{"key":NaN}',
      '{"key": nan}',
      '{"key":null}',
      '{}',
      '{"key":""}',
      '{"key":"NaN"}',
    ];
    const object = await place.write('k.ndjson', lines.join('\n'));
    expect(await keysOf('ndjson', [object])).toEqual({ keys: ['NaN'], without: 5 });
  });
});
