/** Cancels a run: one that sends stops at once and closes, one that does not yet ends without sending. */
import type { Run, RunResult } from '../contracts/run.ts';
import { finishRun } from './finish-run.ts';
import { type StopPorts, stopRun } from './stop-run.ts';

const cancelled: Pick<RunResult, 'status' | 'error'> & NonNullable<Run['stop']> = {
  status: 'cancelled',
  error: {
    code: 'run-cancelled',
    message: 'The run was cancelled. The next run sends what this one did not.',
  },
};

/** False where the run is closing or closed already. */
export async function cancelRun(ports: StopPorts, sync: string, id: string): Promise<boolean> {
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
    default:
      return false;
  }
}
