/** Guards: what stops a plan before anything of it is sent. */

import type { Counts } from '../../contracts/counts.ts';
import type { TrippedGuard } from '../../contracts/guard.ts';
import type { Run, RunResult } from '../../contracts/run.ts';
import type { PinnedTask, RunConfig } from '../../contracts/run-config.ts';
import { runStatuses } from '../../contracts/run-status.ts';
import type { Snapshot } from '../../contracts/snapshot.ts';
import type { Guards } from '../../contracts/sync.ts';
import type { RecentRun } from '../../contracts/sync-state.ts';
import { configurationOf, newestIn } from '../run/run.ts';

export interface GuardedPlan {
  readonly counts: Counts;
  /** Changes that only send again what the mirror holds: they change no member. */
  readonly repeated: number;
}

/**
 * How a run ends instead of sending; undefined where nothing stands in its way. `held`: until it is approved, or a
 * snapshot comes that is within the guards.
 */
export function guardedEnd(
  run: Pick<Run, 'id'>,
  config: RunConfig,
  plan: GuardedPlan,
  recent: readonly RecentRun[],
): RunResult | undefined {
  const { sync, destination, task } = config;
  const isNothing = plan.counts.snapshot.rows === 0 && plan.counts.mirror.before === 0;
  if (isNothing && 'snapshot' in task && task.kind !== 'erase') return nothingAtAll(task.snapshot);
  if (!isGuarded(task)) return undefined;
  const tripped = [...trippedGuards(sync.guards, plan, recent), ...olderName(task)];
  const [first] = tripped;
  if (!first) return undefined;
  return {
    status: 'held',
    error: { code: first.code, message: heldMessage(run, task, tripped) },
    setAside: {
      snapshot: newestIn(task),
      configuration: configurationOf(sync, destination),
      why: 'held',
      run: run.id,
      guards: tripped,
    },
  };
}

/** An approval waives the guards. Who empties an audience or erases a person has said so. */
const isGuarded = (task: PinnedTask): task is GuardedTask =>
  (task.kind === 'rollback' || task.kind === 'mirror') && task.approves === undefined;

type GuardedTask = Extract<PinnedTask, { kind: 'mirror' | 'rollback' }>;

/**
 * Every guard the plan trips, the gravest first; each says what sending would do, against what is allowed and what is
 * usual. `recent`: the last runs of the sync.
 */
export function trippedGuards(
  guards: Guards,
  { counts, repeated }: GuardedPlan,
  recent: readonly RecentRun[],
): TrippedGuard[] {
  const { snapshot, mirror } = counts;
  const tripped = [
    emptySnapshot(snapshot.rows, mirror.before),
    tooFewRows(snapshot.rows, guards.minimumRows),
    tooManyDeletes(counts.delete.unsent, mirror.before, guards),
    tooManyInvalid(snapshot.invalid, snapshot.rows, guards.invalidShare),
    tooManyChanges(changesToSend(counts) - repeated, mirror.before, guards.changesShare),
  ];
  return tripped.flatMap((each) => (each ? [{ ...each, ...usualOf(each.what, recent) }] : []));
}

/** An export that was repeated for a day of the past is complete last, and has not the members of today. */
function olderName(task: PinnedTask): TrippedGuard[] {
  if (task.kind !== 'mirror' || task.snapshot.overtakes === undefined) return [];
  const { bucket, overtakes } = task.snapshot;
  return [
    {
      code: 'guard-older-name',
      message: `it was completed after s3://${bucket}/${overtakes}, whose name is newer; where names tell the order, set source.newest to name`,
      what: 'newer name',
      would: 1,
      allowed: 0,
    },
  ];
}

/** An empty snapshot over members is far more often a broken export than the end of an audience. */
function emptySnapshot(rows: number, before: number): TrippedGuard | undefined {
  if (rows > 0 || before === 0) return undefined;
  return {
    code: 'guard-empty-snapshot',
    message: `it has no rows, so that all ${before} members would be removed`,
    what: 'rows',
    would: 0,
    allowed: 1,
  };
}

function tooFewRows(rows: number, minimum: number | undefined): TrippedGuard | undefined {
  if (minimum === undefined || rows >= minimum) return undefined;
  return {
    code: 'guard-minimum-rows',
    message: `it has ${rows} rows, where guards.minimumRows asks for ${minimum} at least`,
    what: 'rows',
    would: rows,
    allowed: minimum,
  };
}

