/**
 * Exports as warehouses and people really write them, each a sequence of snapshots of one audience: what the platform holds
 * after each, or how the run or the command refuses it. `name` goes to the platform beside the key.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Source } from '../../shared/contracts/sync.ts';
import { byteArray, int64, int96, parquetFile } from '../duckdb/parquet-file.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Export {
  readonly files: Files;
  /** Members as the platform holds them: what names them, and their name. */
  readonly holds?: readonly (readonly [unknown, unknown?])[];
  /** What the refusal says. */
  readonly refused?: string;
  /** Rows that are invalid. @default 0 */
  readonly invalid?: number;
  /** What the warning says. */
  readonly warned?: string;
  /** A guard holds it. */
  readonly isHeld?: boolean;
  /** Nothing is sent: it is the same as before. */
  readonly isSame?: boolean;
}

export interface SnapshotCase {
  readonly is: string;
  readonly exports: readonly Export[];
  readonly source?: Partial<Source> | { readonly csv: Partial<Source['csv']> };
  /** @default id and name */
  readonly key?: string;
  readonly name?: string;
  /** It is about what only a bucket has, or only one way to give files. */
  readonly only?: 'bucket' | 'command';
}

const instance = await DuckDBInstance.create(':memory:');

let written = 0;

/** A query's rows as one Parquet file. */
async function parquet(query: string, folder: string): Promise<Buffer> {
  const path = join(folder, `${++written}.parquet`);
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  return readFile(path);
}

