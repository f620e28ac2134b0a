/** Runs: how they move, and how they end. */

import type { Counts, ReasonCount } from '../../contracts/counts.ts';
import type { Destination } from '../../contracts/destination.ts';
import type { MirrorPointer, SetAside } from '../../contracts/mirror.ts';
import type { PlanReference, Run, RunPhase, RunResult, SendPhase } from '../../contracts/run.ts';
import type { PinnedTask, RunConfig } from '../../contracts/run-config.ts';
import { type RunStatus, runStatuses } from '../../contracts/run-status.ts';
import type { Sync } from '../../contracts/sync.ts';
import { type RecentRun, recentRuns, type SyncState } from '../../contracts/sync-state.ts';
import type { RunTask } from '../../contracts/task.ts';
import { capped } from '../words/capped.ts';
import { changesOf, failingIn, totalOf, undeliveredIn } from './counts.ts';

/** Same text, same configuration: every save counts a version up. */
export const configurationOf = (sync: Sync, destination: Destination): string =>
  `${sync.id}@${sync.version} to ${destination.id}@${destination.version}`;

/**
 * Where the members of a mirror are, and by what they are named. With another target the mirror says nothing of the
 * platform, and everybody at the old one would be left behind.
 */
export const targetOf = ({ audience, key }: Sync, { id }: Pick<Destination, 'id'>): string =>
  JSON.stringify([id, audience.id, key]);

/** Identity of the newest snapshot, as the run found it; empty where it found none, or did not look. */
export function newestIn(task: PinnedTask): string {
  switch (task.kind) {
    case 'mirror':
    case 'dry-run':
      return task.snapshot.identity;
    case 'rollback':
      return task.newest ?? '';
    case 'adopt':
    case 'empty':
    case 'erase':
      return '';
  }
}

/** What the mirror answers for when the run ends well; undefined where that is no snapshot. */
export function aimOf({ task, sync, destination }: RunConfig): RunResult['mirrored'] {
  if (task.kind !== 'mirror') return undefined;
  return {
    snapshot: task.snapshot.identity,
    configuration: configurationOf(sync, destination),
  };
}

/** Whatever the mirror says, every member of what the platform is to hold is sent. */
export const sendsEverything = (
  task: RunTask | PinnedTask,
  mirror: Pick<MirrorPointer, 'resend'> | undefined,
): boolean =>
  ('full' in task && task.full === true) ||
  ((task.kind === 'mirror' || task.kind === 'rollback') && mirror?.resend === true);

/** What a rollback sets aside, so that the schedule does not bring it back. */
export function rolledBackFrom(
  { task, sync, destination }: RunConfig,
  run: string,
): SetAside | undefined {
  if (task.kind !== 'rollback' || task.newest === undefined) return undefined;
  const configuration = configurationOf(sync, destination);
  return { snapshot: task.newest, configuration, why: 'rolled-back', run };
}

/** The phase after all chunks of one are settled. */
export function phaseAfter(
  phase: SendPhase,
  chunks: Readonly<Record<SendPhase, number>>,
): RunPhase {
  return phase === 'deleting' && chunks.upserting > 0 ? 'upserting' : 'closing';
}

/** The phase after planning. */
export function firstPhase(chunks: Readonly<Record<SendPhase, number>>): RunPhase {
  if (chunks.deleting > 0) return 'deleting';
  return chunks.upserting > 0 ? 'upserting' : 'closing';
}

/**
 * How a run that got to its end is called. `failed` where the platform took nothing of what it should; `partial` where it
 * did not take some, above the share that the sync puts up with. Rows that the export alone is to blame for are a
 * warning, and the guard's.
 */
export function statusOf(
  counts: Counts,
  stop: Run['stop'],
  { partialShare }: Pick<Sync, 'partialShare'>,
): RunStatus {
  const refused = totalOf(counts, 'rejected') + totalOf(counts, 'uncertain');
  const left = totalOf(counts, 'unsent') + totalOf(counts, 'invalid');
  const isNothing = totalOf(counts, 'delivered') === 0 && refused + left > 0;
  if (stop) return stop.status === 'partial' && isNothing ? 'failed' : stop.status;
  if (isNothing && refused > 0) return 'failed';
  return left > 0 || refused > partialShare * changesOf(counts) ? 'partial' : 'succeeded';
}

/** Why a run of which the platform took nothing is called failed. */
export function nothingAccepted(counts: Counts, reasons: readonly ReasonCount[]) {
  const changes = changesOf(counts);
  const [first] = reasons;
  const most = first ? ` The most frequent reason is ${first.code} (${first.count} times).` : '';
  return {
    code: 'nothing-accepted',
    message: `The platform took none of the ${changes} changes of this run.${most} The run's reasons and records say what it answered; mend that, and the next run sends them again.`,
  };
}

/** What went well and is still worth a look: `warnings`, and the rows of the export that could not be used. */
export function warningsOfEnd(counts: Counts, warnings: readonly ReasonCount[]): ReasonCount[] {
  const { invalid } = counts.snapshot;
  return invalid === 0 ? [...warnings] : [...warnings, { ...rowsInvalid, count: invalid }];
}

