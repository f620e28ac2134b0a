/** What the program ends with. Scripts go by it, so a number never changes its meaning; docs/cli.md lists them. */
import type { RunStatus } from '../shared/contracts/run.ts';
import { ConfigurationError } from '../shared/domain/words/errors.ts';

export const exit = {
  /** Done, or nothing to do. */
  done: 0,
  /** The run failed, or the system could not be reached or failed itself. */
  failed: 1,
  /** What was asked cannot be done as it stands: flags, a file or a configuration are to be mended. */
  mend: 2,
  /** The run is over, and some of its changes were not delivered or some rows are invalid. */
  partial: 3,
  /** A guard holds the run until somebody approves it. */
  held: 4,
  cancelled: 5,
  /** Another run is open, or there is nothing that may be done now. */
  skipped: 6,
  /** Ctrl-C: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

const byStatus = {
  succeeded: exit.done,
  unchanged: exit.done,
  partial: exit.partial,
  failed: exit.failed,
  held: exit.held,
  cancelled: exit.cancelled,
  skipped: exit.skipped,
} as const satisfies Record<RunStatus, ExitCode>;

export const exitOfRun = (status: RunStatus): ExitCode => byStatus[status];

export const exitOfError = (error: unknown): ExitCode =>
  error instanceof ConfigurationError ? exit.mend : exit.failed;

/** Ctrl-C, or the end of the input under a question: nothing more is said. */
export class Interrupted extends Error {}
