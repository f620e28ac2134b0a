/** Runs: how they move, and how they end. */
import type { Destination } from '../contracts/destination.ts';
import type {
  Counts,
  PlanReference,
  Run,
  RunPhase,
  RunResult,
  RunStatus,
  SendPhase,
  SyncState,
} from '../contracts/run.ts';
import type { Sync } from '../contracts/sync.ts';
import { totalOf } from './counts.ts';

/** Same text, same configuration: every save counts a version up. */
export const configurationOf = (sync: Sync, destination: Destination): string =>
  `${sync.id}@${sync.version} to ${destination.id}@${destination.version}`;

/**
 * Where the members of a mirror are, and by what they are named. With another target the mirror says nothing of the
 * platform, and everybody at the old one would be left behind.
 */
export const targetOf = ({ audience, key }: Sync, { id }: Destination): string =>
  JSON.stringify([id, audience.id, key]);

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
  chunks.deleting + chunks.upserting + counts.refresh + totalOf(counts, 'unsent') > 0;

/** The mirror answers for snapshot and configuration only if nothing of the plan was left unsent. */
export function mirroredBy(
  counts: Counts,
  mirrored: NonNullable<RunResult['mirrored']>,
): RunResult['mirrored'] {
  return totalOf(counts, 'unsent') === 0 ? mirrored : undefined;
}

/** Chunks of a run that are queued at once on each lane; each settled one queues the next. */
export const windowPerLane = 2;

export const laneOf = (chunk: number, lanes: number): number => chunk % lanes;

/** What the end of a run leaves in the state of its sync. */
export function stateChanges(
  run: Pick<Run, 'id' | 'markerSeen' | 'closedAt'>,
  { status, mirror, mirrored, setAside }: RunResult,
): { readonly set: Partial<SyncState>; readonly remove: readonly (keyof SyncState)[] } {
  const succeeded = status === 'succeeded' || status === 'unchanged';
  const isMoved = mirror !== undefined;
  const isFine = !setAside && (isMoved || mirrored !== undefined);
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
