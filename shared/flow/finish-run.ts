/**
 * The end of a run, in four writes, each safe to repeat: record the result, free the lease (and move the
 * mirror's pointer) in one conditional write, close the run, take it off the work list. Whoever finds a run in
 * `finishing` goes on from there with the result that was recorded first.
 */
import type { Run, RunPhase, RunResult } from '../contracts/run.ts';
import type { Clock, RunStore } from '../ports.ts';

export interface FinishPorts {
  readonly runs: RunStore;
  readonly clock: Clock;
  /** Told of each end, for the log. */
  readonly ended?: (run: Run, result: RunResult) => void;
}

/** Ends the run with this result, unless it has another already; `from`: the phases that may end so. */
export async function finishRun(
  ports: FinishPorts,
  run: Run,
  from: readonly RunPhase[],
  result: RunResult,
  markerSeen = false,
): Promise<void> {
  const won = await ports.runs.moveRun(run, from, {
    phase: 'finishing',
    result,
    markerSeen,
    at: ports.clock.now(),
  });
  const finishing = won
    ? { ...run, result, markerSeen }
    : await ports.runs.getRun(run.sync, run.id);
  if (finishing?.result) await goOnFinishing(ports, finishing, finishing.result);
}

/** For a run in `finishing` or `closed`. */
export async function goOnFinishing(
  ports: FinishPorts,
  run: Run,
  result: RunResult,
): Promise<void> {
  const now = ports.clock.now();
  await ports.runs.freeLease(run, result, run.markerSeen ?? false);
  await ports.runs.moveRun(run, ['finishing'], {
    phase: 'closed',
    status: result.status,
    closedAt: now,
    at: now,
  });
  await ports.runs.removeOpen(run.sync, run.id);
  ports.ended?.(run, result);
}
