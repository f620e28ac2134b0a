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

/** False where the run is closed or about to, or was held and is approved. */
export async function cancelRun(ports: CancelPorts, sync: string, id: string): Promise<boolean> {
  const run = await readableRun(ports, sync, id);
  switch (run?.phase) {
    case 'starting':
    case 'planning':
      await finishRun(ports, run, ['starting', 'planning'], cancelled);
      return true;
    case 'deleting':
    case 'upserting':
      await stopRun(ports, run, ['deleting', 'upserting'], cancelled);
      return true;
    case 'closing':
      return abandon(ports, run);
    case 'closed':
      return run.status === 'held' ? cancelHeld(ports, run) : false;
    default:
      return false;
  }
}

/** Closing is tried this often before somebody may give its account up. */
const closingTries = 3;

/** A run that can't be closed, for whatever reason: close-run ends it without its account. False where it may still end well. */
async function abandon({ runs, queue, clock }: CancelPorts, run: Run): Promise<boolean> {
  if (run.attempts < closingTries || (run.claim?.until ?? 0) > clock.now()) return false;
  const { status, error } = run.stop ?? cancelled;
  const stop = { status, ...(error && { error }), abandon: true as const };
  await runs.moveRun(run, ['closing'], { stop, at: clock.now() });
  await queue.sendClose({ sync: run.sync, run: run.id, epoch: run.epoch });
  return true;
}

/**
 * The run; where it holds the lease and can't be read, another in its place, without a plan and about to close: whatever
 * its objects name is uncertain then.
 */
async function readableRun(
  { runs, clock }: CancelPorts,
  sync: string,
  id: string,
): Promise<Run | undefined> {
  try {
    return await runs.getRun(sync, id);
  } catch (error) {
    const { openRun, epoch } = await runs.getState(sync);
    if (openRun?.run !== id || !(await runs.discardRun(sync, id))) throw error;
    const now = clock.now();
    const { run: _, ...lease } = openRun;
    const times = { movedAt: now, closingAt: now, deadline: now };
    const made = { ...lease, sync, id, epoch, ...times, attempts: 0, stop: cancelled };
    await runs.createRun({ ...made, phase: 'closing' });
    return runs.getRun(sync, id);
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
