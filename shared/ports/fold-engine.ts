/** Folds plan and outcomes into the next mirror and the sync log. */

import type { Counts, ReasonCount, Sent } from '../contracts/counts.ts';
import type { MirrorObjects, MirrorPointer } from '../contracts/mirror.ts';
import type { SendPhase } from '../contracts/run.ts';

export interface FoldInput {
  /** What the plan was made against. */
  readonly mirror: MirrorPointer | undefined;
  readonly plan: string;
  readonly outcomes: readonly { phase: SendPhase; chunk: number; location: string }[];
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
  fold(input: FoldInput): Promise<FoldResult>;
}
