/** Brings the logs of a sync below the prefix of its retention, and lets go of those whose days are over. */

import { logPrefix } from '../../shared/contracts/layout.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { isLogOver } from '../../shared/domain/run/retention.ts';
import type { LogStore } from '../../shared/ports/objects.ts';

export interface TidyLogsPorts {
  readonly logs: LogStore;
}

export interface LogTask {
  readonly sync: string;
  /** Undefined: the sync is gone, and its logs stay until their days are over. */
  readonly retainDays: number | undefined;
  /** The run that is open: its log is still being written. */
  readonly openRun: string | undefined;
  readonly now: number;
}

/** Objects moved in one pass, which the next goes on with. */
const mostMoved = 2_000;
const parallelCopies = 16;

export interface TidiedLogs {
  /** Logs that are still there. */
  readonly left: number;
  /** False: there are more to move than one pass does. */
  readonly isWhole: boolean;
}

export async function tidyLogs(ports: TidyLogsPorts, task: LogTask): Promise<TidiedLogs> {
  const { sync, retainDays, openRun, now } = task;
  let left = 0;
  const misplaced: Move[] = [];
  for (const days of logRetentionDays) {
    const prefix = logPrefix(days, sync);
    const keys = await ports.logs.list(prefix);
    const over = keys.filter((key) => isLogOver(key, retainDays ?? days, now));
    if (over.length > 0) await ports.logs.delete(over);
    left += keys.length - over.length;
    if (retainDays === undefined || days === retainDays) continue;
    const gone = new Set(over);
    const moving = keys.filter((key) => !gone.has(key) && !isOf(openRun, key));
    const home = logPrefix(retainDays, sync);
    misplaced.push(...moving.map((from) => ({ from, to: home + from.slice(prefix.length) })));
  }
  await move(ports.logs, misplaced.slice(0, mostMoved));
  return { left, isWhole: misplaced.length <= mostMoved };
}

interface Move {
  readonly from: string;
  readonly to: string;
}

const isOf = (run: string | undefined, key: string) =>
  run !== undefined && key.endsWith(`/${run}.parquet`);

/** Each is there before it goes where it was: a reader finds it in one place or the other. */
async function move(logs: LogStore, moves: readonly Move[]): Promise<void> {
  const waiting = [...moves];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await logs.copy(next.from, next.to);
    }
  };
  await Promise.all(Array.from({ length: parallelCopies }, work));
  if (moves.length > 0) await logs.delete(moves.map(({ from }) => from));
}
