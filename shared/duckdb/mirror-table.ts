/**
 * The mirror as a table. It is read from its base and its deltas, of which the newest counts; this file alone knows
 * what their objects look like (format 1):
 *
 * | column | type | |
 * |---|---|---|
 * | key | VARCHAR | canonical text of the member's key |
 * | digest | UBIGINT | of the row's raw values, by the engine that planned; NULL: of none |
 * | record | VARCHAR | last sent, as JSON text |
 * | state | VARCHAR | of the domain; in a delta also `gone`: the key is no longer there, the rest is NULL |
 * | parked | BOOLEAN | |
 * | previous | VARCHAR[] | other records the platform may hold, oldest first |
 * | identity | UUID | tells whom a delete of the record names; NULL where the sync names none |
 * | ids | VARCHAR[] | by which the platform itself knows the member; NULL where it has none |
 * | raw | BIGINT | digest of the row as it lies in its file, by an engine of many machines; NULL: of none |
 *
 * A key stands at most once in an object. Rows are in no order.
 */
import { join } from 'node:path';
import type { MirrorObject, MirrorObjects } from '../contracts/mirror.ts';
import { layersOf, mirrorDamaged } from '../domain/run/mirror-objects.ts';
import { StoredError } from '../domain/words/errors.ts';
import { isAsWritten } from '../erased.ts';
import type { StateStore } from '../ports/objects.ts';
import type { Database } from './database.ts';
import { contentOf } from './file-content.ts';
import { asParquet, fileIn, fileList, fromParquet, literal, packed, rowIn } from './sql.ts';

const types = {
  key: 'VARCHAR',
  digest: 'UBIGINT',
  record: 'VARCHAR',
  state: 'VARCHAR',
  parked: 'BOOLEAN',
  previous: 'VARCHAR[]',
  identity: 'UUID',
  ids: 'VARCHAR[]',
  raw: 'BIGINT',
};
const columns = Object.keys(types).join(', ');

/** An entry as one value, without its key. */
export const entryType = `STRUCT(${Object.entries(types)
  .filter(([name]) => name !== 'key')
  .map(([name, type]) => `${name} ${type}`)
  .join(', ')})`;

/** The entry of a row of `table` as one value. */
export const entryOf = (table: string): string =>
  `{${Object.keys(types)
    .filter((name) => name !== 'key')
    .map((name) => `${name}: ${table}.${name}`)
    .join(', ')}}`;

/** The state of a key that a delta takes away. */
export const gone = literal('gone');

const parallelReads = 4;

type MirrorStore = Pick<StateStore, 'get' | 'download'>;
type ViewName = 'mirror' | 'older';

/**
 * Fetches the mirror's objects, and makes them the view `name`; and the view `{name}_place` of `key`, `digest`, `state`
 * and `parked`, with the `place` where the rest stands.
 * @param mirror undefined: there is none yet, and the views are empty
 */
export async function openMirror(
  database: Database,
  state: MirrorStore,
  mirror: MirrorObjects | undefined,
  folder: string,
  name: ViewName = 'mirror',
): Promise<MirrorFiles> {
  const objects = mirror ? layersOf(mirror) : [];
  const files = await fetchAll(state, objects, join(folder, name));
  await viewMirror(database, files, files.slice(mirror?.base.length ?? 0), name);
  return files;
}

/** The same views over local copies. */
export async function viewMirror(
  database: Database,
  files: MirrorFiles,
  deltas: MirrorFiles = [],
  name: ViewName = 'mirror',
): Promise<void> {
  if (deltas.length > 0) await database.run(createNewest(name, files, deltas));
  const rows = current(name, files, deltas.length > 0);
  await database.run(`CREATE OR REPLACE VIEW ${name} AS SELECT ${columns} FROM (${rows})`);
  await database.run(
    `CREATE OR REPLACE VIEW ${name}_place AS SELECT key, digest, state, parked, ${packed('object', 'entry')} AS place FROM (${rows})`,
  );
}

/** Local copies of a mirror's objects, in their order. */
export type MirrorFiles = readonly string[];

/** The entries at these places. @param places a query of `place`, none twice */
export const entriesAt = (files: MirrorFiles, places: string): string =>
  files.length === 0
    ? noEntries
    : `SELECT ${columns} FROM (${places}) AS place
       JOIN ${fromParquet(files)} AS mirror
         ON mirror.file_row_number = ${rowIn('place.place')} AND mirror.file_index = ${fileIn('place.place')}`;

async function fetchAll(
  state: MirrorStore,
  objects: readonly MirrorObject[],
  path: string,
): Promise<string[]> {
  const files = objects.map((object, index) => ({ object, file: `${path}-${index}.parquet` }));
  const waiting = [...files];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await fetchOne(state, next.object, next.file);
  };
  const ends = await Promise.allSettled(Array.from({ length: parallelReads }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return files.map(({ file }) => file);
}

async function fetchOne(state: MirrorStore, object: MirrorObject, file: string): Promise<void> {
  try {
    await state.download(object.location, file);
  } catch (error) {
    throw error instanceof StoredError ? mirrorDamaged(object.location, 'gone') : error;
  }
  if (await isAsWritten(state, object, await contentOf(file))) return;
  throw mirrorDamaged(object.location, 'not what was written');
}

/** Table `{name}_newest`: each key of the deltas, and the last object that has it. */
const createNewest = (name: ViewName, files: MirrorFiles, deltas: MirrorFiles) =>
  `CREATE OR REPLACE TABLE ${name}_newest AS
   SELECT key, (max(file_index) + ${files.length - deltas.length})::INTEGER AS object FROM ${fromParquet(deltas)} GROUP BY key`;

/** The rows that count. */
function current(name: ViewName, files: MirrorFiles, isLayered: boolean): string {
  if (files.length === 0) return `SELECT *, 0 AS object, 0 AS entry FROM (${noEntries})`;
  const rows = `SELECT ${columns}, file_index::INTEGER AS object, file_row_number AS entry FROM ${fromParquet(files)}`;
  if (!isLayered) return rows;
  return `SELECT each.* FROM (${rows}) AS each LEFT JOIN ${name}_newest AS newest USING (key)
    WHERE coalesce(newest.object = each.object, true) AND each.state <> ${gone}`;
}

/** No entries, with all columns of a mirror. */
export const noEntries = `SELECT ${Object.entries(types)
  .map(([column, type]) => `NULL::${type} AS ${column}`)
  .join(', ')} WHERE false`;

/** Writes rows with a mirror's columns, and perhaps others, as a local copy of one of its objects. */
export const copyMirrorRows = (rows: string, file: string): string =>
  `COPY (SELECT ${columns} FROM (${rows})) TO ${literal(file)} ${asParquet()}`;

export async function putMirrorObject(
  database: Database,
  state: Pick<StateStore, 'upload'>,
  file: string,
  location: string,
): Promise<MirrorObject> {
  const content = await mirrorContent(database, file);
  await state.upload(location, file);
  return { location, ...content };
}

/** Of a local copy of one of its objects. */
export async function mirrorContent(
  database: Database,
  file: string,
): Promise<Pick<MirrorObject, 'bytes' | 'sha256' | 'rows'>> {
  const [rows = 0] = await database.counts(
    `SELECT num_rows FROM parquet_file_metadata(${fileList([file])})`,
  );
  return { ...(await contentOf(file)), rows };
}
