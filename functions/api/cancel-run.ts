/**
 * Cancels a run: one that sends stops at once and closes, one that does not yet ends without sending, and a held one
 * is approved no more.
 */
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import { type FinishPorts, finishRun } from '../../shared/flow/finish-run.ts';
import { type StopPorts, stopRun } from '../../shared/flow/stop-run.ts';

export interface CancelPorts extends StopPorts, FinishPorts {}

const cancelled: Pick<RunResult, 'status' | 'error'> & NonNullable<Run['stop']> = {
  status: 'cancelled',
  error: {
    code: 'run-cancelled',
    message: 'The run was cancelled. The next run sends what this one did not.',
  },
};

/** False where the run is closing or closed already, or was held and is approved. */
export async function cancelRun(ports: CancelPorts, sync: string, id: string): Promise<boolean> {
  const run = await ports.runs.getRun(sync, id);
  switch (run?.phase) {
    case 'starting':
    case 'planning':
      await finishRun(ports, run, ['starting', 'planning'], cancelled);
      return true;
    case 'deleting':
    case 'upserting':
      await stopRun(ports, run, ['deleting', 'upserting'], cancelled);
      return true;
    case 'closed':
      return run.status === 'held' ? cancelHeld(ports, run) : false;
    default:
      return false;
  }
}

/** Its snapshot stays set aside: the schedule passes over it, and a run started by hand plans it again. */
async function cancelHeld(ports: CancelPorts, run: Run): Promise<boolean> {
  const { approvedBy } = run;
  if (approvedBy && (await isGoingOn(ports, run, approvedBy))) return false;
  const isWritten = await ports.runs.answerHeld(run, approvedBy, {
    status: 'cancelled',
    result: {
      ...run.result,
      status: 'cancelled',
      error: {
        code: 'held-run-cancelled',
        message: `What the run ${run.id} was held for was turned down. Nothing was sent. The schedule passes over this snapshot and takes the next one; a run started by hand looks at it again.`,
      },
    },
  });
  if (!isWritten) return cancelRun(ports, run.sync, run.id);
  // Approved at the same moment: whoever opened that run before now may not have seen this.
  if (approvedBy) await cancelRun(ports, run.sync, approvedBy);
  return true;
}

/** The approving run is open, or has mirrored the snapshot. */
async function isGoingOn({ runs }: CancelPorts, held: Run, approvedBy: string): Promise<boolean> {
  const by = await runs.getRun(held.sync, approvedBy);
  if (!by) return false;
  const { setAside } = await runs.getState(held.sync);
  return by.phase !== 'closed' || setAside?.run !== held.id;
}