const rowsInvalid = {
  code: 'rows-invalid',
  reason:
    "Rows of the export could not be used, and their members stay as the platform has them. The run's reasons say why; guards.invalidShare holds a run that has too many.",
};

/** False: nothing of the plan touches the mirror. It may still have rows and changes that are invalid. */
export const movesMirror = ({ chunks, counts }: PlanReference): boolean =>
  chunks.deleting +
    chunks.upserting +
    counts.refresh +
    (counts.adopted ?? 0) +
    totalOf(counts, 'unsent') >
  0;

/** The mirror answers for snapshot and configuration only if nothing of the plan was left unsent. */
export function mirroredBy(counts: Counts, mirrored: RunResult['mirrored']): RunResult['mirrored'] {
  return totalOf(counts, 'unsent') === 0 ? mirrored : undefined;
}

/** Chunks of a run that are queued at once on each lane; each settled one queues the next. */
export const windowPerLane = 2;

/**
 * Lanes that one destination gets where so many senders run at once: a quarter of them is left to others, however slowly it
 * answers.
 */
export const fairLanes = (concurrency: number, senders = Number.POSITIVE_INFINITY): number =>
  Math.min(concurrency, Math.max(1, Math.floor(senders * 0.75)));

export const laneOf = (chunk: number, lanes: number): number => chunk % lanes;

/** What the end of a run leaves in the state of its sync, which was as `before`. */
export function stateChanges(
  run: EndedRun,
  result: RunResult,
  before: Pick<SyncState, 'recent' | 'newest'>,
): { readonly set: Partial<SyncState>; readonly remove: readonly (keyof SyncState)[] } {
  const { status, mirror, mirrored, setAside, outdated } = result;
  const isMirroring = run.task.kind === 'mirror';
  const succeeded = isMirroring && runStatuses[status].isSuccess;
  const isMoved = mirror !== undefined;
  // An erasure, say, does not bring a snapshot back that was set aside.
  const isFine = isMirroring && !setAside && (isMoved || mirrored !== undefined);
  const isOther = isMoved && !isMirroring && run.task.kind !== 'erase';
  return {
    set: {
      lastRun: run.id,
      ...endChanges(run, result, before),
      ...(run.snapshot && newestChanges(run.snapshot.writtenAt, before)),
      ...(mirror && { mirror }),
      ...(mirrored && { mirrored }),
      ...(mirrored && isMirroring && run.snapshot && { dataAt: run.snapshot.writtenAt }),
      ...(setAside && { setAside }),
      // From here on epochs are above every object's again.
      ...(outdated && { outdated, epoch: Math.max(run.epoch, outdated.newest) }),
      ...(succeeded && run.closedAt !== undefined && { succeededAt: run.closedAt }),
      ...(run.markerSeen && { marker: true }),
    },
    remove: [
      ...(isMoved && !mirrored ? (['mirrored'] as const) : []),
      ...(isOther ? (['dataAt'] as const) : []),
      ...(isMoved || mirrored ? (['outdated'] as const) : []),
      ...(isFine ? (['setAside'] as const) : []),
    ],
  };
}

type EndedRun = Pick<Run, 'epoch' | 'id' | 'markerSeen' | 'closedAt' | 'task' | 'snapshot'>;

/** Reasons that stand with the sync. */
const reasonsKept = 3;

/** Of a dry run nothing: it says what would be. */
function endChanges(
  run: EndedRun,
  result: RunResult,
  { recent = [] }: Pick<SyncState, 'recent'>,
): Pick<SyncState, 'lastEnd' | 'recent' | 'undelivered'> {
  const { id, closedAt, snapshot, task } = run;
  const { status, error, counts, reasons = [] } = result;
  if (closedAt === undefined || task.kind === 'dry-run') return {};
  return {
    lastEnd: {
      run: id,
      status,
      closedAt,
      ...(error && { error: { ...error, message: capped(error.message, mostOfError) } }),
      ...(snapshot && { snapshotAt: snapshot.writtenAt }),
    },
    ...(counts &&
      runStatuses[status].isSending && {
        undelivered: {
          run: id,
          changes: changesOf(counts),
          ...undeliveredIn(counts),
          invalidRows: counts.snapshot.invalid,
          reasons: reasons.slice(0, reasonsKept),
        },
      }),
    recent: [...recent.slice(1 - recentRuns), recentOf(id, closedAt, result)],
  };
}

const recentOf = (run: string, closedAt: number, { status, counts }: RunResult): RecentRun => ({
  run,
  closedAt,
  status,
  ...(counts && { rows: counts.snapshot.rows, invalid: counts.snapshot.invalid }),
  added: counts ? counts.insert.delivered + counts.reinsert.delivered : 0,
  updated: counts?.update.delivered ?? 0,
  removed: counts?.delete.delivered ?? 0,
  failing: counts ? failingIn(counts) : 0,
});

const mostOfError = 1_000;

function newestChanges(
  writtenAt: number,
  { newest }: Pick<SyncState, 'newest'>,
): Pick<SyncState, 'newest'> {
  if (newest?.writtenAt === writtenAt) return {};
  return { newest: { writtenAt, ...(newest && { before: newest.writtenAt }) } };
}
