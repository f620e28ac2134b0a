/**
 * After the clock was set back: what a clock that was ahead wrote into an open run is set right by today's, so that nobody
 * waits for a moment that was the present once. A claim is not simply given up, as its holder may still be at work: from
 * now on it lasts as long as any function lives.
 */

import type { PendingChunk } from '../contracts/chunk.ts';
import type { Claim } from '../contracts/claim.ts';
import type { Run } from '../contracts/run.ts';
import { claimMarginMs, functions } from '../contracts/wiring.ts';
import { isAhead } from '../domain/words/clock.ts';
import type { RunKey, RunStore } from '../ports/runs.ts';
import type { Clock } from '../ports/world.ts';

export interface SetRightPorts {
  readonly runs: RunStore;
  readonly clock: Pick<Clock, 'now'>;
}

const longestClaimMs =
  Math.max(...Object.values(functions).map(({ timeoutSeconds }) => timeoutSeconds)) * 1_000 +
  claimMarginMs;

/** Undefined where the claim can be as long as it says. */
function latestEnd(claim: Claim | undefined, now: number): number | undefined {
  const latest = now + longestClaimMs;
  return claim && isAhead(claim.until, latest) ? latest : undefined;
}

/** The run by today's clock; the time to its deadline begins anew. */
export async function setRunRight({ runs, clock }: SetRightPorts, run: Run): Promise<Run> {
  const now = clock.now();
  const until = latestEnd(run.claim, now);
  if (run.claim && until !== undefined) await runs.endClaimAt(run, run.claim, until);
  const isBegunAhead = isAhead(run.startedAt, now);
  if (run.phase !== 'closed' && (isBegunAhead || isAhead(run.movedAt, now))) {
    const times = isBegunAhead && {
      startedAt: now,
      deadline: now + (run.deadline - run.startedAt),
    };
    await runs.moveRun(run, [run.phase], { movedAt: now, ...times, at: now });
  } else if (until === undefined) return run;
  return (await runs.getRun(run.sync, run.id)) ?? run;
}

/** Gives the moment until which the chunk is in somebody's hands; undefined where it is in nobody's. */
export async function heldUntil(
  { runs, clock }: SetRightPorts,
  run: RunKey,
  attempt: string,
  { phase, chunk, claim }: Pick<PendingChunk, 'phase' | 'chunk' | 'claim'>,
): Promise<number | undefined> {
  const until = latestEnd(claim, clock.now());
  if (!claim || until === undefined) return claim?.until;
  await runs.endChunkClaimAt(run, attempt, { phase, chunk }, claim, until);
  return until;
}