const ndjson = (...rows: readonly object[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const ada = ['1', 'Ada'] as const;

/** @param folder for files in passing */
export async function snapshotCases(folder: string): Promise<readonly SnapshotCase[]> {
  const made = (query: string) => parquet(query, folder);
  const checksums = await readFile(
    join(import.meta.dirname, '..', 'duckdb', 'files', 'page-checksums.parquet'),
  );
  const damaged = Buffer.from(checksums);
  damaged.writeUInt8(damaged.readUInt8(60) ^ 1, 60);
  const people = `(VALUES (1, 'Ada'), (2, 'Bea')) AS t(id, name)`;
  const country = await made(`FROM ${people}`);
  const typed = (type: string) =>
    made(`SELECT i::${type} AS id, 'n' || i AS name FROM range(1, 6) AS t(i)`);
  const five = [1, 2, 3, 4, 5].map((id) => [id, `n${id}`] as const);
  const wide = Array.from({ length: 1_500 }, (_, index) => `c${index}`);
  const twoNames = { id: 1, EMAIL: 'old-a@x.com', email: 'new-a@x.com' };
  const twoNamesHeld = { holds: [['1', 'new-a@x.com']] as const };
  const nanKey = (type: string) => made(`SELECT unnest(['NaN', '7'])::${type} AS id, 'x' AS name`);
  const nullKey = (type: string) =>
    made(`FROM (VALUES (1::${type}, 'Ada'), (2, 'Bea'), (NULL, 'Cid')) AS t(id, name)`);

  /** Where the columns are called otherwise. */
  const own: Readonly<Record<string, Pick<SnapshotCase, 'key' | 'name'>>> = {
    'a page that is not what its checksum says': { key: 'key', name: 'n' },
    'LZ4 of old': { name: 'id' },
  };

  return [
    ...(await Promise.all(
      ['DOUBLE', 'FLOAT'].map(async (type) => ({
        is: `a ${type} without a value is no key`,
        exports: [
          {
            files: { 'a.parquet': await nullKey(type) },
            holds: [
              [1, 'Ada'],
              [2, 'Bea'],
            ] as const,
            invalid: 1,
          },
          { files: { 'a.parquet': await nanKey(type) }, holds: [[7, 'x']] as const, invalid: 1 },
        ],
      })),
    )),
    {
      is: 'names that differ in case alone: CSV',
      name: 'email',
      exports: [
        { files: { 'a.csv': 'id,EMAIL,email\n1,old-a@x.com,new-a@x.com\n' }, ...twoNamesHeld },
      ],
    },
    {
      is: 'names that differ in case alone: NDJSON',
      name: 'email',
      exports: [{ files: { 'a.ndjson': ndjson(twoNames) }, holds: [[1, 'new-a@x.com']] }],
    },
    {
      is: 'names that differ in case alone: Parquet',
      name: 'email',
      exports: [
        {
          files: {
            'a.parquet': parquetFile(
              Object.entries({ EMAIL: 'old-a@x.com', email: 'new-a@x.com', id: '1' }).map(
                ([name, text]) => ({
                  name,
                  type: 'BYTE_ARRAY' as const,
                  isText: true,
                  values: [byteArray(text)],
                }),
              ),
            ),
          },
          ...twoNamesHeld,
        },
      ],
    },
    {
      is: 'a byte order mark, semicolons, CRLF',
      source: { csv: { delimiter: ';' } },
      exports: [{ files: { 'a.csv': '\ufeffid;name\r\n1;Ada' }, holds: [ada] }],
    },
    {
      is: 'a folder that looks like a column is none',
      exports: [
        {
          files: { 'country=DE/p.parquet': country },
          holds: [
            [1, 'Ada'],
            [2, 'Bea'],
          ],
        },
      ],
    },
    {
      is: 'a column that only a folder has',
      name: 'country',
      only: 'bucket',
      exports: [
        {
          files: { 'country=DE/p.parquet': country },
          holds: [[1], [2]],
          warned: 'set source.partitionColumns to true',
        },
      ],
    },
    {
      is: 'folders as columns, where the sync says so',
      name: 'country',
      only: 'bucket',
      source: { partitionColumns: true },
      exports: [
        {
          files: { 'country=DE/p.parquet': country },
          holds: [
            [1, 'DE'],
            [2, 'DE'],
          ],
        },
      ],
    },
    {
      is: 'nested names that differ in case alone',
      name: 'attr',
      exports: [
        { files: { 'a.ndjson': '{"id":1,"attr":{"x":1,"X":2}}\n' }, holds: [[1, { x: 1, X: 2 }]] },
      ],
    },
    {
      is: 'a cell of 3 MB',
      exports: [
        {
          files: { 'a.csv': `id,name\n1,${'x'.repeat(3_000_000)}\n` },
          holds: [['1', 'x'.repeat(3_000_000)]],
        },
        {
          files: { 'a.ndjson': ndjson({ id: '1', name: 'y'.repeat(3_000_000) }) },
          holds: [['1', 'y'.repeat(3_000_000)]],
        },
      ],
    },
    ...Object.entries({
      'windows-1252': [
        { 'a.csv': Buffer.from('id,name\n1,Zo\xeb\n', 'latin1') },
        'line 2 is not UTF-8',
      ],
      'UTF-16': [{ 'a.csv': Buffer.from('\ufeffid,name\n', 'utf16le') }, 'Set csv.encoding'],
      'mixed line ends': [{ 'a.csv': 'id,name\r\n1,Ada\n2,Bea\r\n' }, 'line 2 ends in another way'],
      'a ragged row': [{ 'a.csv': 'id,name\n1,Ada\n2\n' }, 'line 3 has 1 cells'],
      'bzip2 named .csv': [{ 'a.csv': 'BZh91AY&SYx' }, 'holds bzip2 data'],
      'pretty-printed JSON': [{ 'a.json': '{\n  "id": 1\n}\n' }, 'holds JSON over several lines'],
      'a JSON array': [{ 'a.json': '[{"id":1}]' }, 'holds a JSON array'],
      'a name twice': [
        { 'a.ndjson': '{"id":1,"name":"Ada","name":"Bea"}\n' },
        'line 1 names a member twice',
      ],
      'a last row beyond the limit': [
        { 'a.csv': `id,name\n${'1,x\n'.repeat(50)}2,${'y'.repeat(34 * 1_048_576)}\n` },
        'line 52 is longer than 32 MiB',
      ],
      'sep=': [{ 'a.csv': 'sep=;\r\nid;name\r\n1;Ada\r\n' }, 'begins with the line sep=;'],
      'tabs without a setting': [{ 'a.csv': 'id\tname\n1\tAda\n' }, 'It looks delimited by "\\t"'],
      'a quote that stays open': [{ 'a.csv': 'id,name\n"1","N,"Bonn"\n' }, 'line 2 '],
      'a page that is not what its checksum says': [{ 'a.parquet': damaged }, 'is damaged'],
      'LZ4 of old': [
        {
          'a.parquet': parquetFile([{ name: 'id', type: 'INT64', values: [int64(1n)] }], {
            codec: 5,
          }),
        },
        'LZ4 of the old Hadoop kind',
      ],
    } as Record<string, [Files, string]>).map(
      ([is, [files, refused]]): SnapshotCase => ({
        is,
        ...own[is],
        exports: [{ files, refused }],
      }),
    ),
    {
      is: 'a table of Delta Lake',
      exports: [
        {
          files: {
            'part-00000-aaa.parquet': await made('SELECT unnest([1, 2]) AS id, NULL AS name'),
            'part-00001-bbb.parquet': await made('SELECT 1 AS id, NULL AS name'),
            '_delta_log/00000000000000000000.json': '{"add":{"path":"part-00000-aaa.parquet"}}\n',
            '_delta_log/00000000000000000001.json':
              '{"remove":{"path":"part-00000-aaa.parquet"}}\n{"add":{"path":"part-00001-bbb.parquet"}}\n',
          },
          refused: 'a table of Delta Lake',
        },
      ],
    },
    {
      is: 'what stands for NULL',
      source: { csv: { null: ['\\N'] } },
      exports: [
        { files: { 'a.csv': 'id,name\n1,Ada\n\\N,Bea\n' }, holds: [ada], invalid: 1 },
        { files: { 'a.csv': 'id,name\n1,\\N\n' }, holds: [['1']] },
      ],
    },
    {
      is: 'parts without bytes: NDJSON',
      only: 'bucket',
      exports: [
        {
          files: { 'e-0.json': ndjson({ id: '1', name: 'Ada' }), 'e-1.json': '', _SUCCESS: '' },
          holds: [ada],
        },
      ],
    },
    {
      is: 'parts without bytes',
      exports: [
        { files: { 'e-0.csv': 'id,name\n1,Ada\n', 'e-1.csv': '' }, holds: [ada] },
        { files: { 'e-0.json': ndjson({ id: '1', name: 'Ada' }), 'e-1.json': '' }, holds: [ada] },
      ],
    },
    {
      is: 'one number is one key, whatever its type',
      exports: [
        { files: { 'a.parquet': await typed('BIGINT') }, holds: five },
        { files: { 'a.parquet': await typed('DOUBLE') }, holds: five, isSame: true },
        {
          files: { 'a.ndjson': ndjson(...five.map(([id, name]) => ({ id, name }))) },
          holds: five,
          isSame: true,
        },
      ],
    },
    {
      is: 'a folder of before that completes later',
      only: 'bucket',
      source: { layout: 'folders' },
      exports: [
        {
          files: { 'dt=2024-01-02/a.csv': 'id,name\n1,Ada\n', 'dt=2024-01-02/_SUCCESS': '' },
          holds: [ada],
        },
        {
          // The files of before stay, and are older.
          files: { 'dt=2024-01-01/a.csv': 'id,name\n9,Old\n', 'dt=2024-01-01/_SUCCESS': '' },
          holds: [ada],
          isHeld: true,
        },
      ],
    },
    {
      is: 'a column that no line has any more',
      exports: [
        {
          files: { 'a.ndjson': ndjson({ id: '1', name: 'Ada' }, { id: '2' }) },
          holds: [ada, ['2']],
        },
        {
          files: { 'a.ndjson': ndjson({ id: '1' }, { id: '2' }) },
          holds: [['1'], ['2']],
          warned: 'No file of the snapshot has the column',
        },
      ],
    },
    {
      is: 'binary text, where the sync says that it is text',
      source: { binaryAsText: true },
      exports: [
        {
          files: { 'a.parquet': await made(`SELECT encode('Zoë') AS id, 'x'::BLOB AS name`) },
          holds: [['Zoë', 'x']],
        },
      ],
    },
    {
      is: 'years before 1 and after 9999',
      exports: [
        {
          files: {
            'a.parquet': await made(`SELECT 1 AS id, TIMESTAMP '0044-03-15 (BC) 12:00:00' AS name`),
          },
          holds: [[1, '-000043-03-15T12:00:00Z']],
        },
        {
          files: {
            'a.parquet': parquetFile([
              { name: 'id', type: 'INT64', values: [int64(1n)] },
              { name: 'name', type: 'INT96', values: [int96(107_641_385)] },
            ]),
          },
          holds: [[1, '+290000-01-01T00:00:00Z']],
        },
      ],
    },
    {
      is: 'a little file that unpacks beyond the ceiling',
      source: { maxUnpackedBytes: 1_000_000 },
      exports: [
        {
          files: { 'a.csv.gz': gzipSync(`id,name\n1,${'x'.repeat(2_000_000)}\n`) },
          refused: 'maxUnpackedBytes',
        },
      ],
    },
    {
      is: 'columns by the thousand',
      name: 'c1499',
      key: 'c0',
      exports: [
        {
          files: { 'a.csv': `${wide.join(',')}\n${wide.map((_, index) => index + 1).join(',')}\n` },
          holds: [['1', '1500']],
        },
      ],
    },
  ];
}
