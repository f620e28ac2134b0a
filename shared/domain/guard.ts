/** Guards: what stops a plan before anything of it is sent. */
import type { Counts, RunResult, Snapshot } from '../contracts/run.ts';

/**
 * How the run ends instead of sending, or undefined. An empty snapshot over members is far more often a broken
 * export than the end of an audience.
 */
export function trippedGuard(
  counts: Counts,
  snapshot: Snapshot,
): Pick<RunResult, 'status' | 'error'> | undefined {
  if (counts.snapshot.rows > 0) return undefined;
  const where = `The snapshot s3://${snapshot.bucket}/${snapshot.prefix} has columns but no rows`;
  if (counts.mirror.before === 0) {
    return {
      status: 'failed',
      error: {
        code: 'snapshot-empty',
        message: `${where}, and nothing is mirrored yet. Check the export's query and filters.`,
      },
    };
  }
  return {
    status: 'held',
    error: {
      code: 'guard-empty-snapshot',
      message: `${where}: sending it would remove all ${counts.mirror.before} members. Nothing was sent. Check the export; the next snapshot with rows goes on by itself.`,
    },
  };
}
