/** What works on whole audiences: comparing, planning, folding, and what is asked of their tables. */

import type {
  Counts,
  MirrorPointer,
  Outcome,
  ReasonCount,
  SendPhase,
  Sent,
  Snapshot,
} from './contracts/run.ts';
import type { Source } from './contracts/sync.ts';
import type { LogAction, LogRecord } from './contracts/sync-log.ts';
import type { Candidate, PlanRow } from './domain/plan/plan.ts';
import type { JudgedRemoval, Removal } from './domain/plan/removal.ts';
import type { PlanStatistics } from './domain/plan/statistics.ts';

/** What the platform is to hold. */
export type Wanted =
  | {
      readonly kind: 'snapshot';
      readonly snapshot: Snapshot;
      readonly csv: Source['csv'];
      /** Columns that may be missing in all files; their values are null then. @default none */
      readonly mayLack?: readonly string[];
    }
  /** The records of an older mirror. A member whose presence was uncertain there counts as invalid. */
  | { readonly kind: 'mirror'; readonly location: string }
  /** Nobody; `only`: none of these keys, and everybody else is left alone. */
  | { readonly kind: 'nobody'; readonly only?: readonly string[] };

export interface PlanInput {
  readonly wanted: Wanted;
  /** Key columns, in order. */
  readonly key: readonly string[];
  /** Columns whose values the candidates carry, in order. */
  readonly columns: readonly string[];
  /** Part of every digest: another fingerprint makes every row a candidate. */
  readonly fingerprint: string;
  readonly mirror: MirrorPointer | undefined;
  /** Parked members are candidates, too. */
  readonly retryFailed: boolean;
  /** Every good row is a candidate, whatever its digest. @default false */
  readonly full?: boolean;
}

/**
 * Finds candidates, and keeps the plan.
 * @throws SnapshotError `file-unreadable`, `columns-differ`, `column-missing`, `snapshot-changed`
 */
export interface PlanEngine {
  open(input: PlanInput): Promise<PlanSession>;
  /** How many of these keys a snapshot has. */
  find(input: SnapshotQuestion): Promise<number>;
}

export interface SnapshotQuestion extends Pick<PlanInput, 'key'> {
  readonly snapshot: Snapshot;
  readonly csv: Source['csv'];
  readonly sought: readonly string[];
}

export interface PlanSession {
  readonly statistics: PlanStatistics;
  /** Rows without a key, by object; they are no candidates. */
  readonly keyless: readonly { readonly object: string; readonly rows: number }[];
  /** In byte order of their keys, in batches; read once. */
  candidates(): AsyncIterable<readonly Candidate[]>;
  append(rows: readonly PlanRow[]): Promise<void>;
  /** Keeps removals until all rows are known. */
  propose(removals: readonly Removal[]): Promise<void>;
  /**
   * After the last row of a candidate: what was proposed, in its order, with the member who holds the identity. A
   * member is a row that was appended with an identity, or an entry of the mirror that was no candidate; where
   * several hold one, who is surely at the platform goes first.
   */
  removals(): AsyncIterable<readonly JudgedRemoval[]>;
  /** Writes what was appended as one object. */
  finish(location: string): Promise<void>;
  /** Frees memory and scratch files; always call it. */
  close(): Promise<void>;
}

export interface FoldInput {
  readonly mirror: MirrorPointer | undefined;
  readonly plan: string;
  readonly outcomes: readonly { phase: SendPhase; chunk: number; location: string }[];
  readonly retryFailed: boolean;
  /** Where the next mirror is written; undefined: the plan leaves the mirror as it is. */
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

/** What is asked of a run's log; all of it must hold. */
export interface RecordQuery {
  readonly outcome?: Outcome | undefined;
  readonly action?: LogAction | undefined;
  readonly code?: string | undefined;
  /** Any of these: a member's key as it is, and as its HMAC. */
  readonly keys?: readonly string[] | undefined;
  /** The `next` of the page before; undefined: from the beginning. */
  readonly after?: number | undefined;
  /** At least 1. */
  readonly limit: number;
}

export interface RecordPage {
  /** In byte order of their keys as logged; rows without a key last. */
  readonly records: readonly LogRecord[];
  /** Undefined: there are no more. */
  readonly next: number | undefined;
}

/** Reads sync logs. */
export interface RecordLog {
  /** `location`: in the log bucket. Undefined where there is no such object. */
  find(location: string, query: RecordQuery): Promise<RecordPage | undefined>;
}

/** The two buckets. */
export type StoreName = 'state' | 'logs';

/**
 * Takes people out of tables at rest: mirrors, plans and sync logs. An object that is gone holds nobody.
 * Everything may be repeated.
 */
export interface ScrubEngine {
  open(question: ScrubQuestion): Promise<ScrubSession>;
}

export interface ScrubQuestion {
  readonly keys: readonly string[];
  /** What the keys of logs were hashed with; undefined where none ever was. */
  readonly hashKey: Uint8Array | undefined;
}

export interface ScrubSession {
  /** The keys in every form they may stand in. */
  readonly forms: ReadonlySet<string>;
  /** How many rows of theirs each table has, of those that have any. */
  find(store: StoreName, tables: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Writes the table anew without naming them, under its name and in its order: their rows go from mirrors and plans;
   * those of logs lose their key, so that a log still agrees with its run's counts.
   * @throws PassingError `table-changes` where somebody else writes it all the time
   */
  remove(store: StoreName, table: string): Promise<void>;
  /** Frees memory and scratch files; always call it. */
  close(): Promise<void>;
}
