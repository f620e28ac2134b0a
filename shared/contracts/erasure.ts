/** An erasure: members are removed from the platform, and from everything we keep of them. */

import { z } from 'zod';
import { Counts, ErrorSummary, ReasonCount } from './counts.ts';
import { Id, Instant } from './json.ts';

const count = z.number().int().nonnegative();

/** One object, deleted when the erasure is over: the only place where it names anybody. */
export const ErasureRequest = z.strictObject({
  sync: Id,
  id: z.string(),
  /** The texts of the key columns, in order, of each member. */
  keys: z.array(z.array(z.string().min(1)).min(1)).min(1),
  /** Go on though the newest snapshot has them, so that the next run adds them again. */
  evenIfInSnapshot: z.boolean(),
  requestedAt: Instant,
});
export type ErasureRequest = z.infer<typeof ErasureRequest>;

/** What members are erased from. */
export const erasedKinds = ['mirrors', 'plans', 'chunks', 'reports', 'logs', 'examples'] as const;
export const ErasedKind = z.enum(erasedKinds);
export type ErasedKind = z.infer<typeof ErasedKind>;

/** Objects they stood in. Dry-run reports are deleted unread, so that all of them count. */
export const Found = z.record(ErasedKind, count);
export type Found = z.infer<typeof Found>;

export const foundNowhere = (): Found => ({
  mirrors: 0,
  plans: 0,
  chunks: 0,
  reports: 0,
  logs: 0,
  examples: 0,
});

/**
 * - `waiting`: for a run, or for the platform to take the deletes.
 * - `done`: the platform took them, or nothing was to be sent; and nothing we keep names the members.
 * - `refused`: they stand in the newest snapshot. Nothing was sent or changed.
 * - `cancelled`: its run was, or the sync is gone.
 */
export const ErasureState = z.enum(['waiting', 'done', 'refused', 'cancelled']);
export type ErasureState = z.infer<typeof ErasureState>;

/** What there is to show of an erasure. It names nobody. */
export const ErasureReceipt = z.strictObject({
  sync: Id,
  id: z.string(),
  requestedAt: Instant,
  /** Members to be erased. */
  members: count,
  state: ErasureState,
  /** Runs that were started for it. */
  tries: count,
  /** The last of them. */
  run: z.string().optional(),
  triedAt: Instant.optional(),
  /** Why it waits, was refused, or what it could not do. */
  error: ErrorSummary.optional(),
  /** Of the members, those that stood in the newest snapshot; absent where none could be read. */
  inSnapshot: count.optional(),
  /** Of their records, those not removed from the platform, because a member who stays has the same identity. */
  shared: count.optional(),
  /** What became of the deletes; of members the mirror did not hold there is none. */
  deletes: Counts.shape.delete.optional(),
  /** Why deletes failed, in the platform's words or ours. */
  reasons: z.array(ReasonCount).optional(),
  found: Found.optional(),
  /** Objects that nobody could read any more, so that they may have named the members: they were deleted whole. */
  unreadable: z.array(z.string()).optional(),
  endedAt: Instant.optional(),
});
export type ErasureReceipt = z.infer<typeof ErasureReceipt>;

/** How far taking the members out of everything is: the same pass goes on after it. */
export const ScrubProgress = z.strictObject({
  /** All objects of the stages before this one are done. */
  stage: count,
  /** And of this stage all up to this one. */
  after: z.string(),
  found: Found,
  /** Objects in which they were found, that may not be done yet. */
  open: z.array(z.string()),
  /** They were found in logs since these were last begun with. */
  inLogs: z.boolean(),
  /** Objects that can't be read; they are deleted. */
  unreadable: z.array(z.string()),
});
export type ScrubProgress = z.infer<typeof ScrubProgress>;
