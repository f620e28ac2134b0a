/** Files of a snapshot that are read alike, as SQL. */
import { type DuckDBType, DuckDBTypeId as Id } from '@duckdb/node-api';
import type { CsvDialect } from '../contracts/sync.ts';
import { type CanonicalSql, canonicalSql, escaped, numberKey } from './canonical-sql.ts';
import { exactJson } from './exact-json.ts';
import { noPartitions, type SnapshotFile } from './snapshot-files.ts';
import { fileList, fromParquet, list, literal } from './sql.ts';
import { maxRowBytes } from './text-blocks.ts';

/**
 * How CSV is read. `swift`: by several threads, which look for the beginnings of rows in the middle of the file;
 * where quoted cells hold line ends they can take good files for bad ones, never the other way round (of 14,178
 * random good files 7,855 were refused and none was read wrongly; of 12,000 bad ones none was read). `careful`:
 * by one thread, from the beginning; it must not be given bad files.
 */
export type Pace = 'swift' | 'careful';

export interface SnapshotPart {
  readonly files: readonly SnapshotFile[];
  /** Exact names, in the order of the file; NDJSON: those asked for. */
  readonly columns: readonly string[];
  /** Columns of the files themselves. */
  readonly width: number;
  /** A table expression over some of the files, with `filename` and `file_index`, the place of the file among them. */
  table(files: readonly SnapshotFile[], pace: Pace): string;
  /** The value of a column of that table. */
  value(name: string): CanonicalSql;
  /** An expression that differs where the column's values do, the cheapest there is; equal ones may differ in it. */
  raw(name: string): string;
  /** Types of the columns that `raw` depends on. */
  readonly types: string;
  /** Whether rows are found again by the number they have in their file: `file_row_number`. */
  readonly isNumbered: boolean;
}

const paths = (files: readonly SnapshotFile[]) => fileList(files.map((file) => file.path));

/** Columns go by their positions: DuckDB takes `Email` and `email` for one name. */
const position = (index: number) => `c${index}`;

export function parquetPart(
  files: readonly SnapshotFile[],
  columns: readonly string[],
  types: readonly DuckDBType[],
  binaryAsText = false,
): SnapshotPart {
  const aliases = columns.map((_, index) => position(index)).join(', ');
  const options = `hive_partitioning = false, binary_as_string = ${binaryAsText}`;
  return typedPart(
    files,
    columns,
    types,
    JSON.stringify(types.map(String)),
    (some) => `read_parquet(${paths(some)}, ${options}) AS part(${aliases})`,
  );
}

/** A column of rows that another engine handed over. */
export interface HandedColumn {
  readonly name: string;
  readonly type: DuckDBType;
  /** An expression over what was handed over, of this type. */
  readonly value: string;
}

/** Its tables also have `k`, the text by which the key came, and `raw`. @param types of the files that the rows are of */
export function handedPart(
  files: readonly SnapshotFile[],
  columns: readonly HandedColumn[],
  types: string,
): SnapshotPart {
  const values = columns.map(({ value }, index) => `${value} AS ${position(index)}`);
  const selected = ['k', 'raw', ...values, 'file_row_number', 'file_index'].join(', ');
  return typedPart(
    files,
    columns.map(({ name }) => name),
    columns.map(({ type }) => type),
    types,
    (some) => `(SELECT ${selected} FROM ${fromParquet(some.map(({ path }) => path))}) AS part`,
  );
}

function typedPart(
  files: readonly SnapshotFile[],
  columns: readonly string[],
  types: readonly DuckDBType[],
  signature: string,
  table: SnapshotPart['table'],
): SnapshotPart {
  const cellOf = (name: string) => {
    const index = columns.indexOf(name);
    const type = types[index];
    if (!type) throw new RangeError('The part has no such column.');
    return { type, cell: position(index), ...canonicalSql(position(index), type) };
  };
  return withFolders({
    files,
    columns,
    width: columns.length,
    types: signature,
    isNumbered: true,
    raw: (name) => {
      const { type, cell, json } = cellOf(name);
      return plainTypes.has(type.typeId) ? cell : json;
    },
    table,
    value: cellOf,
  });
}

/** A folder's value; empty is none, as everywhere. */
const textOf = (value: string | null | undefined) => (value ? literal(value) : 'NULL::VARCHAR');

/** The columns that the files' folders give, which are alike in all of them, before any of the files themselves that is called like one. */
function withFolders(part: SnapshotPart): SnapshotPart {
  const [file] = part.files;
  const values = file?.partitions ?? noPartitions;
  if (values.size === 0) return part;
  return {
    ...part,
    columns: [...new Set([...part.columns, ...values.keys()])],
    raw: (name) => (values.has(name) ? textOf(values.get(name)) : part.raw(name)),
    value: (name) => {
      if (!values.has(name)) return part.value(name);
      const text = textOf(values.get(name));
      return { text, json: escaped(text) };
    },
  };
}

/** Types whose values DuckDB hashes as they are; of others the text is. */
const plainTypes: ReadonlySet<Id> = new Set([
  Id.BOOLEAN,
  Id.TINYINT,
  Id.SMALLINT,
  Id.INTEGER,
  Id.BIGINT,
  Id.UTINYINT,
  Id.USMALLINT,
  Id.UINTEGER,
  Id.UBIGINT,
  Id.FLOAT,
  Id.DOUBLE,
  Id.DECIMAL,
  Id.DATE,
  Id.TIMESTAMP,
  Id.TIMESTAMP_S,
  Id.TIMESTAMP_MS,
  Id.TIMESTAMP_NS,
  Id.TIMESTAMP_TZ,
  Id.UUID,
  Id.VARCHAR,
  Id.BLOB,
]);

