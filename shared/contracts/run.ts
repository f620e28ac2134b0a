/** A run: its phases, its plan, and what it ends with. */
import { z } from 'zod';
import { Trouble } from './circuit.ts';
import { Claim } from './claim.ts';
import { Counts, ErrorSummary, ReasonCount, Sent } from './counts.ts';
import { Count, Id, Instant } from './json.ts';
import { MirrorPointer, ObjectContent, Outdated, SetAside } from './mirror.ts';
import { RunStatus } from './run-status.ts';
import { SnapshotName } from './snapshot.ts';
import { RunTask, usualTask } from './task.ts';

export const Trigger = z.enum(['schedule', 'manual']);

export type Trigger = z.infer<typeof Trigger>;

/** What a run ends with; recorded before the lease is freed, so that whoever goes on frees it with the same. */
export const RunResult = z.strictObject({
  status: RunStatus,
  error: ErrorSummary.optional(),
  counts: Counts.optional(),
  /** The most frequent failures, at most 10. */
  reasons: z.array(ReasonCount).optional(),
  /** What went out otherwise than the export has it, though nothing failed; most frequent first, at most 10. */
  warnings: z.array(ReasonCount).optional(),
  /** The next mirror; absent where the mirror stays as it is. */
  mirror: MirrorPointer.optional(),
  /** Snapshot and configuration the mirror now answers for; absent where the run did not get that far. */
  mirrored: z.strictObject({ snapshot: z.string(), configuration: z.string() }).optional(),
  setAside: SetAside.optional(),
  /** Found at its start: then it is held. */
  outdated: Outdated.optional(),
  /** As far as senders could record it; absent where nothing was planned to be sent. */
  sent: Sent.optional(),
  /** The sync log as it was written; absent where the run ended without one, or only counts are kept. */
  log: z.strictObject({ rows: Count, retainDays: z.number().int().positive() }).optional(),
});

export type RunResult = z.infer<typeof RunResult>;

/**
 * starting → planning → deleting → upserting → closing → closed. A run may leave any of them for `closed` (nothing
 * was sent) and the two sending phases for `closing` (stop, cancel, deadline).
 */
export const RunPhase = z.enum([
  'starting',
  'planning',
  'deleting',
  'upserting',
  'closing',
  'closed',
]);

export type RunPhase = z.infer<typeof RunPhase>;

export const SendPhase = z.enum(['deleting', 'upserting']);

export type SendPhase = z.infer<typeof SendPhase>;

/** The plan that counts: each attempt at planning writes below its own prefix, and one is chosen. */
export const PlanReference = z.strictObject({
  attempt: z.string(),
  chunks: z.strictObject({ deleting: Count, upserting: Count }),
  /** That its chunks make, where none is repeated or cut in halves. */
  requests: z.strictObject({ deleting: Count, upserting: Count }).optional(),
  counts: Counts,
  /** Of the plan's object, which is held against it when it is read. */
  content: ObjectContent.optional(),
  /** What it was made against, where that was not the mirror of the run's configuration. */
  mirror: MirrorPointer.optional(),
  /** Of planning. */
  warnings: z.array(ReasonCount).optional(),
});

export type PlanReference = z.infer<typeof PlanReference>;

/** The platform makes the run wait. */
export const Waiting = Trouble.extend({
  /** When it is tried again. */
  nextAt: Instant,
  /** When the platform took something again; absent while the run waits. */
  overAt: Instant.optional(),
  /** When it was told of by an alert. */
  toldAt: Instant.optional(),
});

export type Waiting = z.infer<typeof Waiting>;

export const Run = z.strictObject({
  sync: Id,
  id: z.string(),
  epoch: Count,
  trigger: Trigger,
  task: RunTask.default(usualTask),
  phase: RunPhase,
  startedAt: Instant,
  /** When the run entered its phase. */
  movedAt: Instant,
  /** When it is closed with what it has. */
  deadline: Instant,
  /** Times it was tried to do this phase's one step (planning, closing). */
  attempts: Count,
  claim: Claim.optional(),
  /** The snapshot it is about. */
  snapshot: SnapshotName.optional(),
  plan: PlanReference.optional(),
  /** Records a request of an action may hold, where the platform answered 413 to more. */
  batchLimits: z
    .partialRecord(z.enum(['insert', 'update', 'delete']), z.number().int().positive())
    .optional(),
  /** The platform answered a request of it with 2xx. */
  accepted: z.boolean().optional(),
  /** Of sending. */
  warnings: z.array(ReasonCount).optional(),
  /** What it waits for, or waited for last. */
  waiting: Waiting.optional(),
  /** Why it closes before everything is sent. */
  stop: z
    .strictObject({
      status: RunStatus,
      error: ErrorSummary.optional(),
      /** Whoever cancelled it does not wait for its plan: what it may have touched is uncertain. */
      abandon: z.literal(true).optional(),
    })
    .optional(),
  result: RunResult.optional(),
  /** Its snapshot was complete by a marker. */
  markerSeen: z.boolean().optional(),
  /** From the result, once closed. A held run that is cancelled is called so from then on. */
  status: RunStatus.optional(),
  /** Of a held run: the run that may go on without its guards. */
  approvedBy: z.string().optional(),
  /** When it entered each phase. */
  planningAt: Instant.optional(),
  deletingAt: Instant.optional(),
  upsertingAt: Instant.optional(),
  closingAt: Instant.optional(),
  closedAt: Instant.optional(),
});

export type Run = z.infer<typeof Run>;
