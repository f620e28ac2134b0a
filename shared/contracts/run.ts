/** A run, the state of a sync between runs, and what their steps hand to one another. */
import { z } from 'zod';
import { Destination } from './destination.ts';
import { Id, Instant } from './json.ts';
import { SnapshotFormat, Sync } from './sync.ts';
import {
  AdoptTask,
  DryRunTask,
  EmptyTask,
  EraseTask,
  MirrorTask,
  RollbackTask,
  RunTask,
  usualTask,
} from './task.ts';

/** One object of a snapshot, pinned: reading it fails once its ETag is another. */
export const PinnedObject = z.strictObject({
  key: z.string(),
  etag: z.string(),
  size: z.number().int().nonnegative(),
});
export type PinnedObject = z.infer<typeof PinnedObject>;

export const Snapshot = z.strictObject({
  bucket: z.string(),
  /** The folder the objects lie in. */
  prefix: z.string(),
  format: SnapshotFormat,
  completedBy: z.enum(['marker', 'settled']),
  /** When its newest object was written. */
  writtenAt: Instant,
  /** In byte order of their keys. */
  objects: z.array(PinnedObject),
  /** SHA-256 over keys and ETags: two snapshots with the same identity are the same. */
  identity: z.string(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Which snapshot it was, and how old. */
export const SnapshotName = Snapshot.pick({ identity: true, writtenAt: true });
export type SnapshotName = z.infer<typeof SnapshotName>;

/** Where the mirror is, and what is known of it without reading it. */
export const MirrorPointer = z.strictObject({
  /** Object key in the state bucket. */
  location: z.string(),
  epoch: z.number().int().positive(),
  /** Where its members are, and by what they are named: `targetOf` in the domain. */
  target: z.string().optional(),
  members: z.number().int().nonnegative(),
  /** Members whose record or presence at the platform is not certain and is to be sent again. */
  uncertain: z.number().int().nonnegative(),
});
export type MirrorPointer = z.infer<typeof MirrorPointer>;

export const Trigger = z.enum(['schedule', 'manual']);
export type Trigger = z.infer<typeof Trigger>;

/** What became of a change. */
export const Outcome = z.enum(['delivered', 'rejected', 'uncertain', 'unsent', 'invalid']);
export type Outcome = z.infer<typeof Outcome>;
export const outcomes = Outcome.options;

const count = z.number().int().nonnegative();
const byOutcome = z.strictObject({
  delivered: count,
  rejected: count,
  uncertain: count,
  unsent: count,
  invalid: count,
});

/** The run's account; `imbalances` in the domain states its equations. */
export const Counts = z.strictObject({
  snapshot: z.strictObject({
    rows: count,
    /** Rows identical to one already counted. */
    duplicate: count,
    /** Rows without a key, rows that contradict another of their key, rows whose record is refused. */
    invalid: count,
    /** Keys with one good row. */
    members: count,
  }),
  mirror: z.strictObject({
    before: count,
    /** Kept as they were: their row is invalid, or the run's task leaves them alone. */
    kept: count,
    after: count,
    uncertain: count,
  }),
  unchanged: count,
  refresh: count,
  /** Taken into the mirror from a file of what the platform holds. */
  adopted: count.optional(),
  /** Of keys new to the mirror. */
  insert: byOutcome,
  /** Inserts of keys the mirror holds: their presence at the platform was uncertain, or their identity changed. */
  reinsert: byOutcome,
  update: byOutcome,
  delete: byOutcome,
});
export type Counts = z.infer<typeof Counts>;

/** What went over the wire. */
export const Sent = z.strictObject({
  /** All that went out, repetitions among them. */
  requests: count,
  /** Repetitions of an earlier request. */
  retries: count,
  /** Of the bodies, before they are compressed. */
  bytes: count,
});
export type Sent = z.infer<typeof Sent>;

/** Rows or changes that failed for one reason. */
export const ReasonCount = z.strictObject({
  code: z.string(),
  reason: z.string(),
  count,
});
export type ReasonCount = z.infer<typeof ReasonCount>;

export const ErrorSummary = z.strictObject({ code: z.string(), message: z.string() });

export const RunStatus = z.enum([
  'succeeded',
  'partial',
  'failed',
  'held',
  'unchanged',
  'cancelled',
  'skipped',
]);
export type RunStatus = z.infer<typeof RunStatus>;

/** A snapshot that the schedule passes over, until there is a newer one or somebody says otherwise. */
export const SetAside = z.strictObject({
  snapshot: z.string(),
  configuration: z.string(),
  /** Why, and the run that found it so. */
  why: z.enum(['held', 'rolled-back']),
  run: z.string(),
});
export type SetAside = z.infer<typeof SetAside>;

/** What a run ends with; recorded before the lease is freed, so that whoever goes on frees it with the same. */
export const RunResult = z.strictObject({
  status: RunStatus,
  error: ErrorSummary.optional(),
  counts: Counts.optional(),
  /** The most frequent failures, at most 10. */
  reasons: z.array(ReasonCount).optional(),
  /** The next mirror; absent where the mirror stays as it is. */
  mirror: MirrorPointer.optional(),
  /** Snapshot and configuration the mirror now answers for; absent where the run did not get that far. */
  mirrored: z.strictObject({ snapshot: z.string(), configuration: z.string() }).optional(),
  setAside: SetAside.optional(),
  /** As far as senders could record it; absent where nothing was planned to be sent. */
  sent: Sent.optional(),
  /** The sync log as it was written; absent where the run ended without one, or only counts are kept. */
  log: z.strictObject({ rows: count, retainDays: z.number().int().positive() }).optional(),
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

/** Someone is at work on it until then; after that nobody can be. */
export const Claim = z.strictObject({ by: z.string(), until: Instant });
export type Claim = z.infer<typeof Claim>;

/** The plan that counts: each attempt at planning writes below its own prefix, and one is chosen. */
export const PlanReference = z.strictObject({
  attempt: z.string(),
  chunks: z.strictObject({ deleting: count, upserting: count }),
  counts: Counts,
});
export type PlanReference = z.infer<typeof PlanReference>;

export const Run = z.strictObject({
  sync: Id,
  id: z.string(),
  epoch: z.number().int().nonnegative(),
  trigger: Trigger,
  task: RunTask.default(usualTask),
  phase: RunPhase,
  startedAt: Instant,
  /** When the run entered its phase. */
  movedAt: Instant,
  /** When it is closed with what it has. */
  deadline: Instant,
  /** Times it was tried to do this phase's one step (planning, closing). */
  attempts: count,
  claim: Claim.optional(),
  /** The snapshot it is about. */
  snapshot: SnapshotName.optional(),
  plan: PlanReference.optional(),
  /** Records a request of an action may hold, where the platform answered 413 to more. */
  batchLimits: z
    .partialRecord(z.enum(['insert', 'update', 'delete']), z.number().int().positive())
    .optional(),
  /** Why it closes before everything is sent. */
  stop: z.strictObject({ status: RunStatus, error: ErrorSummary.optional() }).optional(),
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
  snapshotsToRetain: count,
});
export type Tidied = z.infer<typeof Tidied>;

/** What outlives a run. */
export const SyncState = z.strictObject({
  /** Counts up with every run that holds the lease. */
  epoch: count,
  openRun: Lease.optional(),
  /** The run that held the lease last. */
  lastRun: z.string().optional(),
  mirror: MirrorPointer.optional(),
  mirrored: RunResult.shape.mirrored,
  setAside: SetAside.optional(),
  /** When the last run ended as succeeded or unchanged. */
  succeededAt: Instant.optional(),
  /** Since when no run succeeded, and whether that was told: kept while `since` is the last success, or there is none. */
  stale: z.strictObject({ since: Instant, told: z.boolean() }).optional(),
  /** A snapshot of this sync was once complete by its marker: then `auto` asks for one for good. */
  marker: z.boolean().default(false),
  tidied: Tidied.optional(),
});
export type SyncState = z.infer<typeof SyncState>;

/** The run's task with what it is to make the platform equal to, as that was found at the start. */
export const PinnedTask = z.discriminatedUnion('kind', [
  MirrorTask.extend({ snapshot: Snapshot }),
  DryRunTask.extend({ snapshot: Snapshot }),
  /** `snapshot`: the files to adopt. */
  AdoptTask.extend({ snapshot: Snapshot }),
  RollbackTask.extend({
    older: MirrorPointer,
    /** Identity of the newest snapshot: it is set aside. Absent where none is known. */
    newest: z.string().optional(),
  }),
  EmptyTask,
  /** `snapshot`: the newest complete one, to be looked through for them. */
  EraseTask.extend({ snapshot: Snapshot.optional() }),
]);
export type PinnedTask = z.infer<typeof PinnedTask>;

/** Everything a run goes by, pinned at its start: later edits reach the next run. */
export const RunConfig = z.strictObject({
  sync: Sync,
  destination: Destination,
  task: PinnedTask,
  mirror: MirrorPointer.optional(),
});
export type RunConfig = z.infer<typeof RunConfig>;

/** A chunk that is not settled. */
export const PendingChunk = z.strictObject({
  phase: SendPhase,
  chunk: count,
  /** Changes in it. */
  changes: z.number().int().positive(),
  /** Times a sender took it. */
  tries: count,
  /** Every sender so far stored all it knew before it let go: what has no answer was never sent. */
  clean: z.boolean(),
  claim: Claim.optional(),
  /** The platform asked to be left alone until then. */
  waitUntil: Instant.optional(),
});
export type PendingChunk = z.infer<typeof PendingChunk>;

/** A destination's sending is paused; `probes`: how many found it still silent. */
export const Circuit = z.strictObject({ openUntil: Instant, probes: count });
export type Circuit = z.infer<typeof Circuit>;
