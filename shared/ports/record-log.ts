/** Reads sync logs. */
import type { Outcome } from '../contracts/counts.ts';
import type { LogAction, LogRecord } from '../contracts/sync-log.ts';

/** What is asked of a run's log; all of it must hold. */
export interface RecordQuery {
  /** `failed`: any but `delivered`. */
  readonly outcome?: Outcome | 'failed' | undefined;
  readonly action?: LogAction | undefined;
  readonly code?: string | undefined;
  /** Any of these: a member's key as it is, and as its HMAC. */
  readonly keys?: readonly string[] | undefined;
  /** The `next` of the page before; undefined: from the beginning. */
  readonly after?: number | undefined;
  /** At least 1. */
  readonly limit: number;
}

/** One row, and its place in the log of its run, from 0: it names the record for as long as the log is kept. */
export interface LoggedRecord extends LogRecord {
  readonly place: number;
}

export interface RecordPage {
  /** In byte order of their keys as logged; rows without a key last. */
  readonly records: readonly LoggedRecord[];
  /** Undefined: there are no more. */
  readonly next: number | undefined;
}

/**
 * Reads sync logs. A log is written once; only an erasure writes it anew, row by row in the same order, so that a page
 * begun before it goes on after it.
 */
export interface RecordLog {
  /**
   * `location`: in the log bucket. Undefined where there is no such object. Rejects with what the store says where it
   * can't be reached, and where the object is no log; nothing is kept of it.
   */
  find(location: string, query: RecordQuery): Promise<RecordPage | undefined>;
}
