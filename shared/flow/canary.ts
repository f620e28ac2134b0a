/**
 * The gate behind the canary. Nothing is kept of a decision: it follows from the outcomes of the canary's chunk, which
 * are stored before the chunk counts as settled. So whoever comes there decides the same, however often.
 */

import type { SendPhase } from '../contracts/run.ts';
import type { RunConfig } from '../contracts/run-config.ts';
import {
  canaryChunk,
  canaryFailed,
  canaryOf,
  countCanary,
  holdsBack,
} from '../domain/plan/canary.ts';
import type { PlannedRun } from '../domain/run/planned.ts';
import type { ErrorSummary } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';
import { readOutcomes } from './chunk-objects.ts';
import { type StopPorts, stopRun } from './stop-run.ts';

export interface CanaryPorts extends StopPorts {
  readonly state: Pick<StateStore, 'get'>;
}

/**
 * To be asked when the first chunk of the phase is settled and before anything else of the run is queued. True: too
 * few of it were delivered, and the run is stopped.
 */
export async function stopsAtCanary(
  ports: CanaryPorts,
  run: PlannedRun,
  config: Pick<RunConfig, 'sync' | 'task'>,
  phase: SendPhase,
): Promise<boolean> {
  const canary = canaryOf(config);
  if (!canary || !holdsBack(phase, run.plan.chunks)) return false;
  const { attempt } = run.plan;
  const address = { sync: run.sync, run: run.id, attempt, phase, chunk: canaryChunk };
  const outcomes = await readOutcomes(ports.state, address);
  const counted = outcomes && countCanary(canary, outcomes);
  if (counted?.isFine) return false;
  const error = counted ? canaryFailed(run, phase, counted, canary) : canaryLost(run);
  await stopRun(ports, run, [phase], { status: 'failed', error });
  return true;
}

/** Whether the rest may go can't be told without them. */
const canaryLost = ({ id }: { readonly id: string }): ErrorSummary => ({
  code: 'stored-unreadable',
  message: `What the platform answered to the canary of the run ${id} can't be read any more, so nothing more was sent. The next run begins with a canary of its own.`,
});
