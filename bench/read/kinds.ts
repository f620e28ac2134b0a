/** The files of the read bench. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { SnapshotFormat } from '../../shared/contracts/sync.ts';
import { noEntries } from '../../shared/duckdb/mirror-table.ts';
import { byteArray, int64, parquetFile } from '../../test/duckdb/parquet-file.ts';

export interface Kind {
  readonly name: string;
  readonly format: SnapshotFormat;
  readonly key: string;
  readonly columns: readonly string[];
  /** Names of the files it made. */
  write(folder: string, rows: number): Promise<string[]>;
  /** DuckDB's own reading of these paths. */
  read(paths: string): string;
}

const wide = Array.from({ length: 1_500 }, (_, index) => `c${index}`);
const few = ['id', 'email', 'city', 'spent'];
const selectFew = (from: number, to: number) =>
  `SELECT i AS id, printf('member%d@example.com', i) AS email, ['Berlin', 'Paris', 'Lisboa'][1 + i % 3] AS city, i / 7 AS spent FROM range(${from}, ${to}) AS t(i)`;

async function copyAll(
  copies: readonly { readonly query: string; readonly path: string }[],
  options: string,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const { query, path } of copies)
    await connection.run(`COPY (${query}) TO '${path}' (${options})`);
  connection.closeSync();
  instance.closeSync();
}

const text = (paths: string) => `read_csv(${paths}, all_varchar = true)`;

function copied(
  name: string,
  format: 'parquet' | 'csv' | 'ndjson',
  columns: readonly string[],
  queries: (rows: number) => string[],
): Kind {
  const readers = {
    csv: text,
    ndjson: (paths: string) =>
      `read_json(${paths}, format = 'newline_delimited', columns = {${columns.map((each) => `${each}: 'VARCHAR'`).join(', ')}})`,
    parquet: (paths: string) => `read_parquet(${paths})`,
  };
  const options = { csv: 'FORMAT csv, HEADER', ndjson: 'FORMAT json', parquet: 'FORMAT parquet' };
  return {
    name,
    format,
    key: columns[0] ?? '',
    columns,
    read: readers[format],
    async write(folder, rows) {
      const files = queries(rows).map((query, index) => ({ query, name: `${index}.${format}` }));
      const copies = files.map(({ query, name }) => ({ query, path: join(folder, name) }));
      await copyAll(copies, options[format]);
      return files.map(({ name }) => name);
    },
  };
}

const wideQuery = (rows: number) => [
  `SELECT ${wide.map((column, index) => `(i * ${index + 1})::VARCHAR AS ${column}`).join(', ')} FROM range(${Math.ceil(rows / 100)}) AS t(i)`,
];
const all = (rows: number) => [selectFew(0, rows)];
/** Of a tenth of the rows, so that what a file costs shows. */
const many = (rows: number) => {
  const files = Math.min(1_000, rows);
  const each = Math.ceil(rows / 10 / files);
  return Array.from({ length: files }, (_, file) => selectFew(file * each, (file + 1) * each));
};

/** Cells of several lines that look like rows themselves: no reader can begin in the middle. */
const quoted: Kind = {
  name: 'csv, quoted blocks',
  format: 'csv',
  key: 'id',
  columns: ['id', 'note', 'city'],
  read: (paths) => `read_csv(${paths}, all_varchar = true, parallel = false)`,
  async write(folder, rows) {
    const cell = 'line ""one"", of many\nhe said, so\n'.repeat(7);
    const lines = function* () {
      yield 'id,note,city\n';
      for (let row = 0; row < rows; row += 1) yield `${row},"${cell}",Berlin\n`;
    };
    await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'quoted.csv')));
    return ['quoted.csv'];
  },
};

const checksummed: Kind = {
  name: 'parquet, checksums',
  format: 'parquet',
  key: 'id',
  columns: ['id', 'email'],
  read: (paths) => `read_parquet(${paths})`,
  async write(folder, rows) {
    const numbers = Array.from({ length: rows }, (_, row) => row);
    const body = parquetFile(
      [
        { name: 'id', type: 'INT64', values: numbers.map((row) => int64(BigInt(row))) },
        {
          name: 'email',
          type: 'BYTE_ARRAY',
          isText: true,
          values: numbers.map((row) => byteArray(`member${row}@example.com ${'x'.repeat(200)}`)),
        },
      ],
      { checksums: true, rowsInPage: 5_000 },
    );
    await writeFile(join(folder, 'checksums.parquet'), body);
    return ['checksums.parquet'];
  },
};

export const kinds: readonly Kind[] = [
  copied('parquet', 'parquet', few, all),
  copied('csv', 'csv', few, all),
  copied('ndjson', 'ndjson', few, all),
  copied('parquet, 1,500 columns', 'parquet', wide, wideQuery),
  copied('csv, 1,500 columns', 'csv', wide, wideQuery),
  copied('ndjson, 1,500 columns', 'ndjson', wide, wideQuery),
  quoted,
  copied('parquet, 1,000 files', 'parquet', few, many),
  copied('csv, 1,000 files', 'csv', few, many),
  checksummed,
];

/** A mirror of nobody: with it every row is asked for its digest, and nothing is made of it yet. */
export async function emptyMirror(folder: string): Promise<MirrorPointer> {
  const path = join(folder, 'mirror');
  await copyAll([{ query: noEntries, path }], 'FORMAT parquet');
  const body = await readFile(path);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const base = [{ location: 'mirror', bytes: body.length, sha256, rows: 0 }];
  return { format: 1, base, deltas: [], epoch: 1, members: 0, uncertain: 0, target: '' };
}
