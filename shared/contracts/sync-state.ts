/** What outlives a run. */

import { z } from 'zod';
import { Claim } from './claim.ts';
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

/** What outlives a run. */
export const SyncState = z.strictObject({
  /** Counts up with every run that holds the lease. */
  epoch: Count,
  openRun: Lease.optional(),
  /** No run starts until then, or until it is let go: the sync is being moved or removed. */
  moved: Claim.optional(),
  /** The run that held the lease last. */
  lastRun: z.string().optional(),
  /** How it ended. */
  lastEnd: z
    .strictObject({
      status: RunStatus,
      closedAt: Instant,
      /** Changes that were not delivered, and invalid rows; absent where nothing was planned. */
      failing: Count.optional(),
      /** When the snapshot that it was about was written. */
      snapshotAt: Instant.optional(),
    })
    .optional(),
  mirror: MirrorPointer.optional(),
  mirrored: RunResult.shape.mirrored,
  setAside: SetAside.optional(),
  /** Until somebody says which is right. */
  outdated: Outdated.optional(),
  /** When the last run ended as succeeded or unchanged. */
  succeededAt: Instant.optional(),
  /** Since when no run succeeded, and whether that was told: kept while `since` is the last success, or there is none. */
  stale: z.strictObject({ since: Instant, told: z.boolean() }).optional(),
  /** A snapshot of this sync was once complete by its marker: then `auto` asks for one for good. */
  marker: z.boolean().default(false),
  tidied: Tidied.optional(),
});

export type SyncState = z.infer<typeof SyncState>;
