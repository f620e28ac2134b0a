/** Files as exporters really write them: read right, or refused with what they are and what to do. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MirrorError } from '../../shared/domain/words/errors.ts';
import { int64, int96, type ParquetMarks, parquetFile } from './parquet-file.ts';
import { type PlanQuestion, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());
afterEach(async () => expect(await place.leftovers()).toEqual([]));

/** The rows by key, or the code and text of the error. */
async function read(question: PlanQuestion) {
  try {
    const { candidates, keyless, lacking } = await place.plan(question);
    const rows = candidates.map(({ key, row }) => [key, row && 'values' in row ? row.values : row]);
    return { rows: Object.fromEntries(rows), keyless, lacking };
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

type Format = PlanQuestion['format'];

async function csv(body: string | Uint8Array, settings: PlanQuestion['csv'] = {}) {
  const object = await place.write('e.csv', body);
  return read({ format: 'csv', objects: [object], key: ['id'], columns: ['name'], csv: settings });
}

const rowsOf = (rows: Readonly<Record<string, readonly unknown[]>>) => ({
  rows,
  keyless: [],
  lacking: [],
});

describe('what is null in CSV', () => {
  test.each([
    ['\\N', 'id,name\n\\N,Ada\n1,\\N\n2,"\\N"\n'],
    ['NULL', 'id,name\nNULL,Ada\n1,NULL\n2,"NULL"\n'],
  ])('%s, where the sync says so and no quotes are around it', async (mark, body) => {
    expect(await csv(body, { null: ['-', mark] })).toEqual({
      rows: { 1: [null], 2: [mark] },
      keyless: [{ object: 'e.csv', rows: 1 }],
      lacking: [],
    });
    expect(await csv(body)).toMatchObject({ rows: { [mark]: ['Ada'], 1: [mark] } });
  });

  test('the empty cell is null whatever else is', async () => {
    expect(await csv('id,name\n1,\n2,""\n', { null: ['\\N'] })).toEqual(
      rowsOf({ 1: [null], 2: [null] }),
    );
  });
});

describe('encodings of CSV', () => {
  const text = 'id;name\r\n1;Zoë "€"\r\n2;Łódź\r\n';
  const latin = 'id;name\r\n1;Zoë\r\n';
  test.each([
    ['utf-16', Buffer.from(`\ufeff${text}`, 'utf16le'), { 1: ['Zoë "€"'], 2: ['Łódź'] }],
    ['utf-16', Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), { 1: ['Zoë "€"'], 2: ['Łódź'] }],
    ['utf-8', `\ufeff${text}`, { 1: ['Zoë "€"'], 2: ['Łódź'] }],
    ['latin1', Buffer.from(latin, 'latin1'), { 1: ['Zoë'] }],
    ['windows-1252', Buffer.from('id;name\r\n1;\x80\xeb\r\n', 'latin1'), { 1: ['€ë'] }],
  ] as const)('%s', async (encoding, body, rows) => {
    const settings = { encoding, delimiter: ';' };
    expect(await csv(body, settings)).toEqual(rowsOf(rows));
    expect(await csv(gzipSync(body), settings)).toEqual(rowsOf(rows));
  });

  test('another one than is set', async () => {
    expect(await csv(Buffer.from('\ufeffid,name\n', 'utf16le'))).toBe(
      'file-unreadable: The object "e.csv" holds UTF-16 text, but the sync reads it as csv. Set csv.encoding of the source to utf-16, or export it as UTF-8.',
    );
    expect(await csv('id,name\n1,x\n', { encoding: 'utf-16' })).toContain('no byte order mark');
    const odd = Buffer.concat([
      Buffer.from('\ufeffid,name\n1,', 'utf16le'),
      Buffer.from([0x00, 0xd8]),
    ]);
    expect(await csv(odd, { encoding: 'utf-16' })).toContain('is not in the encoding');
    expect(await csv(Buffer.from('id,name\n1,Zo\xeb\n', 'latin1'))).toContain(
      'line 2 is not UTF-8',
    );
  });
});

describe('the dialect of CSV', () => {
  test('an escape before quotes', async () => {
    const body = 'id,name\n1,"a \\"b\\" \\\\"\n2,"x\ny"\n';
    expect(await csv(body, { escape: '\\' })).toEqual(rowsOf({ 1: ['a "b" \\'], 2: ['x\ny'] }));
    expect(await csv('id,name\n1,"a \\"b"c\n', { escape: '\\' })).toContain(
      'line 2 has text after a closing quote',
    );
  });

  test.each([
    [';', 'id;name\n1;Ada\n'],
    ['\t', 'id\tname\n1\tAda\n'],
    ['|', 'id|name\n1|Ada\n'],
  ])('a delimiter other than is set is recognised: %j', async (delimiter, body) => {
    expect(await csv(body)).toContain(`It looks delimited by ${JSON.stringify(delimiter)}`);
    expect(await csv(body, { delimiter })).toEqual(rowsOf({ 1: ['Ada'] }));
  });

  test('the line by which spreadsheets say it', async () => {
    expect(await csv('sep=;\r\nid;name\r\n1;Ada\r\n')).toBe(
      'file-unreadable: The object "e.csv" begins with the line sep=;, which spreadsheets write. Take that line out, and set csv.delimiter of the source to ";".',
    );
  });
});

const formats: Format[] = ['parquet', 'csv', 'ndjson'];

async function table(format: Format, object: string, columns: Record<string, string>) {
  const names = Object.keys(columns);
  if (format === 'parquet') {
    const list = names.map((name) => `'${columns[name]}' AS "${name}"`).join(', ');
    return place.export(object, `SELECT ${list}`);
  }
  return format === 'csv'
    ? place.write(object, `${names.join(',')}\n${Object.values(columns).join(',')}\n`)
    : place.write(object, `${JSON.stringify(columns)}\n`);
}

describe.each(formats)('%s', (format) => {
  test('a part without bytes is no rows, beside others and alone', async () => {
    const one = await table(format, 'one', { id: '1' });
    const none = [await place.write('none', ''), await place.write('packed', gzipSync(''))];
    const question = { format, key: ['id'], columns: [] };
    expect(await read({ ...question, objects: [...none, one] })).toEqual(rowsOf({ 1: [] }));
    expect(await read({ ...question, objects: none })).toEqual(rowsOf({}));
  });

  test('a column that no file has is null, if it may be, and told', async () => {
    const objects = [await table(format, 'one', { id: '1', name: 'Ada' })];
    const question = { format, objects, key: ['id'], columns: ['name', 'phone'] };
    expect(await read(question)).toContain('column-missing: The object "one" lacks "phone"');
    expect(await read({ ...question, mayLack: ['name', 'phone', 'id'] })).toEqual({
      rows: { 1: ['Ada', null] },
      keyless: [],
      lacking: ['phone'],
    });
    expect(await read({ ...question, key: ['ID'], mayLack: ['ID'] })).toContain('lacks "ID"');
  });

  test('folders are columns where the sync says so', async () => {
    const objects = [
      await table(format, 'country=DE/dt=2024-01-01/a', { id: '1' }),
      await table(format, 'country=CI%2FX/dt=2024-01-01/b', { id: '2' }),
      await table(format, 'country=__HIVE_DEFAULT_PARTITION__/dt=2024-01-01/c', { id: '3' }),
    ];
    const question = { format, objects, key: ['dt', 'id'], columns: ['country'] };
    const reading = { partitionColumns: true };
    expect(await read({ ...question, reading })).toEqual(
      rowsOf({
        '["2024-01-01","1"]': ['DE'],
        '["2024-01-01","2"]': ['CI/X'],
        '["2024-01-01","3"]': [null],
      }),
    );
    expect(await read({ ...question, key: ['id'] })).toContain(
      'Its folders give "country": to read them as columns, set source.partitionColumns to true.',
    );
    const own = [await table(format, 'country=DE/own', { id: '1', country: 'AT' })];
    expect(await read({ ...question, reading, objects: own, key: ['id'] })).toEqual(
      rowsOf({ 1: ['DE'] }),
    );
  });

  test('what unpacks to more than is allowed is refused', async () => {
    const objects = [await table(format, 'one', { id: '1' })];
    const reading = { maxUnpackedBytes: 3 };
    expect(await read({ format, objects, key: ['id'], columns: [], reading })).toContain(
      'beyond 3 bytes once it is unpacked',
    );
  });
});

test('a little file that unpacks to very much is refused by its ratio', async () => {
  const blank = Buffer.alloc(1_048_576, ' ');
  const member = gzipSync(blank);
  const body = Buffer.concat([
    gzipSync('{"id":"1"}\n'),
    ...Array.from({ length: 300 }, () => member),
  ]);
  const objects = [await place.write('bomb.ndjson.gz', body)];
  expect(await read({ format: 'ndjson', objects, key: ['id'], columns: [] })).toContain(
    'unpacks to more than 200 times as much',
  );
});

test('binary columns are text where the sync says so', async () => {
  const object = await place.export('b.parquet', `SELECT encode('Zoë') AS id, 'x'::BLOB AS name`);
  const question = {
    format: 'parquet',
    objects: [object],
    key: ['id'],
    columns: ['name'],
  } as const;
  expect(await read({ ...question, reading: { binaryAsText: true } })).toEqual(
    rowsOf({ Zoë: ['x'] }),
  );
  expect(await read(question)).toEqual(rowsOf({ 'Wm/Dqw==': ['eA=='] }));
});

describe('what no reader would miss', () => {
  test('the last row, however long it is', async () => {
    const rows = Array.from({ length: 50 }, (_, row) => `${row},x\n`).join('');
    const cell = 'y'.repeat(70 * 1_048_576);
    expect(await csv(`id,name\n${rows}long,${cell}\n`)).toContain('line 52 is longer than 32 MiB');
    const lines = 'y,y\n'.repeat(9 * 1_048_576);
    expect(await csv(`id,name\n${rows}long,"${lines}"\n`)).toContain(
      'line 52 is longer than 32 MiB',
    );
  });

  test('a name that stands twice in a line', async () => {
    const ndjson = async (body: string) => {
      const object = await place.write('e.ndjson', body);
      return read({ format: 'ndjson', objects: [object], key: ['id'], columns: ['name'] });
    };
    expect(await ndjson('{"id":1,"name":"Ada"}\n{"id":2,"name":"Ada","name":"Bea"}\n')).toContain(
      'cannot be read: line 2 names a member twice',
    );
    expect(
      await ndjson('{"id":1,"a":{"name":1},"name":"{\\"name\\":1}","b":[{"id":1},{"id":2}]}\n'),
    ).toEqual(rowsOf({ 1: ['{"name":1}'] }));
  });
});

describe('checksums of Parquet pages', () => {
  const columns = ['name', 'n'];
  test.each(['page-checksums', 'page-checksums-v2'])('%s', async (name) => {
    const file = join(import.meta.dirname, 'files', `${name}.parquet`);
    const whole = await readFile(file);
    const object = await place.write('p.parquet', whole);
    const question = { format: 'parquet', objects: [object], columns } as const;
    const { rows } = z
      .object({ rows: z.record(z.string(), z.unknown()) })
      .parse(await read(question));
    expect(Object.keys(rows)).toHaveLength(300);
    expect(rows).toMatchObject({ 299: ['Cid', 299] });
    // Up to the footer, which has no checksum.
    const end = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
    const step = Math.ceil(end / 60);
    let unseen = 0;
    for (let at = 4; at < end; at += step) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      await place.write('p.parquet', damaged);
      if (typeof (await read(question)) !== 'string') unseen += 1;
    }
    // What is left are headers: of them, a flag or a statistic that nobody reads.
    expect(unseen / (end / step)).toBeLessThan(0.2);
  });
});

