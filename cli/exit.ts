/** What the program ends with, beside the codes of runs' statuses. Scripts go by it, so a number never changes its meaning. */
import { type RunMeaning, type RunStatus, runStatuses } from '../shared/contracts/run-status.ts';
import { ConfigurationError } from '../shared/domain/words/errors.ts';

export const exit = {
  /** Done, or nothing to do. */
  done: runStatuses.succeeded.exitCode,
  /** The run failed, or the system could not be reached or failed itself. */
  failed: runStatuses.failed.exitCode,
  /** What was asked cannot be done as it stands: flags, a file or a configuration are to be mended. */
  mend: 2,
  /** A dry run found that a guard would hold it. */
  held: runStatuses.held.exitCode,
  cancelled: runStatuses.cancelled.exitCode,
  /** Ctrl-C: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit] | RunMeaning['exitCode'];

export const exitOfRun = (status: RunStatus): ExitCode => runStatuses[status].exitCode;

export const exitOfError = (error: unknown): ExitCode =>
  error instanceof ConfigurationError ? exit.mend : exit.failed;

/** Ctrl-C, or the end of the input under a question: nothing more is said. */
export class Interrupted extends Error {}
