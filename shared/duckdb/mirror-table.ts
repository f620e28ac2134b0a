/** The mirror as a table: one Parquet object, sorted by key. */
import { literal, pathPattern } from './sql.ts';

const empty = `SELECT NULL::VARCHAR AS key, NULL::UBIGINT AS digest, NULL::VARCHAR AS record,
  NULL::VARCHAR AS state, NULL::BOOLEAN AS parked, NULL::VARCHAR[] AS previous WHERE false`;

/** @param path undefined: there is no mirror yet */
export const createMirrorView = (path: string | undefined): string =>
  `CREATE VIEW mirror AS ${path === undefined ? empty : `SELECT key, digest, record, state, parked, previous FROM read_parquet(${literal(pathPattern(path))}, hive_partitioning = false)`}`;
