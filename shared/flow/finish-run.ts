/**
 * The end of a run, in two writes, each safe to repeat: close it with its result, then free the lease and move the
 * mirror's pointer. A lease whose run is closed is freed by whoever meets it, with the result that was recorded.
 */

import type { Run, RunPhase, RunResult } from '../contracts/run.ts';
import type { RunChanges, RunStore } from '../ports/runs.ts';
import type { Clock } from '../ports/world.ts';
export interface FinishPorts {
  readonly runs: RunStore;
  readonly clock: Clock;
  /** Told of each end, and perhaps more than once: for log, metrics and alerts. Never throws. */
  readonly ended?: (run: Run, result: RunResult) => Promise<void>;
}

/**
 * Ends the run with this result, unless it has another already; `from`: the phases that may end so; `known`: what is to
 * be known of it besides.
 */
export async function finishRun(
  ports: FinishPorts,
  run: Run,
  from: readonly RunPhase[],
  result: RunResult,
  known: Pick<RunChanges, 'markerSeen' | 'snapshot' | 'plan'> = {},
): Promise<void> {
  await ports.runs.moveRun(run, from, {
    phase: 'closed',
    status: result.status,
    result,
    ...known,
    at: ports.clock.now(),
  });
  const closed = await ports.runs.getRun(run.sync, run.id);
  if (closed?.phase === 'closed') await goOnFinishing(ports, closed);
}

/** For a closed run that may still hold its lease. */
export async function goOnFinishing(ports: FinishPorts, run: Run): Promise<void> {
  if (!run.result) return;
  await ports.ended?.(run, run.result);
  await ports.runs.freeLease(run, run.result);
}
