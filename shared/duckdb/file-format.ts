/** The number of its format that a Parquet file of ours bears, among its own words. */
import type { Database } from './database.ts';
import { literal, pathPattern } from './sql.ts';

/** 0: it bears none. */
export async function formatIn(database: Database, file: string): Promise<number> {
  const [format = 0] = await database.counts(
    `SELECT max(decode(value)::INTEGER) FROM parquet_kv_metadata(${literal(pathPattern(file))})
     WHERE decode(key) = 'format'`,
  );
  return format;
}
