/** What the footers of a snapshot's Parquet files say: asked for many files at once, since a statement costs more than a footer. */
import type { DuckDBValue } from '@duckdb/node-api';
import { type Database, StatementError } from './database.ts';
import { pageStart, pagesAreSound } from './parquet-pages.ts';
import type { Schema } from './schema.ts';
import { unreadable } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import { fileList } from './sql.ts';

/** Files of one statement: wide ones have thousands of columns each. */
const filesAtOnce = 64;

export interface FooterQuestion {
  /** Only the beginning of the files is there: their pages are not looked at. @default false */
  readonly isHead?: boolean | undefined;
}

/** Of each file, in their order. @throws SnapshotError `file-unreadable` */
export async function parquetSchemas(
  database: Database,
  files: readonly SnapshotFile[],
  question: FooterQuestion,
): Promise<Schema[]> {
  const schemas: Schema[] = [];
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const some = files.slice(at, at + filesAtOnce);
    schemas.push(...(await readTogether(database, some, question)));
  }
  return schemas;
}

/** Where one footer cannot be read, no other of its statement is: then each is read alone, and the bad one is named. */
async function readTogether(
  database: Database,
  files: readonly SnapshotFile[],
  question: FooterQuestion,
): Promise<Schema[]> {
  try {
    return await read(database, files, question);
  } catch (error) {
    const [file, another] = files;
    if (!(error instanceof StatementError) || !file) throw error;
    if (!another) throw badFooter(file);
    if (database.isLost) await database.renew();
    const schemas: Schema[] = [];
    for (const each of files) schemas.push(...(await readTogether(database, [each], question)));
    return schemas;
  }
}

async function read(
  database: Database,
  files: readonly SnapshotFile[],
  { isHead = false }: FooterQuestion,
): Promise<Schema[]> {
  const paths = fileList(files.map(({ path }) => path));
  const nodes = Map.groupBy(await database.rows(selectNodes(paths)), fileOf);
  const totals = new Map(
    (await database.rows(selectTotals(paths))).map((row) => [fileOf(row), row]),
  );
  const schemas: Schema[] = [];
  for (const file of files) {
    const [, rows, inGroups, lacking, start] = totals.get(file.path) ?? [];
    if (rows !== inGroups || lacking !== 0n) throw contradicting(file);
    if (!isHead && typeof start === 'bigint') await checkPages(database, file, Number(start));
    schemas.push(schemaOf(file, nodes.get(file.path) ?? []));
  }
  return schemas;
}

const fileOf = ([name]: readonly DuckDBValue[]) => String(name);

const selectNodes = (paths: string) =>
  `SELECT file_name, name, coalesce(num_children, 0), COLUMNS(c -> c NOT IN ('file_name', 'name', 'num_children'))
   FROM parquet_schema(${paths}) ORDER BY column_id`;

/** DuckDB reads as many rows as a row group claims to have, and leaves the others out without a word. */
const selectTotals = (paths: string) =>
  `SELECT file.file_name, file.num_rows, coalesce(sum(part.rows), 0)::BIGINT, coalesce(sum(part.lacking), 0)::BIGINT, min(part.start)
   FROM parquet_file_metadata(${paths}) AS file
   LEFT JOIN (
     SELECT file_name, row_group_id, row_group_num_rows AS rows,
       count(*) FILTER (num_values < row_group_num_rows) AS lacking, min(${pageStart}) AS start
     FROM parquet_metadata(${paths}) GROUP BY ALL
   ) AS part USING (file_name)
   GROUP BY ALL`;

function schemaOf(file: SnapshotFile, rows: readonly DuckDBValue[][]): Schema {
  const nodes = rows.map(([, ...node]) => node);
  return {
    file,
    columns: topLevel(nodes),
    signature: JSON.stringify(nodes, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  };
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

/** @param first where the first of its pages begins */
async function checkPages(database: Database, file: SnapshotFile, first: number): Promise<void> {
  if (await pagesAreSound(database, file.path, first)) return;
  throw unreadable(
    file.object,
    'is damaged: a page of it is not what its checksum says',
    'Export it again.',
  );
}

/** Of a file that DuckDB refuses. */
export const badFooter = ({ object }: SnapshotFile) =>
  unreadable(object, 'is damaged: its Parquet footer cannot be read', 'Export it again.');

const contradicting = ({ object }: SnapshotFile) =>
  unreadable(
    object,
    'is damaged: the numbers of rows in its Parquet footer contradict each other',
    'Export it again.',
  );
