/** What outlives a run. */

import { z } from 'zod';
import { Claim } from './claim.ts';
import { ErrorSummary, ReasonCount } from './counts.ts';
import { Count, Instant } from './json.ts';
import { MirrorPointer, Outdated, SetAside } from './mirror.ts';
import { RunResult, Trigger } from './run.ts';
import { RunStatus } from './run-status.ts';
import { RunTask, usualTask } from './task.ts';

/** Who holds a sync's lease: the run that is open, and all that is needed to go on with it. */
export const Lease = z.strictObject({
  run: z.string(),
  trigger: Trigger,
  task: RunTask.default(usualTask),
  startedAt: Instant,
});

export type Lease = z.infer<typeof Lease>;

/** When what is kept of a sync was last held against its settings, and what these were. */
export const Tidied = z.strictObject({
  at: Instant,
  /** Absent: the sync was gone. */
  logRetentionDays: z.number().int().positive().optional(),
  snapshotsToRetain: Count,
});

export type Tidied = z.infer<typeof Tidied>;

/** What a run of the last ones delivered. */
export const RecentRun = z.strictObject({
  run: z.string(),
  closedAt: Instant,
  status: RunStatus,
  /** Rows of the snapshot, and those that could not be used; absent where it was not looked at. */
  rows: Count.optional(),
  invalid: Count.optional(),
  added: Count,
  updated: Count,
  removed: Count,
  /** Changes that were not delivered, and invalid rows. */
  failing: Count,
});

export type RecentRun = z.infer<typeof RecentRun>;

export const recentRuns = 20;

/** How the last run ended that was no dry run. */
export const LastEnd = z.strictObject({
  /** Absent: `lastRun`. */
  run: z.string().optional(),
  status: RunStatus,
  closedAt: Instant,
  error: ErrorSummary.optional(),
  /** When the snapshot that it was about was written. */
  snapshotAt: Instant.optional(),
});

export type LastEnd = z.infer<typeof LastEnd>;

/** What the last run that had something to send could not deliver. */
export const Undelivered = z.strictObject({
  run: z.string(),
  /** That were planned. */
  changes: Count,
  rejected: Count,
  uncertain: Count,
  unsent: Count,
  invalid: Count,
  /** Rows of the export that could not be used. */
  invalidRows: Count,
  /** The most frequent. */
  reasons: z.array(ReasonCount),
});

export type Undelivered = z.infer<typeof Undelivered>;

/** What outlives a run. */
export const SyncState = z.strictObject({
  /** Counts up with every run that holds the lease. */
  epoch: Count,
  openRun: Lease.optional(),
  /** No run starts until then, or until it is let go: the sync is being moved or removed. */
  moved: Claim.optional(),
  /** The run that held the lease last. */
  lastRun: z.string().optional(),
  lastEnd: LastEnd.optional(),
  undelivered: Undelivered.optional(),
  /** The last ones that were no dry runs, oldest first. */
  recent: z.array(RecentRun).max(recentRuns).optional(),
  mirror: MirrorPointer.optional(),
  mirrored: RunResult.shape.mirrored,
  /** When the snapshot was written that the mirror last answered for. */
  dataAt: Instant.optional(),
  /** When the newest snapshot that a run found was written, and the one before it. */
  newest: z.strictObject({ writtenAt: Instant, before: Instant.optional() }).optional(),
  setAside: SetAside.optional(),
  /** Until somebody says which is right. */
  outdated: Outdated.optional(),
  /** When the last run ended as succeeded or unchanged. */
  succeededAt: Instant.optional(),
  /** Since when the data is as it is (`dataOf` in the domain), and whether it was told that this is for too long. */
  stale: z.strictObject({ since: Instant, told: z.boolean() }).optional(),
  /** A snapshot of this sync was once complete by its marker: then `auto` asks for one for good. */
  marker: z.boolean().default(false),
  tidied: Tidied.optional(),
});

export type SyncState = z.infer<typeof SyncState>;
