/**
 * The one join of planning: keys and digests of the wanted rows with those of the mirror. What the digests settle is
 * counted and left where it is; the rest is in two tables:
 *
 * - `unsettled`: rows wanted and not settled, and entries of the mirror that no row has.
 * - `entry`: the mirror's entries of those keys.
 *
 * Joined are hashes of the keys, which take half the time of the texts; the keys of what is left are read by their places, and
 * tell where one met the entry of another. Then the texts are joined.
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
  const { database, scan, members, full, only } = parts;
  const counted = await scan.count();
  // What can be read only as a whole is read once, and first of all: a damaged file may cost the database.
  const isRead = counted === undefined;
  const sideOf = (queries: ScanQueries) => (isRead ? ofFound : ofScan(queries));
  const rows = counted ?? (await database.counts('SELECT count(*) FROM found'))[0] ?? 0;
  const isExact = await scan.attempt((queries) => joinOn('hash', parts, sideOf(queries)));
  if (!isExact) await scan.attempt((queries) => joinOn('key', parts, sideOf(queries)));
  const [wanted = 0, entries = 0] = await database.counts(
    'SELECT count(*) FILTER (is_wanted), (SELECT count(*) FROM entry) FROM unsettled',
  );
  if (!full && !only && !isRead && rows - wanted > members - entries) {
    await scan.attempt(({ digests }) => database.run(addSettled(digests, parts.retryFailed)));
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

/** The side of the wanted rows. */
interface Side {
  /** Of each row `key`, `digest`, and the `place` where it stands. */
  readonly rows: string;
  /** Of the places in this table `key`, `file`, `row`, `place`; undefined: by its place no row is found again. */
  readonly keysAt: ((places: string) => string) | undefined;
}

const ofFound: Side = {
  rows: 'SELECT key, digest, rowid AS place FROM found',
  keysAt: (places) => `SELECT found.key, found.file, found.row, found.rowid AS place FROM found
    WHERE found.rowid IN (SELECT row_place FROM ${places})`,
};

const ofScan = ({ digests, keys }: ScanQueries): Side => ({
  rows: `SELECT key, digest, ${packed('coalesce(file, 0)', 'coalesce(row, 0)')} AS place FROM (${digests})`,
  keysAt:
    keys &&
    ((places) => {
      const picked = `SELECT DISTINCT ${fileIn('row_place')}::INTEGER AS file, ${rowIn('row_place')} AS row FROM ${places} WHERE row_place IS NOT NULL`;
      return `SELECT key, file, row, ${packed('file', 'row')} AS place FROM (${keys(`(${picked})`)})`;
    }),
});

/**
 * Makes the tables, by the hashes of the keys or by the keys themselves.
 * @returns whether nothing was taken for another: false only by hashes, or where rows can't be joined by them
 */
async function joinOn(by: 'hash' | 'key', parts: JoinParts, side: Side): Promise<boolean> {
  const { database, mirror } = parts;
  const keysAt = by === 'hash' ? side.keysAt : undefined;
  if (by === 'hash' && !keysAt) return false;
  await database.run(createMet(by, parts, side.rows));
  await database.run(keysAt ? createUnsettled(keysAt('met')) : createUnsettledWithKeys);
  await database.run('DROP TABLE met');
  await database.run(
    `CREATE OR REPLACE TABLE entry AS ${entriesAt(mirror, 'SELECT DISTINCT place FROM unsettled WHERE place IS NOT NULL')}`,
  );
  if (by === 'key') return true;
  const [other = 0] = await database.counts(
    'SELECT count(*) FROM (FROM unsettled WHERE is_wanted AND place IS NOT NULL) AS row ANTI JOIN entry ON entry.key = row.key',
  );
  return other === 0;
}

/** The digest that settles a row, of an entry: NULL where none does. */
const settling = (entry: string, retryFailed: boolean) =>
  `CASE WHEN ${entry}.state = 'certain' OR ${retryFailed ? 'false' : `${entry}.parked`} THEN ${entry}.digest END`;

/** Of each side the join carries a name, a digest and a place. A row without a key has no name, and meets nobody. */
function createMet(
  by: 'hash' | 'key',
  { retryFailed, full, only }: JoinParts,
  rows: string,
): string {
  const name = by === 'key' ? 'key' : 'CASE WHEN key IS NOT NULL THEN hash(key) END';
  const looked = only ? `key IN (SELECT unnest(${list(only.map(literal))}::VARCHAR[]))` : 'true';
  return `
  CREATE OR REPLACE TABLE met AS
  SELECT row.name, row.digest, row.place AS row_place, mirror.place
  FROM (SELECT ${name} AS name, digest, place FROM (${rows}) WHERE ${looked}) AS row
  FULL JOIN (SELECT ${name} AS name, ${settling('entry', retryFailed)} AS digest, place FROM mirror_place AS entry WHERE ${looked}) AS mirror
    ON row.name = mirror.name
  WHERE ${full ? 'true' : 'row.digest IS DISTINCT FROM mirror.digest OR row.digest IS NULL'}`;
}

const ofMirrorAlone =
  'SELECT NULL AS key, NULL AS digest, false AS is_wanted, NULL AS file, NULL AS row, place FROM met WHERE row_place IS NULL';

const createUnsettled = (keys: string) => `
  CREATE OR REPLACE TABLE unsettled AS
  SELECT row.key, met.digest, true AS is_wanted, row.file, row.row, met.place
  FROM met JOIN (${keys}) AS row ON row.place = met.row_place
  UNION ALL ${ofMirrorAlone}`;

const createUnsettledWithKeys = `
  CREATE OR REPLACE TABLE unsettled AS
  SELECT name AS key, digest, true AS is_wanted, ${fileIn('row_place')}::INTEGER AS file, ${rowIn('row_place')} AS row, place
  FROM met WHERE row_place IS NOT NULL
  UNION ALL ${ofMirrorAlone}`;

const addSettled = (rows: string, retryFailed: boolean) => `
  INSERT INTO unsettled
  SELECT row.key, row.digest, true, row.file, row.row, NULL
  FROM (${rows}) AS row JOIN entry ON row.key = entry.key WHERE row.digest = ${settling('entry', retryFailed)}`;

/**
 * What is left to be decided, in byte order of the keys, as lines: key, the place of a file (null: the key is not wanted),
 * digest, cells, and the entry's record, state, whether it is parked, previous, and ids. Several rows of a key come one after the
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
    orNull('CAST(to_json(entry.ids) AS VARCHAR)'),
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
