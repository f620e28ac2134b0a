/** Finds the columns of a snapshot's files, and whether they are the sync's. */
import type { DuckDBValue } from '@duckdb/node-api';
import type { CsvDialect, Reading, SnapshotFormat } from '../contracts/sync.ts';
import { readHeader } from './csv.ts';
import { findBrokenCsvLine, mayEndInLongRow } from './csv-check.ts';
import { type Database, StatementError } from './database.ts';
import { pagesAreSound } from './parquet-pages.ts';
import { columnMissing, columnsDiffer, unreadable } from './snapshot-errors.ts';
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
  for (const file of files) {
    const columns = await readHeader(file.path, csv);
    if (!columns) {
      throw unreadable(
        file.object,
        'has no header in its first line: that is blank, longer than 1 MiB, or opens a quote it never closes',
        'Export it with the column names in the first line.',
      );
    }
    const separator = /^sep=(.)$/i.exec(columns.join(csv.delimiter))?.[1];
    if (separator !== undefined) {
      throw unreadable(
        file.object,
        `begins with the line sep=${separator}, which spreadsheets write`,
        `Take that line out, and set csv.delimiter of the source to ${JSON.stringify(separator)}.`,
      );
    }
    await refuseLongEnd(file, csv, columns.length);
    const hint = question.needed.every((name) => columns.includes(name))
      ? ''
      : await otherDelimiter(file.path, csv, question.needed, columns);
    schemas.push({ file, columns, signature: JSON.stringify(columns), hint });
  }
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

interface Schema {
  readonly file: SnapshotFile;
  readonly columns: readonly string[];
  /** Equal for files that can be read by one statement. */
  readonly signature: string;
  readonly hint?: string;
}

/** DuckDB leaves the last row out without a word where it is longer than its buffers. @throws SnapshotError */
async function refuseLongEnd(file: SnapshotFile, csv: CsvDialect, width: number): Promise<void> {
  if (!(await mayEndInLongRow(file.path, csv))) return;
  const broken = await findBrokenCsvLine(file.path, csv, width);
  if (!broken) return;
  throw unreadable(
    file.object,
    `cannot be read: line ${broken.line} ${broken.what}`,
    'Export it again; mend what writes it if it comes out the same.',
  );
}

const otherDelimiters = [',', ';', '\t', '|'];

/** The delimiter with which the first line has names that the sync looks for, or more than one. */
async function otherDelimiter(
  path: string,
  csv: CsvDialect,
  needed: readonly string[],
  columns: readonly string[],
): Promise<string> {
  for (const delimiter of otherDelimiters.filter((each) => each !== csv.delimiter)) {
    const others = (await readHeader(path, { ...csv, delimiter })) ?? [];
    const isBetter = needed.some((name) => others.includes(name) && !columns.includes(name));
    if (isBetter || (columns.length === 1 && others.length > 1)) {
      return ` It looks delimited by ${JSON.stringify(delimiter)}: then set csv.delimiter of the source to that.`;
    }
  }
  return '';
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

function checkColumns(
  schemas: readonly Schema[],
  { format, needed, mayLack }: ColumnQuestion,
): void {
  const fromLine = format === 'csv';
  const named = ({ file, columns, hint = '' }: Schema) => ({
    object: file.object,
    columns: [...columns, ...file.partitions.keys()],
    fromLine,
    hint,
  });
  const [first] = schemas;
  if (!first) return;
  const has = new Set(first.columns);
  for (const schema of schemas) {
    const twice = schema.columns.findIndex((name, index) => schema.columns.indexOf(name) !== index);
    if (twice >= 0) {
      throw unreadable(
        schema.file.object,
        `gives its columns ${schema.columns.indexOf(schema.columns[twice] ?? '') + 1} and ${twice + 1} the same name`,
        'Give each column a name of its own.',
      );
    }
    if (schema.columns.length !== has.size || schema.columns.some((name) => !has.has(name))) {
      throw columnsDiffer(named(first), named(schema), needed);
    }
  }
  const isThere = (name: string) => has.has(name) || first.file.partitions.has(name);
  const missing = needed.filter((name) => !isThere(name) && !mayLack.includes(name));
  if (missing.length > 0) throw columnMissing(named(first), missing, needed);
}
