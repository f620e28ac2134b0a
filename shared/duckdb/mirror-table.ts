/** The mirror as a table: one Parquet object, sorted by key. */
import { literal, pathPattern } from './sql.ts';

const empty = `SELECT NULL::VARCHAR AS key, NULL::UBIGINT AS digest, NULL::VARCHAR AS record,
  NULL::VARCHAR AS state, NULL::BOOLEAN AS parked, NULL::VARCHAR[] AS previous, NULL::VARCHAR AS identity WHERE false`;

/** Columns that an older mirror lacks are NULL. @param path undefined: there is no mirror yet */
export const createMirrorView = (
  path: string | undefined,
  name: 'mirror' | 'older' = 'mirror',
): string =>
  `CREATE VIEW ${name} AS ${empty}${path === undefined ? '' : ` UNION ALL BY NAME FROM read_parquet(${literal(pathPattern(path))}, hive_partitioning = false)`}`;
