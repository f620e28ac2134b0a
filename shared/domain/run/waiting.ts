/** A run that waits for its platform: since when, why, and until when. */
import type { Trouble } from '../../contracts/circuit.ts';
import type { Run, Waiting } from '../../contracts/run.ts';
import type { Fault } from '../words/problem.ts';

export const isWaiting = (waiting: Waiting | undefined): waiting is Waiting =>
  waiting !== undefined && waiting.overAt === undefined;

/** What a run that is sending waits for now; undefined where it does not wait. */
export const waitingOf = ({ phase, waiting }: Pick<Run, 'phase' | 'waiting'>) =>
  (phase === 'deleting' || phase === 'upserting') && isWaiting(waiting) ? waiting : undefined;

/** It waits once more: since it began to, and whoever was told of it was told. */
export function waitingOn(
  before: Waiting | undefined,
  trouble: Fault | Trouble,
  now: number,
  nextAt: number,
): Waiting {
  const { code, reason } = trouble;
  const began = 'since' in trouble ? Math.min(trouble.since, now) : now;
  if (!isWaiting(before)) return { since: began, code, reason, nextAt };
  return { ...before, since: Math.min(before.since, began), code, reason, nextAt };
}
