/** Ends the sending of a run early: what is not sent stays unsent, and close-run accounts for it. */

import type { Run, SendPhase } from '../contracts/run.ts';
import { StoredError, summarise } from '../domain/words/errors.ts';
import type { Queue } from '../ports/queues.ts';
import type { RunStore } from '../ports/runs.ts';
import type { Clock } from '../ports/world.ts';
export interface StopPorts {
  readonly runs: RunStore;
  readonly queue: Queue;
  readonly clock: Clock;
}

/**
 * Where something of the run can't be read, it is stopped at once and told: it would be so on every try. What a later
 * release wrote is left to that release.
 */
export async function stoppingUnreadable<T>(
  ports: StopPorts,
  run: Run,
  phase: SendPhase,
  stopped: T,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof StoredError) || error.code === 'format-newer') throw error;
    await stopRun(ports, run, [phase], { status: 'failed', error: summarise(error) });
    return stopped;
  }
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
