/** The sync log: what became of each record of a run, as Parquet that DuckDB and Athena read. */

import { z } from 'zod';
import { Outcome } from './counts.ts';
import { Instant } from './json.ts';

export type LogColumnType = 'string' | 'int' | 'bigint' | 'timestamp';

export interface LogColumn {
  readonly name: string;
  /** As Glue and Athena call it. */
  readonly type: LogColumnType;
  readonly comment: string;
}

/** In the order of the file. The sync stands there, too, so that a file tells all of itself. */
export const logColumns = [
  { name: 'run', type: 'string', comment: 'Names sort by time' },
  { name: 'key', type: 'string', comment: 'Of the member, or its HMAC; null: none, or erased' },
  { name: 'action', type: 'string', comment: 'insert, reinsert, update, delete; none: a bad row' },
  {
    name: 'status',
    type: 'string',
    comment: 'delivered, rejected, uncertain, unsent or invalid',
  },
  { name: 'error_code', type: 'string', comment: 'Why it failed; of a delivered one, a note' },
  { name: 'error_reason', type: 'string', comment: 'The same in words, without any value' },
  { name: 'http_status', type: 'int', comment: 'Of the last answer; null: there was none' },
  { name: 'request_id', type: 'string', comment: 'Idempotency key of the request' },
  { name: 'attempts', type: 'int', comment: 'Times the request was sent' },
  { name: 'first_at', type: 'timestamp', comment: 'Of the first attempt, UTC' },
  { name: 'last_at', type: 'timestamp', comment: 'Of the last attempt, UTC' },
  { name: 'row_count', type: 'bigint', comment: 'Rows of the snapshot it stands for' },
  { name: 'file', type: 'string', comment: 'Where the rows without a key stand' },
] as const satisfies readonly LogColumn[];

/** Folders of the log bucket, outermost first. */
export const logPartitions = ['retain', 'sync', 'date'] as const;

/** `reinsert`: an insert of a key the mirror holds. `none`: a row of which no change could be made. */
export const LogAction = z.enum(['insert', 'reinsert', 'update', 'delete', 'none']);
export type LogAction = z.infer<typeof LogAction>;

/** One row of the log. */
export const LogRecord = z.strictObject({
  /** As the log has it, perhaps hashed; null where the row has none, and where the member was erased. */
  key: z.string().nullable(),
  action: LogAction,
  outcome: Outcome,
  code: z.string().nullable(),
  reason: z.string().nullable(),
  /** HTTP status of the last answer. */
  httpStatus: z.number().int().nullable(),
  /** The request's idempotency key. */
  request: z.string().nullable(),
  attempts: z.number().int().nonnegative(),
  firstAt: Instant.nullable(),
  lastAt: Instant.nullable(),
  /** Rows of the snapshot it stands for. */
  rows: z.number().int().positive(),
  /** The object that holds them, where they have no key. */
  file: z.string().nullable(),
});
export type LogRecord = z.infer<typeof LogRecord>;

/** One member for a reason why records of a run failed. */
export const Example = z.strictObject({ code: z.string(), reason: z.string(), key: z.string() });
export type Example = z.infer<typeof Example>;
export const Examples = z.strictObject({ examples: z.array(Example) });
