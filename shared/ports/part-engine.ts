/**
 * Plans in parts: an engine of many machines has handed over what the digests do not settle, so that each part holds all rows
 * and entries of its keys. Nothing of a part needs another; only who holds an identity is asked of all, once all are planned.
 */
import type { ObjectContent } from '../contracts/mirror.ts';
import type { RowGroup } from '../contracts/plan-parts.ts';
import type { PlanRow } from '../domain/plan/plan.ts';
import type { ComparedRemoval } from '../domain/plan/removal.ts';
import type { PlanInput, PlanSession, Wanted } from './plan-engine.ts';

export interface RowGroups {
  readonly groups: readonly RowGroup[];
  /** Columns that no file has, of those that may be missing. */
  readonly lacking: readonly string[];
}

export interface FileCount {
  /** `s3://bucket/key` */
  readonly file: string;
  readonly rows: number;
  /** Rows with a key. */
  readonly keyed: number;
}

export type FooterQuestion = Pick<PlanInput, 'key' | 'columns'> & {
  readonly wanted: Extract<Wanted, { kind: 'snapshot' }>;
};

export interface PartInput
  extends Pick<PlanInput, 'key' | 'columns' | 'fingerprint' | 'retryFailed'> {
  readonly groups: readonly RowGroup[];
  /** Objects of `rows` of this part, by group. */
  readonly rows: readonly (readonly string[])[];
  /** Objects of `entries` of this part. */
  readonly entries: readonly string[];
}

/** Of a part, the objects that are written. */
export interface PartTarget {
  readonly plan: string;
  /** What the statement `identities` compares; written where anything is proposed. */
  readonly proposals: string;
  /** Entries that the deletes of proposals are about: `key`, `was`. As `proposals`. */
  readonly leaving: string;
}

/** In the order of the methods of a `PlanSession`, but that the removals are compared with those of all parts. */
export interface PartSession
  extends Pick<PlanSession, 'statistics' | 'candidates' | 'append' | 'propose' | 'close'> {
  /** `proposed`: how many proposals there are. */
  finish(
    target: PartTarget,
  ): Promise<{ readonly content: ObjectContent; readonly proposed: number }>;
}

/** Removals of some identities, all of each. */
export interface IdentitySession {
  /** As those of a `PlanSession`, in no order. */
  removals(): AsyncIterable<readonly ComparedRemoval[]>;
  append(rows: readonly PlanRow[]): Promise<void>;
  /** Writes what was appended, of each part of the keys one object: undefined where it has none. */
  finish(locations: readonly string[]): Promise<(ObjectContent | undefined)[]>;
  close(): Promise<void>;
}

/** All may be repeated; the same input gives the same, in the same order. */
export interface PartEngine {
  /**
   * What the files of a snapshot are, by their footers alone.
   * @throws SnapshotError `file-unreadable`, `columns-differ`, `column-missing`, `snapshot-changed`, `column-unfit`
   */
  groups(question: FooterQuestion): Promise<RowGroups>;
  /** What objects of `count` say. */
  counts(objects: readonly string[]): Promise<FileCount[]>;
  /** @throws SnapshotError `key-form` where a key came under another text than ours */
  open(input: PartInput): Promise<PartSession>;
  /** @param objects of `identities`, of one part */
  openIdentities(objects: readonly string[]): Promise<IdentitySession>;
}
