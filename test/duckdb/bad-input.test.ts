/**
 * Bad exports: each has its own error, which names the object and, where it can be known, the line, and ends
 * with the mend. No error shows a cell: `canary` stands in every file and in no message.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ConfigurationError, SnapshotError } from '../../shared/domain/words/errors.ts';
import { type PlanQuestion, sampleFolder, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());
afterEach(async () => expect(await place.leftovers()).toEqual([]));

async function errorOf(question: PlanQuestion): Promise<Error> {
  const error = await place.plan(question).then(
    () => new Error('The plan went through.'),
    (reason) => reason,
  );
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain('canary');
  expect(error.message).not.toContain(place.folder);
  return error;
}

/** The message for one bad object among good ones. */
async function refusal(format: PlanQuestion['format'], body: string | Uint8Array) {
  const good = {
    csv: 'key,value\ngood,canary\n',
    ndjson: '{"key":"good","value":"canary"}\n',
    parquet: '',
  }[format];
  const bad = await place.write(`bad.${format}`, body);
  const objects = good === '' ? [bad] : [await place.write(`good.${format}`, good), bad];
  const error = await errorOf({ format, objects, columns: ['value'] });
  expect(error).toBeInstanceOf(SnapshotError);
  return `${error instanceof SnapshotError ? error.code : ''}: ${error.message}`;
}

const again = 'Export it again; mend what writes it if it comes out the same.';
const csvRows = (count: number) =>
  `key,value\n${Array.from({ length: count }, (_, row) => `canary${row},x\n`).join('')}`;

describe('CSV', () => {
  test.each([
    [
      'a row with too few cells',
      'key,value\na,canary\ncanary\nb,x\n',
      'line 3 has 1 cells where the header has 2',
    ],
    [
      'a row with too many cells',
      'key,value\na,x\nb,canary,x\n',
      'line 3 has 3 cells where the header has 2',
    ],
    [
      'lines counted within cells',
      'key,value\na,"x\n\ny"\ncanary\n',
      'line 5 has 1 cells where the header has 2',
    ],
    [
      'a quote never closed',
      'key,value\na,x\n"canary,x\nb,y\n',
      'line 3 opens a quote that is never closed',
    ],
    [
      'text after a quote',
      'key,value\na,x\n"canary"x,y\n',
      'line 3 has text after a closing quote',
    ],
    [
      'different line ends',
      'key,value\r\na,canary\nb,y\r\n',
      'line 2 ends in another way (CR, LF) than the lines before it',
    ],
    [
      'a long row',
      `key,value\na,"${'canary'.repeat(6_000_000)}"\n`,
      'line 2 is longer than 32 MiB',
    ],
  ])('%s', async (_, body, what) => {
    expect(await refusal('csv', body)).toBe(
      `file-unreadable: The object "bad.csv" cannot be read: ${what}. ${again}`,
    );
  });

  test('bytes that are not UTF-8', async () => {
    const body = Buffer.from('key,value\na,x\ncanary\xe9,y\n', 'latin1');
    expect(await refusal('csv', body)).toBe(
      `file-unreadable: The object "bad.csv" cannot be read: line 3 is not UTF-8. ${again}`,
    );
  });

  test('a fault far into a large file', async () => {
    expect(await refusal('csv', `${csvRows(300_000)}canary\n`)).toContain(
      'line 300002 has 1 cells where the header has 2',
    );
  });

  test.each([
    ['a blank first line', '\nkey,value\na,canary\n'],
    ['a header whose quote never closes', 'key,"value\ncanary,x\n'],
  ])('%s', async (_, body) => {
    expect(await refusal('csv', body)).toBe(
      'file-unreadable: The object "bad.csv" has no header in its first line: that is blank, longer than 1 MiB, or opens a quote it never closes. Export it with the column names in the first line.',
    );
  });

  test('files put together with their headers', async () => {
    expect(await refusal('csv', 'key,value\na,canary\nkey,value\nb,x\n')).toBe(
      'file-unreadable: The object "bad.csv" has its header line twice. Export it again; mend what puts it together from several files.',
    );
  });

  test('two columns of one name', async () => {
    expect(await refusal('csv', 'key,value,key\na,canary,b\n')).toBe(
      'file-unreadable: The object "bad.csv" gives its columns 1 and 3 the same name. Give each column a name of its own.',
    );
  });

  test.each([
    ['the quote is the delimiter', { delimiter: '"', quote: '"' }],
    ['the quote is not ASCII', { delimiter: ',', quote: '«' }],
    ['the delimiter is a line end', { delimiter: '\n', quote: '"' }],
  ])('%s', async (_, csv) => {
    const object = await place.write('good.csv', 'key\na\n');
    const error = await errorOf({ format: 'csv', objects: [object], csv });
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('Change the csv settings of the sync.');
  });
});

