/** What the files of a snapshot are for an engine of many machines: read from their footers, and refused where it can't be. */
import { join } from 'node:path';
import type { RowGroup } from '../contracts/plan-parts.ts';
import { SnapshotError } from '../domain/words/errors.ts';
import type { KeyCell } from '../ports/distributed-engine.ts';
import type { FooterQuestion, RowGroups } from '../ports/part-engine.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import type { Database } from './database.ts';
import { declaredAs, type FooterColumn, keyFormOf } from './physical-column.ts';
import { findParts } from './snapshot-columns.ts';
import { noPartitions, partitionsOf, type SnapshotFile } from './snapshot-files.ts';
import { parquetFooter } from './snapshot-head.ts';
import type { SnapshotPart } from './snapshot-part.ts';
import { fileList } from './sql.ts';

/** Each kind of file is a table of its own. */
const mostGroups = 20;
const parallelReads = 8;

/** @throws SnapshotError `file-unreadable`, `columns-differ`, `column-missing`, `snapshot-changed`, `column-unfit` */
export async function readGroups(
  database: Database,
  store: SnapshotStore,
  folder: string,
  { wanted: { snapshot, reading, mayLack = [] }, key, columns }: FooterQuestion,
): Promise<RowGroups> {
  if (snapshot.format !== 'parquet') throw notParquet(snapshot.format);
  const waiting = snapshot.objects
    .filter(({ size }) => size > 0)
    .map((object, index) => ({
      object,
      file: {
        object: object.key,
        path: join(folder, `footer-${index}`),
        partitions: reading.partitionColumns ? partitionsOf(object.key, snapshot) : noPartitions,
      },
    }));
  const files = waiting.map(({ file }) => file);
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await parquetFooter({ store, snapshot, object: next.object, path: next.file.path });
  };
  const ends = await Promise.allSettled(Array.from({ length: parallelReads }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const needed = [...new Set([...key, ...columns])];
  const optional = mayLack.filter((name) => !key.includes(name));
  const parts = await findParts(database, files, {
    format: 'parquet',
    reading,
    needed,
    mayLack: optional,
    isHead: true,
  });
  if (parts.length > mostGroups) throw tooManyKinds(parts.length);
  const groups: RowGroup[] = [];
  for (const part of parts) groups.push(await groupOf(database, part, key, needed));
  const present = new Set(parts.flatMap((part) => part.columns));
  const lacking = parts.length === 0 ? [] : optional.filter((name) => !present.has(name));
  return { groups, lacking };
}

async function groupOf(
  database: Database,
  part: SnapshotPart,
  key: readonly string[],
  needed: readonly string[],
): Promise<RowGroup> {
  const [first] = part.files;
  const partitions = [...(first?.partitions ?? noPartitions)];
  const folders = new Map(partitions);
  const found = first ? await footerColumns(database, part, first) : [];
  const own = found.filter(({ name }) => needed.includes(name) && !folders.has(name));
  const columns = own.map((column) => {
    const type = declaredAs(column);
    if (type === undefined) throw unfitType(column);
    if (!/^[a-zA-Z0-9_]+$/.test(column.name)) throw unfitName(column.name);
    const { name, type: readAs, ...rest } = column;
    return { name, type, readAs, ...rest };
  });
  const bare = found.map(({ name }) => name.toLowerCase());
  const twice = columns.find(
    ({ name }) => bare.filter((other) => other === name.toLowerCase()).length > 1,
  );
  if (twice) throw unfitName(twice.name);
  const cells = key.map((name): KeyCell => {
    if (folders.has(name)) return { constant: folders.get(name) ?? null };
    const column = own.find((each) => each.name === name);
    const form = column && keyFormOf(column);
    if (form === undefined) throw unfitKey(name, column?.type ?? 'none');
    return { column: name, form };
  });
  const rows = await rowsOf(database, part.files);
  return {
    files: part.files.map(({ object }, at) => ({ object, rows: rows[at] ?? 0 })),
    types: part.types,
    columns,
    partitions,
    key: cells,
  };
}

/** Of the top level, in order, with the types that DuckDB gives them. */
async function footerColumns(
  database: Database,
  part: SnapshotPart,
  file: SnapshotFile,
): Promise<FooterColumn[]> {
  const nodes = await database.rows(
    `SELECT name, coalesce(num_children, 0), coalesce(type, ''), coalesce(converted_type, ''), coalesce(logical_type, '')
     FROM parquet_schema(${fileList([file.path])})`,
  );
  const types: string[] = JSON.parse(part.types);
  const top: FooterColumn[] = [];
  const skip = (index: number): number => {
    let next = index + 1;
    for (let child = 0; child < Number(nodes[index]?.[1] ?? 0); child += 1) next = skip(next);
    return next;
  };
  for (let index = 1; index < nodes.length; index = skip(index)) {
    const [name, , physical, converted, logical] = (nodes[index] ?? []).map(String);
    const type = types[top.length] ?? '';
    top.push({
      name: name ?? '',
      type,
      physical: physical ?? '',
      converted: converted ?? '',
      logical: logical ?? '',
    });
  }
  return top;
}

async function rowsOf(database: Database, files: readonly SnapshotFile[]): Promise<number[]> {
  const counts: number[] = [];
  for (const { path } of files) {
    const [rows = 0] = await database.counts(
      `SELECT num_rows FROM parquet_file_metadata(${fileList([path])})`,
    );
    counts.push(rows);
  }
  return counts;
}

const unfit = (what: string) => new SnapshotError('column-unfit', what);

const notParquet = (format: string) =>
  unfit(
    `The snapshot is ${format}, and only Parquet can be planned beyond one machine. Export it as Parquet, or set engine of the sync to duckdb.`,
  );

const tooManyKinds = (count: number) =>
  unfit(
    `The files of the snapshot are of ${count} kinds, by their columns' types and their folders, and at most ${mostGroups} can be planned beyond one machine. Export them alike, without partitions.`,
  );

const unfitType = ({ name, type, physical }: FooterColumn) =>
  unfit(
    physical === 'INT96'
      ? `The column ${name} holds timestamps as INT96, which can't be read exactly beyond one machine. Export them as INT64: with Spark, set outputTimestampType to TIMESTAMP_MICROS.`
      : `The column ${name} is of the type ${type}, which can't be read exactly beyond one machine. Export it as text, a number, a date or a timestamp.`,
  );

const unfitName = (name: string) =>
  unfit(
    `The column ${name} can't be read beyond one machine: its name is to be of letters A to Z, digits and underscores, and not that of another in other case. Name it otherwise in the export.`,
  );

const unfitKey = (name: string, type: string) =>
  unfit(
    `The key column ${name} is of the type ${type}, which has no one text in every engine. Export it as text, an integer, a decimal, a date or a UUID.`,
  );
