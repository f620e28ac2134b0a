/** Text that becomes part of a statement. Whatever comes from outside passes through here. */

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The binding drops a byte order mark that begins a text it hands out: behind a sign of ours it stays. */
export const shielded = (text: string): string => `'=' || ${text}`;
export const unshielded = (text: string): string => text.slice(1);

export const list = (items: readonly string[]): string => `[${items.join(', ')}]`;

/** DuckDB takes a path for a pattern: in brackets, its special characters stand for themselves. */
export const pathPattern = (path: string): string => path.replace(/[*?[]/g, '[$&]');

export const fileList = (paths: readonly string[]): string =>
  list(paths.map((path) => literal(pathPattern(path))));

/** Rows of Parquet files whose paths mean nothing. */
export const fromParquet = (paths: readonly string[]): string =>
  `read_parquet(${fileList(paths)}, hive_partitioning = false)`;

/** Beyond it, in either direction, a JSON number is not exact for every reader. */
const safeInteger = '9007199254740991';

/** Whether an integer is exact as a JSON number; unknown (SQL NULL) where it is none. */
export const isSafe = (integer: string): string =>
  `${integer} BETWEEN -${safeInteger} AND ${safeInteger}`;

/** The place of a row as one number, which a join carries more cheaply than two: that of its file, and its own in there. */
export const packed = (file: string, row: string): string => `((${file})::BIGINT << 40) + (${row})`;
export const fileIn = (place: string): string => `(${place} >> 40)`;
export const rowIn = (place: string): string => `(${place} & ((1::BIGINT << 40) - 1))`;

/**
 * How tables of ours are written. zstd's quickest level takes half the time of DuckDB's usual third, for no more bytes; and
 * columns of many distinct values, such as keys and records, are not made into dictionaries that are then thrown away.
 * @param format number that the file bears; 0: none
 */
export const asParquet = (format = 0): string => {
  const numbered = format > 0 ? `, KV_METADATA {format: '${format}'}` : '';
  return `(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000${numbered})`;
};