describe('NDJSON', () => {
  test.each([
    [
      'a line that breaks off',
      '{"key":"a"}\n\n{"key":"canary\n{"key":"b"}\n',
      'line 3 is not valid JSON',
    ],
    ['two objects on a line', '{"key":"a"}{"key":"canary"}\n', 'line 1 is not valid JSON'],
    ['an array', '{"key":"a","value":NaN}\n["canary"]\n', 'line 2 is no JSON object'],
    ['a text', '"canary"\n', 'line 1 is no JSON object'],
    ['a last line that breaks off', '{"key":"a"}\n{"key":"canary', 'line 2 is not valid JSON'],
    [
      'a long line',
      `{"key":"a"}\n{"key":"${'canary'.repeat(12_000_000)}"}\n`,
      'line 2 is longer than 32 MiB',
    ],
  ])('%s', async (_, body, what) => {
    expect(await refusal('ndjson', body)).toBe(
      `file-unreadable: The object "bad.ndjson" cannot be read: ${what}. ${again}`,
    );
  });

  test('a single character', async () => {
    expect(await refusal('ndjson', '{')).toBe(
      'file-unreadable: The object "bad.ndjson" holds one character. Export it again.',
    );
  });

  test('bytes that are not UTF-8', async () => {
    const body = Buffer.from('{"key":"a"}\n{"key":"canary\xe9"}\n', 'latin1');
    expect(await refusal('ndjson', body)).toContain('line 2 is not UTF-8');
  });
});

describe('Parquet', () => {
  const bytes = () => readFile(join(sampleFolder, 'userdata1.parquet'));

  test('a file that breaks off', async () => {
    expect(await refusal('parquet', (await bytes()).subarray(0, 60_000))).toBe(
      'file-unreadable: The object "bad.parquet" breaks off: it has no Parquet footer. Export it again.',
    );
  });

  test('a footer that cannot be read', async () => {
    const body = Buffer.from(await bytes());
    body.fill(0xff, body.length - 600, body.length - 100);
    expect(await refusal('parquet', body)).toBe(
      'file-unreadable: The object "bad.parquet" is damaged: its Parquet footer cannot be read. Export it again.',
    );
  });

  test('pages that cannot be read', async () => {
    const canaries = `SELECT 'canary' || hash(i) AS key, 'x' || hash(i + 1) AS value FROM range(20000) AS t(i)`;
    const body = Buffer.from(
      await readFile(place.object(await place.export('canaries', canaries))),
    );
    body.fill(0xff, 1_000, 200_000);
    expect(await refusal('parquet', body)).toBe(
      `file-unreadable: The object "bad.parquet" is damaged: its footer is good, but not all of its data can be read. ${again}`,
    );
  });
});

describe('files that are something else', () => {
  test.each([
    ['an HTML page', 'csv', '<!DOCTYPE html>\n<p>canary</p>', 'an HTML or XML page'],
    [
      'an error of S3',
      'parquet',
      '<?xml version="1.0"?><Error>canary</Error>',
      'an HTML or XML page',
    ],
    ['an HTML page', 'ndjson', ' \n<html>canary', 'an HTML or XML page'],
    ['text instead of Parquet', 'parquet', 'key,value\na,canary\n', 'no Parquet'],
    ['Parquet instead of text', 'csv', 'PAR1canary', 'a Parquet file'],
    ['a zip archive', 'csv', 'PK\u0003\u0004canary', 'a zip archive'],
  ] as const)('%s read as %s', async (_, format, body, what) => {
    expect(await refusal(format, body)).toBe(
      `file-unreadable: The object "bad.${format}" holds ${what}, but the sync reads it as ${format}. Export it again, or change the format of the sync.`,
    );
  });

  test('a folder marker', async () => {
    const error = await errorOf({ format: 'csv', objects: ['folder/'] });
    expect(error.message).toBe('The object "folder/" is a folder marker, not a file. Delete it.');
  });
});

