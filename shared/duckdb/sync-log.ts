/** What became of each record of a run, for the counts, the reasons and the sync log alike: so they always agree. */

import { type LogColumnType, logColumns } from '../contracts/sync-log.ts';
import type { FoldReason, LogTarget } from '../ports/fold-engine.ts';
import type { Database } from './database.ts';
import { neverTried } from './outcome-lines.ts';
import { asParquet, fromParquet, literal, shielded, unshielded } from './sql.ts';

/** Bytes of a block of SHA-256: RFC 2104 fills the key up to it. */
const blockBytes = 64;

/** The HMAC-SHA256 of a text in hex, as an expression over it. */
export function hmacOf(text: string, key: Uint8Array): string {
  const padded = (filler: number) =>
    Buffer.from(Array.from({ length: blockBytes }, (_, at) => (key[at] ?? 0) ^ filler)).toString(
      'hex',
    );
  const inner = `unhex(sha256(unhex('${padded(0x36)}') || encode(${text})))`;
  return `sha256(unhex('${padded(0x5c)}') || ${inner})`;
}

/**
 * One row for each change, as the view `change` has it, and for each of the plan's invalid rows, whose action is `none`.
 */
function selectTold(hashKey: Uint8Array | undefined): string {
  const key = (name: string) => (hashKey ? hmacOf(name, hashKey) : name);
  return `SELECT ${key('change.key')} AS key,
      CASE WHEN action = 'insert' AND was IS NOT NULL THEN 'reinsert' ELSE action END AS action,
      outcome, code, reason, tried, 1::BIGINT AS rows, NULL::VARCHAR AS file
    FROM change WHERE action NOT IN ('refresh', 'adopt')
    UNION ALL
    SELECT ${key('key')}, 'none', 'invalid', code, reason, ${neverTried}, rows, object
    FROM plan WHERE kind = 'invalid'`;
}

type ColumnName = (typeof logColumns)[number]['name'];

/** Each column of the log over `told`. */
const valuesOf = (run: string): Record<ColumnName, string> => ({
  run: literal(run),
  key: 'key',
  action: 'action',
  status: 'outcome',
  error_code: "nullif(code, '')",
  error_reason: "nullif(reason, '')",
  http_status: 'nullif(tried.status, 0)',
  request_id: "nullif(tried.request, '')",
  attempts: 'tried.attempts',
  first_at: 'make_timestamp_ms(nullif(tried."firstAt", 0))',
  last_at: 'make_timestamp_ms(nullif(tried."lastAt", 0))',
  row_count: 'rows',
  file: 'file',
});

/** Athena reads times of milliseconds from every engine version on. */
const types: Record<LogColumnType, string> = {
  string: 'VARCHAR',
  int: 'INTEGER',
  bigint: 'BIGINT',
  timestamp: 'TIMESTAMP_MS',
};

/**
 * Writes the log, in the order of the keys, so that a reader finds one by the statistics of the row groups. Where none is
 * asked for, the same in no order: counts and reasons are taken from it.
 */
export function writeTold(path: string, target: LogTarget | undefined): string {
  const values = valuesOf(target?.run ?? '');
  const selected = logColumns.map(
    ({ name, type }) => `(${values[name]})::${types[type]} AS ${name}`,
  );
  return `COPY (
    SELECT ${literal(target?.sync ?? '')} AS sync, ${selected.join(', ')}
    FROM (${selectTold(target?.hashKey)}) AS told ${target ? 'ORDER BY told.key, told.file, told.code' : ''}
  ) TO ${literal(path)} ${asParquet()}`;
}

/** View `told` over what was written. */
export const createTold = (path: string): string => `
  CREATE VIEW told AS
  SELECT key, action, status AS outcome, coalesce(error_code, '') AS code, coalesce(error_reason, '') AS reason, row_count AS rows
  FROM ${fromParquet([path])}`;

const selectReasons = `
  SELECT code, ${shielded('reason')}, sum(rows) AS n, ${shielded('min(key)')} FROM told WHERE outcome <> 'delivered'
  GROUP BY code, reason ORDER BY n DESC, code, reason LIMIT 10`;

/** `isNamed`: with an example of each, where a member is known. */
export async function readReasons(database: Database, isNamed: boolean): Promise<FoldReason[]> {
  return (await database.rows(selectReasons)).map(([code, reason, count, example]) => ({
    code: String(code),
    reason: unshielded(String(reason)),
    count: Number(count),
    ...(isNamed && example !== null && { example: unshielded(String(example)) }),
  }));
}
