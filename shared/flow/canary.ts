/**
 * The gate behind the canary. Nothing is kept of a decision: it follows from the outcomes of the canary's chunk, which
 * are stored before the chunk counts as settled. So whoever comes there decides the same, however often.
 */

import { outcomesObject } from '../contracts/layout.ts';
import { OutcomeLine } from '../contracts/plan.ts';
import type { SendPhase } from '../contracts/run.ts';
import type { RunConfig } from '../contracts/run-config.ts';
import {
  canaryChunk,
  canaryFailed,
  canaryOf,
  holdsBack,
  judgeCanary,
} from '../domain/plan/canary.ts';
import type { PlannedRun } from '../domain/run/planned.ts';
import { InvariantError } from '../domain/words/errors.ts';
import { readLines } from '../lines.ts';
import type { StateStore } from '../ports/objects.ts';
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
  const object = await ports.state.get(outcomesObject(address));
  if (!object) throw new InvariantError(`The canary of the run ${run.id} has no outcomes.`);
  const verdict = judgeCanary(canary, readLines(OutcomeLine, object));
  if (verdict.isFine) return false;
  const error = canaryFailed(run, phase, verdict, canary);
  await stopRun(ports, run, [phase], { status: 'failed', error });
  return true;
}
