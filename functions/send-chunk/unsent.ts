/** Why what is left of a chunk is not sent by this run. */
import type { Fault } from '../../shared/domain/words/problem.ts';

export const runEnded: Fault = {
  code: 'run-ended',
  reason: 'The run was ended before this was sent; the next run sends it.',
};

export const runStopped: Fault = {
  code: 'run-stopped',
  reason: "The run stopped before this was sent; the run's error says why. The next run sends it.",
};
