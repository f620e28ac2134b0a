/** What an engine of many machines handed over of a part, as rows and entries that a session reads. */
import { join } from 'node:path';
import { mirrorFormat } from '../contracts/mirror.ts';
import type { RowGroup } from '../contracts/plan-parts.ts';
import type { CsvDialect } from '../contracts/sync.ts';
import { SnapshotError } from '../domain/words/errors.ts';
import { inFlight } from '../in-flight.ts';
import type { StateStore } from '../ports/objects.ts';
import type { PartInput } from '../ports/part-engine.ts';
import type { Database } from './database.ts';
import { copyMirrorRows, viewMirror } from './mirror-table.ts';
import { turnedBack, unsigned } from './physical-column.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import { type HandedColumn, handedPart } from './snapshot-part.ts';
import { SnapshotScan } from './snapshot-scan.ts';
import { fileList, fromParquet } from './sql.ts';
import type { WantedRows } from './wanted-rows.ts';

/** Of the rows with one key, one of their digests: those of a good key are alike. */
export const selectRaws = 'SELECT key, min(raw) AS raw FROM handed GROUP BY key';

/** @throws SnapshotError `key-form` */
export async function openHanded(
  database: Database,
  state: Pick<StateStore, 'download'>,
  folder: string,
  { groups, rows, key, columns, fingerprint }: PartInput,
): Promise<WantedRows> {
  const parts = [];
  for (const [at, group] of groups.entries()) {
    const files = await fetch(state, rows[at] ?? [], join(folder, `rows-${at}`));
    if (files.length === 0) continue;
    const partitions = new Map(group.partitions);
    const own = files.map(({ object, path }): SnapshotFile => ({ object, path, partitions }));
    parts.push(handedPart(own, await columnsOf(database, group), group.types));
  }
  const engine = await database.rows('SELECT version()');
  const version = JSON.stringify([mirrorFormat, 'duckdb', engine, fingerprint]);
  const scan = new SnapshotScan(database, parts, {
    format: 'parquet',
    csv: noDialect,
    key,
    columns,
    fingerprint: version,
  });
  // A row stands in its part by the text that the other engine made of its key: were that not ours, a key's rows could be in several.
  const foreign = await scan.countForeign();
  if (foreign > 0) throw keyForm(foreign);
  const tables = parts.map(
    (part) => `SELECT k AS key, raw FROM ${part.table(part.files, 'swift')}`,
  );
  await database.run(`CREATE VIEW handed AS ${tables.join(' UNION ALL ') || noHanded}`);
  const files = parts.flatMap((part) => part.files);
  return { scan, files, cells: 'values', lacking: [] };
}

const noHanded = 'SELECT NULL::VARCHAR AS key, NULL::BIGINT AS raw WHERE false';

const keyForm = (count: number) =>
  new SnapshotError(
    'key-form',
    `The other engine writes the keys of ${count} rows otherwise than Audience Mirror does, so they can't be planned in parts; nothing was sent. Export the key as text, or set engine of the sync to duckdb.`,
  );

/** Parquet has none. */
const noDialect: CsvDialect = { delimiter: ',', quote: '"', encoding: 'utf-8', null: [] };

/** Views of the mirror over what was handed over of its entries. */
export async function openEntries(
  database: Database,
  state: Pick<StateStore, 'download'>,
  folder: string,
  objects: readonly string[],
): Promise<{ readonly files: readonly string[]; readonly members: number } | undefined> {
  const files = await fetch(state, objects, join(folder, 'entries'));
  if (files.length === 0) return undefined;
  const path = join(folder, 'mirror.parquet');
  const handed = `SELECT * REPLACE (${unsigned('digest')} AS digest, CAST(identity AS UUID) AS identity)
    FROM ${fromParquet(files.map((file) => file.path))}`;
  await database.run(copyMirrorRows(handed, path));
  const [members = 0] = await database.counts(
    `SELECT num_rows FROM parquet_file_metadata(${fileList([path])})`,
  );
  await viewMirror(database, [path]);
  return { files: [path], members };
}

/** Local copies, in the order of their names. */
export async function fetch(
  state: Pick<StateStore, 'download'>,
  objects: readonly string[],
  path: string,
): Promise<{ readonly object: string; readonly path: string }[]> {
  const files = objects.toSorted().map((object, at) => ({ object, path: `${path}-${at}.parquet` }));
  await inFlight(files, async (file) => {
    await state.download(file.object, file.path);
  });
  return files;
}

/** In the order in which they were carried. */
async function columnsOf(database: Database, { columns }: RowGroup): Promise<HandedColumn[]> {
  if (columns.length === 0) return [];
  const types = await database.columnTypes(
    `SELECT ${columns.map(({ readAs }) => `NULL::${readAs}`).join(', ')}`,
  );
  return columns.flatMap(({ readAs, ...column }, at) => {
    const type = types[at];
    if (!type) return [];
    return [{ name: column.name, type, value: turnedBack(`c${at}`, { ...column, type: readAs }) }];
  });
}
