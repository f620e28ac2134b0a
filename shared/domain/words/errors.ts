import { capped } from './capped.ts';

/**
 * The error family. A message names the thing, says what is wrong with the shape of its value (never the
 * value itself: it may belong to a person) and ends with the mend. `code` is stable and stands in logs,
 * in the run and in the runbook. However much there is to say, a message has its end (`capped`).
 */
export abstract class MirrorError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(capped(message), options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The author of a destination or sync is at fault. Not retried: the run fails until it is mended. */
export class ConfigurationError extends MirrorError {}

/** The warehouse's export is at fault. Not retried within the run; the next run looks at the snapshot anew. */
export class SnapshotError extends MirrorError {}

/** A service we rely on did not answer, or a limit was met in passing. Retried by the queue or the next run. */
export class PassingError extends MirrorError {
  /** Milliseconds after which to try again, where the service said so: waiting is not failing. */
  readonly waitMs: number | undefined;

  constructor(code: string, message: string, options: ErrorOptions & { waitMs?: number } = {}) {
    super(code, message, options);
    this.waitMs = options.waitMs;
  }
}

/** We are at fault: something the design rules out has happened. The run stops rather than guess. */
export class InvariantError extends MirrorError {
  constructor(message: string, options?: ErrorOptions) {
    super('invariant', message, options);
  }
}

/**
 * What is stored can't be read: it is damaged, gone, or a later release wrote it. Not retried: it is set aside, nothing
 * is written over it, and what does not need it goes on.
 */
export class StoredError extends MirrorError {}

/** What a run keeps of an error: safe to store, log and show. */
export interface ErrorSummary {
  readonly code: string;
  readonly message: string;
}

/** Errors of ours are shown; of any other only its kind, because its text may hold a person's value. */
export function summarise(error: unknown): ErrorSummary {
  if (error instanceof MirrorError) return { code: error.code, message: error.message };
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    code: 'unexpected',
    message: `An unexpected ${kind} stopped this step; its text is withheld because it may hold personal data. It is tried again; if it persists, look for this run in the function's log.`,
  };
}
