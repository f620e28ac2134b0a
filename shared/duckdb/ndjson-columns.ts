/**
 * The columns of NDJSON files: the names that stand in their lines.
 *
 * Many exporters leave null values out, so a file in which a column never stands is read as null there. It is
 * refused when it has other names that the files with the column lack: then the column was renamed, and
 * reading on would blank the field of everybody in that file.
 */
import type { Database } from './database.ts';
import { columnMissing, columnsDiffer } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import { ndjsonLines, type SnapshotPart } from './snapshot-part.ts';

/** Lines of each file that are looked at before the whole file is. */
const headRows = 2_048;

/**
 * The columns that some line has; all where there is no line.
 * @throws SnapshotError `columns-differ`, `column-missing`; StatementError where a file cannot be read
 */
export async function presentInLines(
  database: Database,
  parts: readonly SnapshotPart[],
  needed: readonly string[],
  mayLack: readonly string[],
): Promise<readonly string[]> {
  const found: { file: SnapshotFile; has: ReadonlySet<string> }[] = [];
  for (const part of parts) {
    for (const file of part.files) {
      const has = await presentColumns(database, part, file);
      if (has) found.push({ file, has });
    }
  }
  const [first] = found;
  if (!first) return needed;
  const isThere = (name: string) => found.some(({ has }) => has.has(name));
  const missing = needed.filter((name) => !isThere(name) && !mayLack.includes(name));
  const names = (file: SnapshotFile) => allNames(database, file);
  if (missing.length > 0) throw columnMissing(await names(first.file), missing, needed);
  for (const { file, has } of found) {
    const absent = needed.find((name) => !has.has(name));
    const holder = found.find((each) => absent !== undefined && each.has.has(absent));
    if (!holder) continue;
    const [here, there] = [await names(file), await names(holder.file)];
    if (here.columns.some((name) => !there.columns.includes(name))) {
      throw columnsDiffer(there, here, needed);
    }
  }
  return needed.filter(isThere);
}

/** Which of the columns stand in some line of the file; undefined where it has no line. */
async function presentColumns(database: Database, part: SnapshotPart, file: SnapshotFile) {
  const all = ndjsonLines([file]);
  const head = `(SELECT line FROM ${all} LIMIT ${headRows})`;
  const [lines = 0] = await database.counts(`SELECT count(*) FROM ${head}`);
  if (lines === 0) return undefined;
  const first = await namesIn(database, head);
  const isSeen = lines < headRows || part.columns.every((name) => first.has(name));
  const names = isSeen ? first : await namesIn(database, all);
  return new Set([...part.columns.filter((name) => names.has(name)), ...file.partitions.keys()]);
}

async function namesIn(database: Database, lines: string): Promise<ReadonlySet<string>> {
  const object = `CASE WHEN starts_with(line, '{') THEN line ELSE error('no object') END`;
  const rows = await database.rows(`SELECT DISTINCT unnest(json_keys(${object})) FROM ${lines}`);
  return new Set(rows.map(([name]) => String(name)));
}

async function allNames(database: Database, file: SnapshotFile) {
  const rows = await database.rows(
    `SELECT DISTINCT unnest(json_keys(line)) AS name FROM ${ndjsonLines([file])} ORDER BY name`,
  );
  return { object: file.object, columns: rows.map(([name]) => String(name)), fromLine: false };
}
