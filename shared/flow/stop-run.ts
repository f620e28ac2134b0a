/** Ends the sending of a run early: what is not sent stays unsent, and close-run accounts for it. */

import type { Run, SendPhase } from '../contracts/run.ts';
import type { Queue } from '../ports/queues.ts';
import type { RunStore } from '../ports/runs.ts';
import type { Clock } from '../ports/world.ts';
export interface StopPorts {
  readonly runs: RunStore;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** `from`: the phases in which it may be stopped. The first stop stays; the run is sent to close-run in any case. */
export async function stopRun(
  ports: StopPorts,
  run: Run,
  from: readonly SendPhase[],
  stop: NonNullable<Run['stop']>,
): Promise<void> {
  await ports.runs.moveRun(run, from, { phase: 'closing', stop, at: ports.clock.now() });
  await ports.queue.sendClose({ sync: run.sync, run: run.id, epoch: run.epoch });
}
