/**
 * The one join of planning: keys and digests of the wanted rows with those of the mirror. What the digests settle is
 * counted and left where it is; the rest is in two tables:
 *
 * - `unsettled`: rows wanted and not settled, and keys of the mirror that no row has.
 * - `entry`: the mirror's entries of those keys.
 *
 * No key is looked for twice before the join, because that costs more than the join. Rows that are settled and more than
 * the keys they settle tell of duplicates; then those beside an unsettled row are asked for, since they may contradict it.
 */
import { escaped, orNull } from './canonical-sql.ts';
import type { Database } from './database.ts';
import { entriesAt, type MirrorFiles } from './mirror-table.ts';
import type { RowScan, ScanQueries } from './snapshot-scan.ts';
import { fileIn, list, literal, packed, rowIn } from './sql.ts';
import type { WantedRows } from './wanted-rows.ts';

type CellKind = WantedRows['cells'];

export interface JoinParts {
  readonly database: Database;
  readonly scan: RowScan;
  readonly mirror: MirrorFiles;
  /** Members it has. */
  readonly members: number;
  /** Parked members are not settled, either. */
  readonly retryFailed: boolean;
  /** Digests settle nothing. */
  readonly full: boolean;
  /** The only keys that are looked at. */
  readonly only: readonly string[] | undefined;
}

export interface Joined {
  /** Rows that are wanted. */
  readonly rows: number;
  /** Entries of the mirror that are not settled, or looked at at all. */
  readonly entries: number;
  /** Rows without a key, by the place of their file. */
  readonly keyless: readonly { readonly file: number; readonly rows: number }[];
}

/** Needs the views of the mirror. */
export async function join(parts: JoinParts): Promise<Joined> {
  const { database, scan, mirror, members, full, only } = parts;
  const counted = await scan.count();
  // What can be read only as a whole is read once, and first of all: a damaged file may cost the database.
  const isRead = counted === undefined;
  const rowsOf = ({ digests }: ScanQueries) => (isRead ? 'FROM found' : digests);
  const rows = counted ?? (await database.counts('SELECT count(*) FROM found'))[0] ?? 0;
  await scan.attempt((queries) => database.run(createUnsettled(parts, rowsOf(queries))));
  await database.run(
    `CREATE TABLE entry AS ${entriesAt(mirror, 'SELECT DISTINCT place FROM unsettled WHERE place IS NOT NULL')}`,
  );
  const [wanted = 0, entries = 0] = await database.counts(
    'SELECT count(*) FILTER (is_wanted), (SELECT count(*) FROM entry) FROM unsettled',
  );
  if (!full && !only && !isRead && rows - wanted > members - entries) {
    await scan.attempt((queries) => database.run(addSettled(rowsOf(queries), parts.retryFailed)));
  }
  const keyless = await database.rows(
    'SELECT file, count(*) FROM unsettled WHERE is_wanted AND key IS NULL GROUP BY file ORDER BY file',
  );
  return {
    rows,
    entries,
    keyless: keyless.map(([file, count]) => ({ file: Number(file), rows: Number(count) })),
  };
}

/** The digest that settles a row, of an entry: NULL where none does. */
const settling = (entry: string, retryFailed: boolean) =>
  `CASE WHEN ${entry}.state = 'certain' OR ${retryFailed ? 'false' : `${entry}.parked`} THEN ${entry}.digest END`;

/** Of each side the join carries its key, a digest and a place. */
const createUnsettled = ({ retryFailed, full, only }: JoinParts, rows: string) => `
  CREATE OR REPLACE TABLE unsettled AS
  SELECT coalesce(row.key, mirror.key) AS key, row.digest, row.place IS NOT NULL AS is_wanted,
    ${fileIn('row.place')}::INTEGER AS file, ${rowIn('row.place')} AS row, mirror.place
  FROM (SELECT key, digest, ${packed('coalesce(file, 0)', 'coalesce(row, 0)')} AS place FROM (${rows})) AS row
  FULL JOIN (SELECT key, ${settling('entry', retryFailed)} AS digest, place FROM mirror_place AS entry) AS mirror
    ON row.key = mirror.key
  WHERE (${full ? 'true' : 'row.digest IS DISTINCT FROM mirror.digest OR row.digest IS NULL'})
    AND ${only ? `coalesce(row.key, mirror.key) IN (SELECT unnest(${list(only.map(literal))}::VARCHAR[]))` : 'true'}`;

const addSettled = (rows: string, retryFailed: boolean) => `
  INSERT INTO unsettled
  SELECT row.key, row.digest, true, row.file, row.row, NULL
  FROM (${rows}) AS row JOIN entry ON row.key = entry.key WHERE row.digest = ${settling('entry', retryFailed)}`;

/**
 * What is left to be decided, in byte order of the keys, as lines: key, the place of a file (null: the key is not wanted),
 * digest, cells, and the entry's record, state, whether it is parked, and previous. Several rows of a key come one after the
 * other.
 */
export const selectUnsettled = ({ cells }: ScanQueries, kind: CellKind): string => {
  const key = 'coalesce(wanted.key, entry.key)';
  const line = lineOf(
    orNull(escaped(key)),
    orNull('CAST(wanted.file AS VARCHAR)'),
    digestText('row'),
    cellsText('row', kind),
    orNull(escaped('entry.record')),
    orNull(`'"' || entry.state || '"'`),
    orNull('CAST(entry.parked AS VARCHAR)'),
    orNull('CAST(to_json(entry.previous) AS VARCHAR)'),
  );
  return `
  SELECT ${line} AS line
  FROM (
    SELECT key, coalesce(min(file), 0) AS file FROM unsettled WHERE is_wanted AND key IS NOT NULL GROUP BY key
  ) AS wanted
  LEFT JOIN (${cells('(FROM unsettled WHERE is_wanted AND key IS NOT NULL)')}) AS row ON row.key = wanted.key
  FULL JOIN entry ON entry.key = wanted.key
  ORDER BY ${key}, row.digest`;
};

/** The same where there is no mirror, in one pass: every row, those without a key last, with the place of their file. */
export const selectAll = ({ whole }: ScanQueries, kind: CellKind): string => {
  const line = lineOf(
    orNull(escaped('row.key')),
    orNull('CAST(row.file AS VARCHAR)'),
    digestText('row'),
    cellsText('row', kind),
  );
  return `SELECT line FROM (SELECT key, digest, ${line} AS line FROM (${whole}) AS row) ORDER BY key, digest`;
};

const lineOf = (...parts: string[]) => `concat('[', ${parts.join(`, ',', `)}, ']')`;

/** A number of 64 bits is no number of JSON's. */
const digestText = (row: string) => orNull(`'"' || ${row}.digest || '"'`);

const cellsText = (row: string, kind: CellKind) =>
  orNull(kind === 'record' ? escaped(`${row}.cells`) : `${row}.cells`);
