/** Finds the columns of a snapshot's files, and whether they are the sync's. */
import type { DuckDBValue } from '@duckdb/node-api';
import type { Reading, SnapshotFormat } from '../contracts/sync.ts';
import { csvSchema } from './csv-schema.ts';
import { type Database, StatementError } from './database.ts';
import { pagesAreSound } from './parquet-pages.ts';
import { checkColumns, type Schema } from './schema.ts';
import { unreadable } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import { csvPart, ndjsonPart, parquetPart, type SnapshotPart } from './snapshot-part.ts';
import { fileList } from './sql.ts';

export interface ColumnQuestion {
  readonly format: SnapshotFormat;
  readonly reading: Reading;
  /** Key and mapped columns. */
  readonly needed: readonly string[];
  /** Those of them that may be missing in all files. */
  readonly mayLack: readonly string[];
  /** Only the beginning of the files is there. @default false */
  readonly isHead?: boolean;
}

/** @throws SnapshotError `file-unreadable`, `columns-differ`, `column-missing` */
export async function findParts(
  database: Database,
  files: readonly SnapshotFile[],
  question: ColumnQuestion,
): Promise<SnapshotPart[]> {
  switch (question.format) {
    case 'parquet':
      return await parquetParts(database, files, question);
    case 'csv':
      return await csvParts(files, question);
    case 'ndjson':
      // Its columns stand in its lines: they are looked at when these are read.
      return groupedByFolder(files).map((group) => ndjsonPart(group, question.needed));
  }
}

async function csvParts(
  files: readonly SnapshotFile[],
  question: ColumnQuestion,
): Promise<SnapshotPart[]> {
  const { csv } = question.reading;
  const schemas: Schema[] = [];
  for (const file of files) schemas.push(await csvSchema(file, csv, question.needed));
  checkColumns(schemas, question);
  return grouped(schemas).map(({ columns, group }) => csvPart(group, columns, csv));
}

async function parquetParts(
  database: Database,
  files: readonly SnapshotFile[],
  question: ColumnQuestion,
): Promise<SnapshotPart[]> {
  const schemas: Schema[] = [];
  const { binaryAsText } = question.reading;
  for (const file of files) {
    schemas.push(await parquetSchema(database, file));
    if (!question.isHead) await checkPages(database, file);
  }
  checkColumns(schemas, question);
  const parts: SnapshotPart[] = [];
  for (const { columns, group } of grouped(schemas)) {
    const [first] = group;
    if (!first) continue;
    const types = await database
      .columnTypes(
        `FROM read_parquet(${fileList([first.path])}, hive_partitioning = false, binary_as_string = ${binaryAsText}) LIMIT 0`,
      )
      .catch((error) => {
        throw badFooter(error, first);
      });
    parts.push(parquetPart(group, columns, types, binaryAsText));
  }
  return parts;
}

async function parquetSchema(database: Database, file: SnapshotFile): Promise<Schema> {
  const nodes = await database
    .rows(
      `SELECT name, coalesce(num_children, 0), COLUMNS(c -> c NOT IN ('file_name', 'name', 'num_children'))
       FROM parquet_schema(${fileList([file.path])})`,
    )
    .catch((error) => {
      throw badFooter(error, file);
    });
  await checkFooter(database, file);
  const columns = topLevel(nodes);
  return {
    file,
    columns,
    signature: JSON.stringify(nodes, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  };
}

const badFooter = (error: unknown, file: SnapshotFile) =>
  error instanceof StatementError
    ? unreadable(file.object, 'is damaged: its Parquet footer cannot be read', 'Export it again.')
    : error;

async function checkPages(database: Database, file: SnapshotFile): Promise<void> {
  if (await pagesAreSound(database, file.path)) return;
  throw unreadable(
    file.object,
    'is damaged: a page of it is not what its checksum says',
    'Export it again.',
  );
}

/** DuckDB reads as many rows as a row group claims to have, and leaves the others out without a word. */
async function checkFooter(database: Database, file: SnapshotFile): Promise<void> {
  const path = fileList([file.path]);
  const [rows, inGroups, lacking] = await database
    .counts(
      `SELECT (SELECT num_rows FROM parquet_file_metadata(${path})),
         coalesce((SELECT sum(row_group_num_rows)
           FROM (SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(${path}))), 0),
         (SELECT count(*) FROM parquet_metadata(${path}) WHERE num_values < row_group_num_rows)`,
    )
    .catch((error) => {
      throw badFooter(error, file);
    });
  if (rows === inGroups && lacking === 0) return;
  throw unreadable(
    file.object,
    'is damaged: the numbers of rows in its Parquet footer contradict each other',
    'Export it again.',
  );
}

/** The schema is a tree, written out from the root: each node is followed by its children. */
function topLevel(nodes: readonly DuckDBValue[][]): string[] {
  const names: string[] = [];
  const skip = (index: number): number => {
    let next = index + 1;
    for (let child = 0; child < Number(nodes[index]?.[1] ?? 0); child += 1) next = skip(next);
    return next;
  };
  for (let index = 1; index < nodes.length; index = skip(index))
    names.push(String(nodes[index]?.[0]));
  return names;
}

function grouped(schemas: readonly Schema[]) {
  return [...Map.groupBy(schemas, (schema) => schema.signature).values()].flatMap((alike) =>
    groupedByFolder(alike.map((schema) => schema.file)).map((group) => ({
      columns: alike[0]?.columns ?? [],
      group,
    })),
  );
}

/** Files whose folders say the same. */
const groupedByFolder = (files: readonly SnapshotFile[]): SnapshotFile[][] => [
  ...Map.groupBy(files, ({ partitions }) => JSON.stringify([...partitions])).values(),
];
