/** Folds plan and outcomes into the next mirror and the sync log. */

import type { Counts, ReasonCount, Sent } from '../contracts/counts.ts';
import type { MirrorObjects, MirrorPointer, ObjectContent } from '../contracts/mirror.ts';
import type { SendPhase } from '../contracts/run.ts';

export interface FoldInput {
  /** What the plan was made against. */
  readonly mirror: MirrorPointer | undefined;
  readonly plan: string;
  /** What that object was when it was written; undefined: not known. */
  readonly content?: ObjectContent | undefined;
  readonly outcomes: readonly { phase: SendPhase; chunk: number; location: string }[];
  /** What senders learnt of the platform's ids. Of several for one position the latest counts. @default nothing */
  readonly ids?: readonly { phase: SendPhase; chunk: number; location: string }[];
  readonly retryFailed: boolean;
  /** Below which the next mirror is written, `mirrorAttempt`; undefined: the plan leaves the mirror as it is. */
  readonly target: string | undefined;
  /** Undefined: nothing of single records is kept. */
  readonly log?: LogTarget | undefined;
}

/** Where and how the sync log of a run is written. */
export interface LogTarget {
  /** Object key in the log bucket; what a try before has written there stays. */
  readonly location: string;
  readonly sync: string;
  readonly run: string;
  /** 32 bytes: keys are written as their HMAC-SHA256 in hex. Undefined: as they are. */
  readonly hashKey: Uint8Array | undefined;
}

export interface FoldReason extends ReasonCount {
  /** The first of the members by its key as the log has it; absent where no log is written or none has a key. */
  readonly example?: string;
}

export interface FoldResult {
  readonly insert: Counts['insert'];
  /** Inserts of keys the mirror holds. */
  readonly reinsert: Counts['reinsert'];
  readonly update: Counts['update'];
  readonly delete: Counts['delete'];
  /** The next mirror: what changed, on what there was; or all of it, where that is due. */
  readonly mirror: MirrorObjects | undefined;
  /** Of the next mirror; 0 where none is written. */
  readonly members: number;
  /** Of them, to be sent again by the next run: not certain, and not parked. */
  readonly uncertain: number;
  /** Failures by reason, most frequent first, at most 10. */
  readonly reasons: readonly FoldReason[];
  /** By all senders. */
  readonly sent: Sent;
  /** Rows of the log; 0: there was nothing to log, and no object is written. */
  readonly logged: number;
}

/** Folds plan and outcomes into the next mirror and the sync log. */
export interface FoldEngine {
  /**
   * Both may be repeated, with another `target` each time: what is written below one counts once its pointer is moved,
   * and the same plan and outcomes give the same entries.
   *
   * Where outcomes are gone or damaged, what they told of is uncertain.
   * @throws StoredError where the plan is gone or damaged
   */
  fold(input: FoldInput): Promise<FoldResult>;
  /** The next mirror of a run whose plan can't be read: from its chunks, as far as they can be, and all of it uncertain. */
  salvage(input: SalvageInput): Promise<Salvaged>;
}

export interface SalvageInput {
  readonly mirror: MirrorPointer | undefined;
  /** Of all attempts at planning. */
  readonly chunks: readonly string[];
  /** Below which the next mirror is written, `mirrorAttempt`. */
  readonly target: string;
}

export interface Salvaged extends Pick<FoldResult, 'members' | 'uncertain'> {
  readonly mirror: MirrorObjects;
  /** Chunks that could not be read, or were gone: whom they named is not known. */
  readonly lost: number;
}