export function csvPart(
  files: readonly SnapshotFile[],
  columns: readonly string[],
  dialect: CsvDialect,
): SnapshotPart {
  const names = columns.map((_, index) => `${position(index)}: 'VARCHAR'`).join(', ');
  const nulls = list(['', ...dialect.null].map(literal));
  const mark = dialect.escape ?? dialect.quote;
  // A quoted cell stands for itself where the sync says how null is written; else there is no telling from an empty one.
  const isQuotedNull = dialect.null.length === 0;
  // Nothing is left to be guessed from the first rows.
  const options = `auto_detect = false, header = true, columns = {${names}},
    delim = ${literal(dialect.delimiter)}, quote = ${literal(dialect.quote)}, escape = ${literal(mark)},
    compression = 'uncompressed', nullstr = ${nulls}, allow_quoted_nulls = ${isQuotedNull}, strict_mode = true, null_padding = false,
    ignore_errors = false, max_line_size = ${maxRowBytes}, buffer_size = ${2 * maxRowBytes},
    filename = true, hive_partitioning = false`;
  return withFolders({
    files,
    columns,
    width: columns.length,
    table: (some, pace) => `read_csv(${paths(some)}, ${options}, parallel = ${pace === 'swift'})`,
    types: 'csv',
    isNumbered: false,
    raw: (name) => position(columns.indexOf(name)),
    value: (name) => {
      const column = position(columns.indexOf(name));
      const cell = isQuotedNull ? column : `nullif(${column}, '')`;
      return { text: cell, json: escaped(cell) };
    },
  });
}

/** @param columns those that are asked for */
export function ndjsonPart(files: readonly SnapshotFile[], asked: readonly string[]): SnapshotPart {
  const folders = files[0]?.partitions;
  const columns = asked.filter((name) => !folders?.has(name));
  const members = membersOf(columns);
  const object = `CASE WHEN starts_with(line, '{') THEN ${exactJson('line')} ELSE error('no object') END`;
  const memberOf = (name: string) => members.cell(columns.indexOf(name));
  return withFolders({
    files,
    columns,
    width: columns.length,
    table: (some) => `(
      SELECT ${members.taken}, line, filename, file_index
      FROM (SELECT ${object} AS object, line, filename, file_index FROM ${ndjsonLines(some)}))`,
    types: 'ndjson',
    isNumbered: false,
    raw: (name) => `CAST(${memberOf(name)} AS VARCHAR)`,
    value: (name) => {
      const member = memberOf(name);
      const raw = `CAST(${member} AS VARCHAR)`;
      // Whole numbers may come with ".0"; strings end with a quote.
      const json = `CASE WHEN ${raw} = 'null' THEN NULL WHEN ends_with(${raw}, '.0') THEN left(${raw}, -2) ELSE ${raw} END`;
      const double = `CAST(${raw} AS DOUBLE)`;
      const text = `CASE WHEN ${raw} = '"NaN"' AND regexp_matches(line, '${bareNan}') THEN NULL
        WHEN starts_with(${raw}, '"') THEN json_extract_string(${member}, '$')
        WHEN regexp_matches(${raw}, '^-?[0-9]') THEN ${numberKey(double, `CAST(${double} AS VARCHAR)`)}
        ELSE ${json} END`;
      return { json, text };
    },
  });
}

/** From here on it takes longer to look for each name among the others than to go through the line once. */
const manyMembers = 32;

/**
 * How members are taken out of `object`, and where each is then. Few by JSON pointers, because names may hold anything;
 * many at once, but for those that a struct cannot have beside others: it takes `Email` and `email` for one name.
 */
function membersOf(columns: readonly string[]) {
  const known = new Set<string>();
  const apart: string[] = [];
  const together = columns.filter((name) => {
    const bare = name.toLowerCase();
    const fits = columns.length > manyMembers && /^[ -~]+$/.test(name) && !known.has(bare);
    if (fits) known.add(bare);
    else apart.push(name);
    return fits;
  });
  const pointers = apart.map((name) =>
    literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  // Not by an object: it would put names that are whole numbers first.
  const fields = together.map((name) => `${JSON.stringify(name)}:"JSON"`).join(',');
  const taken = `json_extract(${oneOfEach}, ${list(pointers)}) AS members`;
  const places = new Map<string | undefined, string>([
    ...apart.map((name, index) => [name, `members[${index + 1}]`] as const),
    ...together.map((name, index) => [name, `struct_extract_at(fields, ${index + 1})`] as const),
  ]);
  return {
    taken:
      together.length === 0
        ? taken
        : `${taken}, json_transform(object, ${literal(`{${fields}}`)}) AS fields`,
    cell: (index: number) => places.get(columns[index]) ?? 'NULL::JSON',
  };
}

/** Of a name that stands twice, JSON says nothing, and readers take the first or the last. */
const oneOfEach = `CASE WHEN list_unique(json_keys(object)) = len(json_keys(object)) THEN object ELSE error('a name twice') END`;

/** Not JSON, but what some exporters write; it stands in quotes by the time its member is looked at. */
const bareNan = '(?i)[:,\\[]\\s*-?nan';

/** The lines as they stand in the files, in the column `line`. */
export const ndjsonLines = (files: readonly SnapshotFile[]): string => `(
  SELECT CAST(json AS VARCHAR) AS line, filename, file_index FROM read_ndjson_objects(${paths(files)},
    compression = 'uncompressed', ignore_errors = false, maximum_object_size = ${maxRowBytes}, filename = true,
    hive_partitioning = false))`;
