/** Runs as a chart shows them: oldest first, what they changed, and how they ended. */
import type { RecentRun, Run } from '../api/schema.d.ts';
import { totals } from './counts.ts';

export interface Bar {
  readonly run: string;
  readonly at: number;
  readonly state: Run['status'];
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  readonly failed: number;
  /** Of the mirror when it ended; undefined where that is not told. */
  readonly members: number | undefined;
}

/** Runs that were to send something, or found that nothing was to be sent; not dry runs, skipped or open ones. */
export function barsOf(runs: readonly Run[]): Bar[] {
  return runs
    .filter(({ phase, task, status }) => {
      return phase === 'closed' && task.kind !== 'dry-run' && status !== 'skipped';
    })
    .map(({ id, startedAt, status, counts }) => {
      const { added, updated, removed, failed } = totals(counts);
      const sent = status === 'held' ? none : { added, updated, removed, failed };
      const members = counts?.mirror.after;
      return { run: id, at: Date.parse(startedAt), state: status, members, ...sent };
    })
    .reverse();
}

const none = { added: 0, updated: 0, removed: 0, failed: 0 };

export const barsOfRecent = (recent: readonly RecentRun[]): Bar[] =>
  recent.map(({ run, closedAt, status, added, updated, removed, failing }) => ({
    run,
    at: Date.parse(closedAt),
    state: status,
    added,
    updated,
    removed,
    failed: failing,
    members: undefined,
  }));
