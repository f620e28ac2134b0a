/** Runs: how they move, and how they end. */

import type { Counts } from '../../contracts/counts.ts';
import type { Destination } from '../../contracts/destination.ts';
import type { SetAside } from '../../contracts/mirror.ts';
import type { PlanReference, Run, RunPhase, RunResult, SendPhase } from '../../contracts/run.ts';
import type { PinnedTask, RunConfig } from '../../contracts/run-config.ts';
import { type RunStatus, runStatuses } from '../../contracts/run-status.ts';
import type { Sync } from '../../contracts/sync.ts';
import type { SyncState } from '../../contracts/sync-state.ts';
import { totalOf } from './counts.ts';

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

/** How a run that got to its end is called: `partial` where any member of the snapshot is not mirrored. */
export function statusOf(counts: Counts, stop: Run['stop']): RunStatus {
  if (stop) return stop.status;
  const failed =
    totalOf(counts, 'rejected') +
    totalOf(counts, 'uncertain') +
    totalOf(counts, 'unsent') +
    totalOf(counts, 'invalid') +
    counts.snapshot.invalid;
  return failed > 0 ? 'partial' : 'succeeded';
}

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

export const laneOf = (chunk: number, lanes: number): number => chunk % lanes;

/** What the end of a run leaves in the state of its sync. */
export function stateChanges(
  run: Pick<Run, 'id' | 'markerSeen' | 'closedAt' | 'task'>,
  { status, mirror, mirrored, setAside }: RunResult,
): { readonly set: Partial<SyncState>; readonly remove: readonly (keyof SyncState)[] } {
  const isMirroring = run.task.kind === 'mirror';
  const succeeded = isMirroring && runStatuses[status].isSuccess;
  const isMoved = mirror !== undefined;
  // An erasure, say, does not bring a snapshot back that was set aside.
  const isFine = isMirroring && !setAside && (isMoved || mirrored !== undefined);
  return {
    set: {
      lastRun: run.id,
      ...(mirror && { mirror }),
      ...(mirrored && { mirrored }),
      ...(setAside && { setAside }),
      ...(succeeded && run.closedAt !== undefined && { succeededAt: run.closedAt }),
      ...(run.markerSeen && { marker: true }),
    },
    remove: [
      ...(isMoved && !mirrored ? (['mirrored'] as const) : []),
      ...(isFine ? (['setAside'] as const) : []),
    ],
  };
}
