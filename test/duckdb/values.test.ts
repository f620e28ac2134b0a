/** Values arrive in the records unharmed, whatever the format. */
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import ndjsonCases from './canonical-ndjson.json' with { type: 'json' };
import parquetCases from './canonical-parquet.json' with { type: 'json' };
import { sampleFolder, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const ParquetCase = z.object({ is: z.string(), sql: z.string(), value: z.json() });
const NdjsonCase = z.object({ text: z.string(), value: z.json() });

describe('Parquet', async () => {
  const cases = z.array(ParquetCase).parse(parquetCases);
  const columns = cases.map((_, index) => `c${index}`);
  const object = await place.export(
    'values.parquet',
    `SELECT 'k' AS key, ${cases.map(({ sql }, index) => `${sql} AS c${index}`).join(', ')}`,
  );
  const found = await place.values({ format: 'parquet', objects: [object], columns });

  test.each(cases.map((each, index) => ({ ...each, index })))('$is', ({ value, index }) => {
    expect(found[index]).toEqual(value);
  });

  test('the old INT96 timestamps', async () => {
    const object = await place.copy(join(sampleFolder, 'userdata1.parquet'));
    const { candidates } = await place.plan({
      format: 'parquet',
      objects: [object],
      key: ['email'],
      columns: ['registration_dttm', 'id', 'salary', 'cc', 'title'],
    });
    const amanda = candidates.find(({ key }) => key === 'ajordan0@com.com');
    expect(amanda?.row).toMatchObject({
      values: ['2016-02-03T07:55:29Z', 1, 49756.53, '6759521864920116', 'Internal Auditor'],
    });
  });

  test('one column of different types in two files', async () => {
    const objects = [
      await place.export('a.parquet', `SELECT 'a' AS key, 1::INTEGER AS value`),
      await place.export('b.parquet', `SELECT 1.50::DECIMAL(4,2) AS value, 'b' AS key`),
    ];
    expect(await place.values({ format: 'parquet', objects, columns: ['value'] })).toEqual([
      1,
      '1.50',
    ]);
  });
});

describe('NDJSON', async () => {
  const cases = z.array(NdjsonCase).parse(ndjsonCases);
  const lines = cases.map(({ text }, index) => `{"key": ${index + 100}, "value": ${text}}`);
  const object = await place.write('values.ndjson', lines.join('\n'));
  const found = await place.values({ format: 'ndjson', objects: [object], columns: ['value'] });

  test.each(cases.map((each, index) => ({ ...each, index })))('$text', ({ value, index }) => {
    expect(found[index]).toEqual(value);
  });

  test('a column that a line lacks is null there', async () => {
    const object = await place.write('lines.ndjson', '{"key":"a","value":1}\n\n  {"key":"b"} \r\n');
    const found = await place.values({ format: 'ndjson', objects: [object], columns: ['value'] });
    expect(found).toEqual([1, null]);
  });

  test('a column that a file lacks is null there', async () => {
    const objects = [
      await place.write('a.ndjson', '{"key":"a","value":1,"other":2}\n'),
      await place.write('b.ndjson', '{"key":"b"}\n'),
    ];
    expect(await place.values({ format: 'ndjson', objects, columns: ['value'] })).toEqual([
      1,
      null,
    ]);
  });

  test('a byte order mark, and no line at all', async () => {
    const objects = [
      await place.write('marked.ndjson', '\ufeff{"key":"a"}\n'),
      await place.write('nothing.ndjson', '\n\n'),
    ];
    expect(await place.values({ format: 'ndjson', objects })).toEqual(['a']);
  });
});

describe('CSV', () => {
  const read = async (body: string | Uint8Array, csv = {}) => {
    const object = await place.write('value.csv', body);
    return await place.values({ format: 'csv', objects: [object], columns: ['value'], csv });
  };

  test.each([
    ['numbers are text', 'key,value\nk,00123\n', '00123'],
    ['so are dates, truth and null', 'key,value\nk,NULL\n', 'NULL'],
    ['an empty cell is null', 'key,value\nk,\n', null],
    ['a quoted empty cell is null', 'key,value\nk,""\n', null],
    ['blanks are kept', 'key,value\nk, x \n', ' x '],
    ['delimiter, quote and line end in quotes', 'key,value\nk,"a,""b""\nc"\n', 'a,"b"\nc'],
    ['a quote within a cell', 'key,value\nk,5" pipe\n', '5" pipe'],
    ['a backslash is no escape', 'key,value\nk,"a\\"\n', 'a\\'],
    ['CRLF', 'key,value\r\nk,"a\r\nb"\r\n', 'a\r\nb'],
    ['no line end at the end', 'key,value\nk,x', 'x'],
    ['a byte order mark', '\ufeffkey,value\nk,x\n', 'x'],
    ['a blank line', 'key,value\n\nk,x\n\n', 'x'],
    ['a line that looks like a comment', 'key,value\n#k,x\n', 'x'],
    ['a quoted header', '"key","value"\nk,x\n', 'x'],
    ['names that differ in case only', 'KEY,Value,key,value\nno,no,k,x\n', 'x'],
  ])('%s', async (_, body, value) => {
    expect(await read(body)).toEqual([value]);
  });

  test('another delimiter and quote', async () => {
    const csv = { delimiter: ';', quote: "'" };
    expect(await read(`key;value\nk;'a;''b'''\n`, csv)).toEqual([`a;'b'`]);
    expect(await read('key§value\nk§"x§y"\n', { delimiter: '§', quote: '"' })).toEqual(['x§y']);
  });

  test('gzip and zstd, whatever the name', async () => {
    const body = 'key,value\nk,x\n';
    expect(await read(gzipSync(body))).toEqual(['x']);
    expect(await read(Buffer.concat([gzipSync('key,value\n'), gzipSync('k,x\n')]))).toEqual(['x']);
    expect(await read(zstdCompressSync(body))).toEqual(['x']);
  });

  test('cells of 10 MB, with line ends in them', async () => {
    const cell = 'line "one"\n'.repeat(1_000_000);
    const [found] = await read(`key,value\nk,"${cell.replaceAll('"', '""')}"\nl,x\n`);
    expect(found === cell).toBe(true);
  });

  test('quoted cells that look like rows, over more than one block of the reader', async () => {
    const cell = 'a,b\n'.repeat(1_500_000);
    const rows = Array.from({ length: 12 }, (_, index) => `k${index + 10},"${cell}"\n`).join('');
    const found = await read(`key,value\n${rows}`);
    expect(found.map((value) => value === cell)).toEqual(Array(12).fill(true));
  });

  test('a header without rows', async () => {
    const object = await place.write('empty.csv', 'key,value\n');
    const { statistics, candidates } = await place.plan({ format: 'csv', objects: [object] });
    expect(statistics.rows).toBe(0);
    expect(candidates).toEqual([]);
  });
});

describe('keys', () => {
  const keys = async (query: string, key = ['key']) => {
    const object = await place.export('keys.parquet', query);
    const { candidates, keyless } = await place.plan({
      format: 'parquet',
      objects: [object],
      key,
      columns: [],
    });
    return [...candidates.map((each) => each.key), ...keyless.map(({ rows }) => rows)];
  };

  test('a number and its text are the same key', async () => {
    expect(await keys(`SELECT 5 AS key`)).toEqual(['5']);
    expect(await keys(`SELECT 5.0::DOUBLE AS key`)).toEqual(['5']);
    expect(await keys(`SELECT '5' AS key`)).toEqual(['5']);
    expect(await keys(`SELECT 9007199254740993 AS key`)).toEqual(['9007199254740993']);
    const object = await place.write('keys.ndjson', '{"key":5}\n{"key":"5"}\n{"key":"\\"5\\""}');
    const { candidates, statistics } = await place.plan({ format: 'ndjson', objects: [object] });
    expect(candidates.map(({ key }) => key)).toEqual(['"5"', '5']);
    // One says 5 and the other "5": no two rows of one key may differ.
    expect(statistics.invalid).toBe(2);
  });

  test('several columns make a JSON array of texts', async () => {
    expect(await keys(`SELECT 1 AS a, 'x"' AS b`, ['b', 'a'])).toEqual(['["x\\"","1"]']);
  });

  test('a row without a key, or with an empty part, has none', async () => {
    expect(await keys(`SELECT unnest(['', NULL, ' ', 'k']) AS key`)).toEqual([' ', 'k', 2]);
    expect(
      await keys(`SELECT unnest(['', NULL, 'x']) AS a, unnest([1, 2, NULL]) AS b`, ['a', 'b']),
    ).toEqual([3]);
  });

  test('come in byte order', async () => {
    expect(await keys(`SELECT unnest(['b', 'a', 'B', 'é', '😀', '￿', 'ab']) AS key`)).toEqual([
      'B',
      'a',
      'ab',
      'b',
      'é',
      '￿',
      '😀',
    ]);
  });
});

test('names of columns and objects may hold anything', async () => {
  const name = `a'b"c/~[0]*\n😀`;
  const row = { key: 'k', [name]: 1, [name.toUpperCase()]: 2 };
  const ndjson = await place.write(`x'y"*[z]?.ndjson`, JSON.stringify(row));
  const columns = [name, name.toUpperCase()];
  expect(await place.values({ format: 'ndjson', objects: [ndjson], columns })).toEqual([1, 2]);
  const csv = await place.write(
    `x'y"*[z]?.csv`,
    `key,"${name.replace('"', '""')}","${name.toUpperCase().replace('"', '""')}"\nk,1,2\n`,
  );
  expect(await place.values({ format: 'csv', objects: [csv], columns })).toEqual(['1', '2']);
  const quoted = columns.map((each) => `"${each.replace('"', '""')}"`);
  await place.sql(
    `CREATE TABLE hostile (key VARCHAR, ${quoted[0]} INTEGER, "${name}2" INTEGER)`.replace(
      /"a'b"c/g,
      `"a'b""c`,
    ),
  );
  await place.sql(`INSERT INTO hostile VALUES ('k', 1, 2)`);
  const parquet = await place.export('hostile.parquet', 'FROM hostile');
  const found = await place.values({ format: 'parquet', objects: [parquet], columns: [name] });
  expect(found).toEqual([1]);
});

test('times are in UTC, wherever the machine stands', async () => {
  expect(new Date(0).getTimezoneOffset()).not.toBe(0);
  const object = await place.export(
    'times.parquet',
    `SELECT TIMESTAMPTZ '2024-01-31 12:34:56+00' AS at`,
  );
  const { candidates } = await place.plan({
    format: 'parquet',
    objects: [object],
    key: ['at'],
    columns: ['at'],
  });
  expect(candidates).toMatchObject([
    { key: '2024-01-31T12:34:56Z', row: { values: ['2024-01-31T12:34:56Z'] } },
  ]);
});

test('the scratch folder may be called anything', async () => {
  await using odd = await Workplace.open(`scr[a]'t*ch/k=v`);
  const object = await odd.write('a.csv', 'key\nk\n');
  const { pointer } = await odd.fold({ plan: [] });
  expect(await odd.values({ format: 'csv', objects: [object], mirror: pointer })).toEqual(['k']);
});
