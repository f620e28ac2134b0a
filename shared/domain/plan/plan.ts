/** The plan: what each key of snapshot and mirror asks for. */

import type { JsonValue } from '../../contracts/json.ts';
import type { ChangeAction } from '../../contracts/plan.ts';
import type { SendPhase } from '../../contracts/run.ts';
import type { Fault } from '../words/problem.ts';
import type { MirrorEntry } from './mirror.ts';

/** A row of the snapshot as read: the values of the sync's columns, and their digest. */
export interface SnapshotRow {
  readonly values: readonly JsonValue[];
  readonly digest: Digest;
}

/** 64 bits, as the decimal digits of an unsigned number. */
export type Digest = string;

/** The record of an older mirror. */
export interface MirroredRow extends Pick<SnapshotRow, 'digest'> {
  readonly record: string;
}

/**
 * A key the digests could not settle. `row` undefined: the key is not wanted. `conflict`: the number of rows that
 * contradict each other under this key. `doubtful`: whether an older mirror wanted it is not known.
 */
export interface Candidate {
  readonly key: string;
  readonly row:
    | SnapshotRow
    | MirroredRow
    | { readonly conflict: number }
    | { readonly doubtful: true }
    | undefined;
  readonly mirror: MirrorEntry | undefined;
}

/** Changes the mirror, and nothing at the platform. */
interface Unsent<Kind> {
  readonly kind: Kind;
  readonly key: string;
  readonly digest: Digest;
  readonly record: string;
  readonly identity?: string | undefined;
}

/** One row of the plan. */
export type PlanRow =
  | {
      readonly kind: 'change';
      readonly key: string;
      readonly action: ChangeAction;
      /** Undefined on a delete: the mirror's stays. */
      readonly digest: Digest | undefined;
      readonly record: string;
      /** By which the platform knows the record; undefined on a delete, and where the sync names no identity. */
      readonly identity?: string | undefined;
      readonly place: Place;
    }
  | {
      /** One more record that the key's change takes away: the change is delivered when this is, too. */
      readonly kind: 'removal';
      readonly key: string;
      readonly place: ChunkPlace | Fault;
    }
  | Unsent<'refresh'>
  /** The mirror lacks the key, and the platform is known to hold the record, under these ids where they are known. */
  | (Unsent<'adopt'> & { readonly ids?: readonly string[] | undefined })
  | {
      readonly kind: 'invalid';
      /** Null: the row has none. */
      readonly key: string | null;
      readonly rows: number;
      /** The object the row stands in, where that is known. */
      readonly object: string | null;
      readonly fault: Fault;
      /** Of the mirror's entry, which stays. */
      readonly identity?: string | undefined;
    };

export interface ChunkPlace {
  readonly phase: SendPhase;
  readonly chunk: number;
  readonly position: number;
}

/**
 * Where the line that decides a change's outcome stands, or why it is never sent. `held`: another member answers
 * for it, who is at the platform already, so nothing is sent and it counts as delivered.
 */
export type Place = ChunkPlace | Fault | 'held';

/** All deletes settle before the first upsert is queued. */
export const phaseOf = (action: ChangeAction): SendPhase =>
  action === 'delete' ? 'deleting' : 'upserting';

/** The member's change; `refresh` and `adopt` send nothing. */
export type Decision = ChangeAction | 'refresh' | 'adopt';

/** How a run decides. */
export interface PlanRules {
  /** Send again what was refused. */
  readonly retryFailed: boolean;
  /** `everything`: whatever the mirror says. `nothing`: the rows are what the platform holds already. */
  readonly sends: 'differences' | 'everything' | 'nothing';
  /** Changes that the first chunk of each phase holds at most. @default as all others */
  readonly canary?: number | undefined;
}

/**
 * What a good row asks for. `same`: the new record sends what the mirror's record sent, and has its identity.
 * A key that may be absent is added again; one that is there, with whatever record, is updated.
 */
export function decide(
  mirror: MirrorEntry | undefined,
  same: boolean,
  { retryFailed, sends }: PlanRules,
): Exclude<Decision, 'delete'> {
  if (!mirror) return sends === 'nothing' ? 'adopt' : 'insert';
  const isSettled = mirror.state === 'certain' || (mirror.parked && !retryFailed);
  if (same && isSettled && sends === 'differences') return 'refresh';
  return mirror.state === 'maybe' ? 'insert' : 'update';
}