function tooManyDeletes(
  deletes: number,
  before: number,
  { deletesShare, deletesAbove }: Guards,
): TrippedGuard | undefined {
  if (deletes <= deletesAbove || !isAbove(deletes, before, deletesShare)) return undefined;
  return {
    code: 'guard-deletes',
    message: `it would remove ${partOf(deletes, before, 'members')}, where guards.deletesShare allows ${percent(deletesShare)} once there are more than ${deletesAbove}`,
    what: 'removals',
    would: deletes,
    of: before,
    allowed: Math.max(deletesAbove, Math.floor(deletesShare * before)),
    allowedShare: deletesShare,
  };
}

/** A share of the snapshot, not of the mirror: so it holds for a first run, too, whose mapping is yet untried. */
function tooManyInvalid(
  invalid: number,
  rows: number,
  share: number | undefined,
): TrippedGuard | undefined {
  if (share === undefined || !isAbove(invalid, rows, share)) return undefined;
  return {
    code: 'guard-invalid',
    message: `${partOf(invalid, rows, 'rows')} are invalid, where guards.invalidShare allows ${percent(share)}`,
    what: 'invalid rows',
    would: invalid,
    of: rows,
    allowed: Math.floor(share * rows),
    allowedShare: share,
  };
}

function tooManyChanges(
  changes: number,
  before: number,
  share: number | undefined,
): TrippedGuard | undefined {
  if (share === undefined || !isAbove(changes, before, share)) return undefined;
  return {
    code: 'guard-changes',
    message: `it makes ${changes} changes over ${before} members (${percent(changes / before)}), where guards.changesShare allows ${percent(share)}`,
    what: 'changes',
    would: changes,
    of: before,
    allowed: Math.floor(share * before),
    allowedShare: share,
  };
}

/** Runs whose median is usual. */
const usualRuns = 10;

/** The median of the last runs that went through; nothing where there were none. */
function usualOf(
  what: TrippedGuard['what'],
  recent: readonly RecentRun[],
): Pick<TrippedGuard, 'usual'> {
  const figures = recent
    .filter(({ status }) => runStatuses[status].isSending)
    .flatMap((run) => figureOf(what, run) ?? [])
    .slice(-usualRuns)
    .sort((a, b) => a - b);
  const usual = figures[Math.floor((figures.length - 1) / 2)];
  return usual === undefined ? {} : { usual };
}

function figureOf(what: TrippedGuard['what'], run: RecentRun): number | undefined {
  switch (what) {
    case 'rows':
      return run.rows;
    case 'invalid rows':
      return run.invalid;
    case 'removals':
      return run.removed;
    case 'changes':
      return run.added + run.updated + run.removed;
    case 'newer name':
      return undefined;
  }
}

const changesToSend = ({ insert, reinsert, update, delete: removed }: Counts) =>
  insert.unsent + reinsert.unsent + update.unsent + removed.unsent;

/** Of nothing there is no share: that is how a first run is exempt. */
const isAbove = (part: number, whole: number, share: number) => whole > 0 && part / whole > share;

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
const partOf = (part: number, whole: number, what: string) =>
  `${part} of ${whole} ${what} (${percent(part / whole)})`;
const nameOf = ({ bucket, prefix }: Snapshot) => `The snapshot s3://${bucket}/${prefix}`;

function heldMessage(
  { id }: Pick<Run, 'id'>,
  task: GuardedTask,
  tripped: readonly TrippedGuard[],
): string {
  const [what, ifNot] =
    task.kind === 'mirror'
      ? [
          nameOf(task.snapshot),
          'mend the export: the next snapshot within the guards goes on by itself',
        ]
      : [`The rollback to the run ${task.to}`, 'cancel it'];
  return `${what} is held, and nothing was sent: ${tripped.map(({ message }) => message).join('; ')}. If that is right, approve the run ${id}; if not, ${ifNot}.`;
}

const nothingAtAll = (snapshot: Snapshot): RunResult => ({
  status: 'failed',
  error: {
    code: 'snapshot-empty',
    message: `${nameOf(snapshot)} has columns but no rows, and nothing is mirrored yet. Check the export's query and filters.`,
  },
});
