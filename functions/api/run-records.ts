/** The records of a run as its log has them, or why there are none. */

import { logObject } from '../../shared/contracts/layout.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { readLogKey } from '../../shared/flow/log-key.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { RecordLog, RecordPage, RecordQuery } from '../../shared/ports/record-log.ts';

export interface RunRecordsPorts {
  readonly state: StateStore;
  readonly records: RecordLog;
  /** HMAC-SHA256 of a text in hex. */
  readonly hmac: (key: Uint8Array, text: string) => string;
}

/** Why a run has no records to show. */
export interface NoLog {
  readonly code: 'log-pending' | 'log-off' | 'log-empty' | 'log-expired';
  readonly message: string;
}

export type RunRecords = { readonly page: RecordPage } | { readonly none: NoLog };

export type RunRecordsQuery = Omit<RecordQuery, 'keys'> & {
  /** A member's key as it is, whether the log hashes keys or not. */
  readonly key?: string | undefined;
};

export async function runRecords(
  ports: RunRecordsPorts,
  run: Run,
  { key, ...query }: RunRecordsQuery,
): Promise<RunRecords> {
  const none = whyNone(run);
  if (none) return { none };
  const keys = key === undefined ? undefined : await namesOf(ports, run.sync, key);
  for (const location of locationsOf(run)) {
    const page = await ports.records.find(location, { ...query, keys });
    if (page) return { page };
  }
  return { none: expired(run) };
}

/** A log that was written before keys were hashed, or since, has them otherwise than the sync says now. */
async function namesOf({ state, hmac }: RunRecordsPorts, sync: string, key: string) {
  const hashKey = await readLogKey(state, sync);
  return hashKey ? [key, hmac(hashKey, key)] : [key];
}

/** Where it was written, and wherever a change of the retention may have brought it. */
function locationsOf(run: Run): string[] {
  const written = run.result?.log?.retainDays;
  const days = new Set([...(written === undefined ? [] : [written]), ...logRetentionDays]);
  return [...days].map((each) => logObject(each, run));
}

function whyNone(run: Run): NoLog | undefined {
  const { id, phase, closingAt, result, status } = run;
  if (phase !== 'closed') {
    return {
      code: 'log-pending',
      message: `The run ${id} is still open; its log is written when it closes. Ask again then.`,
    };
  }
  if (status === 'held') return heldBack(id);
  if (result?.log) return result.log.rows > 0 ? undefined : nothing(id);
  // Whoever plans nothing and keeps no log ends without closing, and says by the counts that rows were invalid.
  if (closingAt === undefined && !result?.counts?.snapshot.invalid) return nothing(id);
  return {
    code: 'log-off',
    message: `The sync keeps no logs, so that of the run ${id} there are only the counts. Switch observability.retainLogs on for the runs that come.`,
  };
}

const nothing = (run: string): NoLog => ({
  code: 'log-empty',
  message: `The run ${run} ended without a change and without an invalid row, so there is nothing to log. Its status and error say how it ended.`,
});

const heldBack = (run: string): NoLog => ({
  code: 'log-empty',
  message: `The run ${run} is held and sent nothing, so there is nothing to log. Its counts and reasons say what it would do; the run that goes on once it is approved has a log.`,
});

const expired = ({ id, result }: Run): NoLog => ({
  code: 'log-expired',
  message: `The log of the run ${id} was kept for ${result?.log?.retainDays} days and is gone; its counts and reasons are left. Raise observability.logRetentionDays to keep logs longer.`,
});
