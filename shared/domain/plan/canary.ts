/** The canary: the first chunk of each sending phase, small, and alone until its outcomes have been looked at. */

import type { OutcomeLine } from '../../contracts/plan.ts';
import type { PlanReference, Run, SendPhase } from '../../contracts/run.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { Canary } from '../../contracts/sync.ts';
import { phaseAfter } from '../run/run.ts';
import type { ErrorSummary } from '../words/errors.ts';

export const canaryChunk = 0;

/** An erasure is owed to a person, whatever becomes of another. */
export const canaryOf = ({ sync, task }: Pick<RunConfig, 'sync' | 'task'>): Canary | undefined =>
  task.kind === 'erase' ? undefined : sync.canary;

/** Something of the run would wait for the canary of this phase: another chunk, or another phase that sends. */
export const holdsBack = (phase: SendPhase, chunks: PlanReference['chunks']): boolean =>
  chunks[phase] > 1 || phaseAfter(phase, chunks) !== 'closing';

export interface CanaryCount {
  /** Records that a request was made for. */
  readonly sent: number;
  readonly delivered: number;
  readonly isFine: boolean;
}

/**
 * Of the outcomes of the canary's chunk. Records that no request can be made of say nothing of the platform, and do
 * not count; but where none is left that was sent, nothing speaks for going on.
 */
export function countCanary(
  { successShare }: Canary,
  outcomes: readonly OutcomeLine[],
): CanaryCount {
  const count = (wanted: readonly OutcomeLine['outcome'][]) =>
    outcomes
      .filter(({ outcome }) => wanted.includes(outcome))
      .reduce((sum, { from, to }) => sum + to - from, 0);
  const delivered = count(['delivered']);
  const sent = delivered + count(['rejected', 'uncertain']);
  return {
    sent,
    delivered,
    isFine: sent === 0 ? successShare === 0 : delivered / sent >= successShare,
  };
}

const movement = { deleting: 'removed', upserting: 'added or updated' } as const;

export const canaryFailed = (
  run: Pick<Run, 'id'>,
  phase: SendPhase,
  { sent, delivered }: CanaryCount,
  { successShare }: Canary,
): ErrorSummary => ({
  code: 'canary-failed',
  message: `Of the members to be ${movement[phase]}, the first went alone: ${sent} were sent and ${delivered} delivered (${percent(sent === 0 ? 0 : delivered / sent)}), where canary.successShare asks for ${percent(successShare)}. So nothing more was sent; the next run begins with a canary again. Look at what became of the first records of the run ${run.id}, and mend the destination or the data.`,
});

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