describe('what DuckDB does not read of Parquet is named', () => {
  const id = { name: 'id', type: 'INT64', values: [int64(1n)] } as const;
  const of = async (body: Buffer) => {
    const object = await place.write('s.parquet', body);
    return read({ format: 'parquet', objects: [object], key: ['id'], columns: [] });
  };

  test.each<[string, ParquetMarks, string]>([
    [
      'LZ4 of old',
      { codec: 5 },
      'it is compressed with LZ4 of the old Hadoop kind. Export it with snappy or zstd.',
    ],
    ['LZO', { codec: 3 }, 'it is compressed with LZO. Export it with snappy or zstd.'],
    [
      'encrypted behind a plain footer',
      { encrypted: true },
      'it is encrypted. Export it unencrypted; S3 encrypts what lies there.',
    ],
  ])('%s', async (_, marks, words) => {
    expect(await of(parquetFile([id], marks))).toBe(
      `file-unreadable: The object "s.parquet" cannot be read: ${words}`,
    );
  });

  test('encrypted with its footer', async () => {
    const body = Buffer.concat([Buffer.from('PARE'), Buffer.alloc(64, 7), Buffer.from('PARE')]);
    expect(await of(body)).toBe(
      'file-unreadable: The object "s.parquet" holds encrypted Parquet, but the sync reads it as parquet. Export it unencrypted; S3 encrypts what lies there.',
    );
  });

  test('an encoding', async () => {
    const file = join(import.meta.dirname, 'files', 'split-integers.parquet');
    const object = await place.write('s.parquet', await readFile(file));
    const found = await read({ format: 'parquet', objects: [object], columns: ['n'] });
    if (typeof found === 'string') expect(found).toContain('in the encoding BYTE_STREAM_SPLIT');
    else expect(found).toEqual(rowsOf({ 1: [1] }));
  });
});

/** Julian day 2,440,588 is 1970-01-01. */
test.each([
  [2_440_588, '1970-01-01T12:00:00Z'],
  [1_705_428, '-000043-03-15T12:00:00Z'],
  [5_373_484, '9999-12-31T12:00:00Z'],
  [107_641_385, '+290000-01-01T12:00:00Z'],
])('the old INT96 timestamps of day %i', async (day, text) => {
  const noon = 12n * 3_600_000_000_000n;
  const body = parquetFile([
    { name: 'id', type: 'INT64', values: [int64(1n)] },
    { name: 'name', type: 'INT96', values: [int96(day, noon)] },
  ]);
  const object = await place.write('i.parquet', body);
  const found = await read({
    format: 'parquet',
    objects: [object],
    key: ['id'],
    columns: ['name'],
  });
  expect(found).toEqual(rowsOf({ 1: [text] }));
});