describe('compressed files', () => {
  const whole = gzipSync(csvRows(50_000));

  test.each([
    // DuckDB itself reads this one as a complete file of fewer rows.
    [
      'gzip that breaks off at the end of a row',
      gzipSync(csvRows(50_000), { flush: 2 }).subarray(0, -10),
    ],
    ['gzip that breaks off', whole.subarray(0, whole.length / 2)],
    ['gzip with a wrong checksum', whole.with(whole.length - 6, (whole.at(-6) ?? 0) ^ 1)],
    [
      'gzip with something behind it',
      Buffer.concat([gzipSync('key,value\n'), Buffer.from('canary')]),
    ],
  ])('%s', async (_, body) => {
    expect(await refusal('csv', body)).toBe(
      'file-unreadable: The object "bad.csv" is damaged or breaks off: its gzip data cannot be decompressed. Export it again.',
    );
  });

  test('zstd that breaks off', async () => {
    expect(await refusal('csv', zstdCompressSync(csvRows(50_000)).subarray(0, -200))).toContain(
      'its zstd data cannot be decompressed',
    );
  });
});

describe('columns', () => {
  const of = async (
    format: 'csv' | 'ndjson' | 'parquet',
    bodies: readonly string[],
    columns = ['value'],
  ) => {
    const objects = await Promise.all(
      bodies.map((body, index) =>
        format === 'parquet'
          ? place.export(`${index}.parquet`, body)
          : place.write(`${index}.${format}`, body),
      ),
    );
    const error = await errorOf({ format, objects, columns });
    return error instanceof SnapshotError ? `${error.code}: ${error.message}` : error.message;
  };
  const mend = 'Add the columns to the export, or change the key and mappings of the sync.';

  test('a missing column, with what there is', async () => {
    const text = (format: string, there: string) =>
      `column-missing: The object "0.${format}" lacks "value". It has ${there}. ${mend}`;
    // Of a first line that is damaged, all but the sync's own names may be cells.
    expect(await of('csv', ['key,oth\ncanary,x\n'])).toBe(
      text('csv', '"key" and 1 that the sync does not name'),
    );
    expect(await of('ndjson', ['{"key":"canary"}\n{"other":1}\n'])).toBe(
      text('ndjson', '"key", "other"'),
    );
    expect(await of('parquet', [`SELECT 'canary' AS key, 1 AS other`])).toBe(
      text('parquet', '"key", "other"'),
    );
  });

  test('a missing column that differs in case or blanks only', async () => {
    expect(await of('csv', ['key, Value \na,canary\n'])).toContain(
      `"value" may be " Value ": names are compared to the letter. ${mend}`,
    );
  });

  test('many columns', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `1 AS c${index}`).join(', ');
    const message = await of('parquet', [`SELECT 'k' AS key, ${names}`]);
    expect(message).toContain('"c8" and 51 more.');
  });

  test('a file without a header line does not show its first row', async () => {
    expect(await of('csv', ['canary1,canary2\ncanary3,canary4\n'])).toBe(
      `column-missing: The object "0.csv" lacks "key", "value". None of its 2 columns is one the sync names, so its names are not shown: they may be cells of a file without a header line. ${mend}`,
    );
    expect(await of('csv', ['key,value\na,b\n', 'canary1,canary2\n'])).toBe(
      'columns-differ: The objects "0.csv" and "1.csv" of one snapshot have different columns. Only "0.csv" has "key", "value". "1.csv" has 2 others and none that the sync names: it may lack a header line. Export all files of a snapshot with the same columns, or remove what an older export left behind.',
    );
  });

  test('files with different columns', async () => {
    const differ = (format: string, renamed = '"renamed"') =>
      `columns-differ: The objects "0.${format}" and "1.${format}" of one snapshot have different columns. Only "0.${format}" has "value". Only "1.${format}" has ${renamed}. Export all files of a snapshot with the same columns, or remove what an older export left behind.`;
    expect(await of('csv', ['key,value\na,b\n', 'renamed,key\ncanary,b\n'])).toBe(
      differ('csv', '1 that the sync does not name'),
    );
    expect(
      await of('parquet', ['SELECT 1 AS key, 2 AS value', 'SELECT 1 AS key, 2 AS renamed']),
    ).toBe(differ('parquet'));
    expect(await of('ndjson', ['{"key":"a","value":1}\n', '{"key":"canary","renamed":1}\n'])).toBe(
      differ('ndjson'),
    );
  });
});
