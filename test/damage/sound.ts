/** Sound files: small audiences, written in each way that exporters write them. */
import { gzipSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { Random } from '../simulation/random.ts';

/** Those the plans ask for; files may have others, too. */
export const columns = ['key', 'value', 'city'] as const;
export type Cells = readonly (string | null)[];

export const formats = ['csv', 'ndjson', 'parquet'] as const;
export type Format = (typeof formats)[number];

/** No message of ours puts four of these beside one another: where a cell stands in one, it shows. */
const letters = 'qzxjvk';
export const traces = (text: string): string[] => text.match(/[qzxjvk]{4,}/g) ?? [];

/** Numbers of rows: mostly few, so that damage does not drown; now and then enough for several pages and row groups. */
const sizes = [1, 2, 3, 5, 8, 13, 21, 34, 60, 5_000];
const known = new Map<number, readonly Cells[]>();

export const audienceIn = (random: Random): number =>
  random.chance(0.03) ? sizes.length - 1 : random.between(0, sizes.length - 2);

/** Always the same for one number, so that a mirror of it can be kept. */
export function audience(number: number): readonly Cells[] {
  const rows = known.get(number) ?? drawn(number);
  known.set(number, rows);
  return rows;
}

function drawn(number: number): Cells[] {
  const random = new Random(number + 1);
  const word = (length: number) => Array.from({ length }, () => random.pick([...letters])).join('');
  const spice = () => random.pick(['', '', '', ',', '"', '\n', ' ', 'é', '😀', '\\', "'", '\t']);
  return Array.from({ length: sizes[number] ?? 1 }, (_, row) => [
    `${word(8)}${row}`,
    random.chance(0.1) ? null : `${word(4)}${spice()}${word(4)}`,
    random.chance(0.3) ? null : word(6),
  ]);
}

export const namesOf = (random: Random): string[] =>
  random.pick([
    ['key', 'value', 'city'],
    ['city', 'key', 'note', 'value'],
    ['note', 'value', 'city', 'key', 'more'],
  ]);

const asked: readonly string[] = columns;

/** Of columns that nobody asks for. */
const unasked = 'unasked';

function cellOf(row: Cells, name: string): string | null {
  const at = asked.indexOf(name);
  return at < 0 ? unasked : (row[at] ?? null);
}

export function asCsv(rows: readonly Cells[], names: readonly string[], random: Random): Buffer {
  const end = random.pick(['\n', '\n', '\r\n', '\r']);
  const eagerness = random.pick([0, 0.3, 1]);
  const quoted = (cell: string | null) =>
    cell !== null && (random.chance(eagerness) || /[",\n]/.test(cell))
      ? `"${cell.replaceAll('"', '""')}"`
      : (cell ?? '');
  const lines = [names, ...rows.map((row) => names.map((name) => cellOf(row, name)))].map((cells) =>
    cells.map(quoted).join(','),
  );
  const mark = random.chance(0.1) ? '\ufeff' : '';
  return Buffer.from(mark + lines.join(end) + (random.chance(0.9) ? end : ''));
}

export function asNdjson(rows: readonly Cells[], names: readonly string[], random: Random): Buffer {
  const leavesNullsOut = random.chance(0.3);
  const lines = rows.map((row) => {
    const members = names.map((name) => [name, cellOf(row, name)] as const);
    return JSON.stringify(
      Object.fromEntries(members.filter(([, cell]) => !leavesNullsOut || cell !== null)),
    );
  });
  // Each column stands in some line.
  const whole = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])));
  const end = random.pick(['\n', '\n', '\r\n']);
  return Buffer.from([...lines, whole].join(end) + (random.chance(0.9) ? end : ''));
}

const compressions = ['uncompressed', 'snappy', 'zstd', 'gzip', 'lz4_raw'];

/** Each audience is written in one way. */
const shapeOf = (number: number) => ({
  compression: compressions[number % compressions.length],
  version: 'V1',
  dictionaries: number % 2 === 0,
});

/** Writes the rows with DuckDB, to a file. Row groups are small, and other types than text are there. */
export async function writeParquet(
  connection: DuckDBConnection,
  number: number,
  rows: string,
  file: string,
): Promise<void> {
  const { compression, version, dictionaries } = shapeOf(number);
  await connection.run(`COPY (
    SELECT *, row_number() OVER () AS number, city IS NULL AS homeless, [city, value] AS both,
      TIMESTAMP '2024-01-01' + to_days(CAST(row_number() OVER () AS INTEGER)) AS since
    FROM read_json('${rows}', format = 'newline_delimited',
      columns = {key: 'VARCHAR', value: 'VARCHAR', city: 'VARCHAR'})
  ) TO '${file}' (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE 2048, PARQUET_VERSION ${version},
    DICTIONARY_SIZE_LIMIT ${dictionaries ? 1_000_000 : 1})`);
}

export const compressed = (body: Buffer, random: Random): Buffer =>
  random.chance(0.2)
    ? // Some exporters write many members one after the other.
      Buffer.concat(halves(body).map((half) => gzipSync(half)))
    : gzipSync(body, { level: random.pick([0, 1, 6]) });

const halves = (body: Buffer) => [
  body.subarray(0, body.length >> 1),
  body.subarray(body.length >> 1),
];
