/** Finds the columns of a snapshot's files, and whether they are the sync's. */
import type { Reading, SnapshotFormat } from '../contracts/sync.ts';
import { csvSchema } from './csv-schema.ts';
import { type Database, StatementError } from './database.ts';
import { badFooter, parquetSchemas } from './parquet-footers.ts';
import { checkColumns, type Schema } from './schema.ts';
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
  const { binaryAsText } = question.reading;
  const schemas = await parquetSchemas(database, files, question);
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
        throw error instanceof StatementError ? badFooter(first) : error;
      });
    parts.push(parquetPart(group, columns, types, binaryAsText));
  }
  return parts;
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
