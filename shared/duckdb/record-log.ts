/** Reads the sync log of one run: the object is fetched whole, and DuckDB finds the rows. */

import { join } from 'node:path';
import { LogRecord } from '../contracts/sync-log.ts';
import type { LogStore } from '../ports/objects.ts';
import type { LoggedRecord, RecordLog, RecordPage, RecordQuery } from '../ports/record-log.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { openScratch } from './scratch.ts';
import { literal, pathPattern, shielded, unshielded } from './sql.ts';

export interface RecordLogOptions extends DatabaseLimits {
  readonly logs: Pick<LogStore, 'list' | 'download'>;
  /** Folder for the object in passing; each query has its own below it. */
  readonly scratch: string;
}

export function createRecordLog(options: RecordLogOptions): RecordLog {
  return {
    async find(location, query) {
      const [found] = await options.logs.list(location);
      if (found !== location) return undefined;
      const scratch = await openScratch(options.scratch, 'log');
      let database: Database | undefined;
      try {
        const file = join(scratch.folder, 'log.parquet');
        await options.logs.download(location, file);
        database = await Database.open(scratch.folder, options);
        return await read(database, file, query);
      } finally {
        database?.close();
        await scratch.remove();
      }
    },
  };
}

/** A row's place in its file names it: files are sorted, and never change. */
async function read(database: Database, file: string, query: RecordQuery): Promise<RecordPage> {
  const rows = await database.rows(`
    SELECT file_row_number, ${shielded('key')}, action, status, error_code, error_reason, http_status, request_id, attempts,
      epoch_ms(first_at), epoch_ms(last_at), row_count, file
    FROM read_parquet(${literal(pathPattern(file))}, file_row_number = true, hive_partitioning = false)
    WHERE ${conditionsOf(query).join(' AND ')}
    ORDER BY file_row_number LIMIT ${query.limit + 1}`);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1)?.[0];
  return {
    records: page.map((row) => recordOf(row)),
    next: rows.length > query.limit && last !== undefined ? Number(last) : undefined,
  };
}

function conditionsOf({ outcome, action, keys, code, after }: RecordQuery): string[] {
  return [
    `file_row_number > ${after ?? -1}`,
    ...(outcome === 'failed' ? ["status <> 'delivered'"] : []),
    ...(outcome && outcome !== 'failed' ? [`status = ${literal(outcome)}`] : []),
    ...(action ? [`action = ${literal(action)}`] : []),
    ...(code === undefined ? [] : [`error_code = ${literal(code)}`]),
    ...(keys ? [`key IN (${keys.map(literal).join(', ')})`] : []),
  ];
}

function recordOf(row: readonly unknown[]): LoggedRecord {
  const [place, key, action, outcome, code, reason, httpStatus, request, ...rest] = row;
  const [attempts, firstAt, lastAt, rows, file] = rest;
  const instant = (value: unknown) => (value === null ? null : Number(value));
  const record = LogRecord.parse({
    key: typeof key === 'string' ? unshielded(key) : null,
    action,
    outcome,
    code,
    reason,
    httpStatus,
    request,
    attempts,
    firstAt: instant(firstAt),
    lastAt: instant(lastAt),
    rows: Number(rows),
    file,
  });
  return { place: Number(place), ...record };
}
