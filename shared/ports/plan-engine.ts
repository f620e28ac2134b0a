/** Finds what is to be looked at in a snapshot, and keeps the plan. */

import type { MirrorPointer, ObjectContent } from '../contracts/mirror.ts';
import type { Snapshot } from '../contracts/snapshot.ts';
import type { Reading } from '../contracts/sync.ts';
import type { Candidate, PlanRow } from '../domain/plan/plan.ts';
import type { ComparedRemoval, Removal } from '../domain/plan/removal.ts';
import type { PlanStatistics } from '../domain/plan/statistics.ts';

/** What the platform is to hold. */
export type Wanted =
  | {
      readonly kind: 'snapshot';
      readonly snapshot: Snapshot;
      readonly reading: Reading;
      /** Columns that may be missing in all files; their values are null then. @default none */
      readonly mayLack?: readonly string[];
    }
  /** The records of an older mirror. A member whose presence was uncertain there counts as invalid. */
  | { readonly kind: 'mirror'; readonly mirror: MirrorPointer }
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
 * Finds candidates, and keeps the plan. It reads the snapshot that was pinned and the mirror that the pointer names, and
 * nothing else: the same input gives the same candidates, in the same order. Whatever rejects leaves nothing behind but
 * scratch files, which `close` takes away; a new session begins from the start.
 * @throws StoredError where the mirror is gone, damaged or another than its pointer says
 * @throws SnapshotError `file-unreadable`, `columns-differ`, `column-missing`, `snapshot-changed`, `scratch-too-small`
 */
export interface PlanEngine {
  open(input: PlanInput): Promise<PlanSession>;
  /** How many of these keys a snapshot has. */
  find(input: SnapshotQuestion): Promise<number>;
}

export interface SnapshotQuestion extends Pick<PlanInput, 'key'> {
  readonly snapshot: Snapshot;
  readonly reading: Reading;
  readonly sought: readonly string[];
}

/** For one caller, who calls one method at a time, in this order. */
export interface PlanSession {
  /** Known once the candidates are read. */
  readonly statistics: PlanStatistics;
  /** Rows without a key, by object, once the candidates are read; they are none. */
  readonly keyless: readonly { readonly object: string; readonly rows: number }[];
  /** Columns that no file has, of those that may be missing. */
  readonly lacking: readonly string[];
  /** In byte order of their keys, in batches; read once. */
  candidates(): AsyncIterable<readonly Candidate[]>;
  /** In the order of the plan. */
  append(rows: readonly PlanRow[]): Promise<void>;
  /** Keeps removals until all rows are known. */
  propose(removals: readonly Removal[]): Promise<void>;
  /**
   * After the last row of a candidate: what was proposed, in its order, with the member who holds the identity. A
   * member is a row that was appended with an identity, or an entry of the mirror that was no candidate; where
   * several hold one, who is surely at the platform goes first.
   */
  removals(): AsyncIterable<readonly ComparedRemoval[]>;
  /**
   * Writes what was appended as one object, over what is there and seen whole or not at all; each change and refresh with the mirror's entry of its key: closing
   * needs no mirror.
   */
  finish(location: string): Promise<ObjectContent>;
  /** Frees memory and scratch files; always call it, whatever failed. Safe to repeat. */
  close(): Promise<void>;
}
