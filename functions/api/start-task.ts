/** Starts a run of a sync by hand, with its entry in the audit trail. */
import type { PinnedTask } from '../../shared/contracts/run-config.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import type { RunTask } from '../../shared/contracts/task.ts';
import { pinTask } from '../../shared/flow/pin-task.ts';
import { beginRun } from '../../shared/flow/start-run.ts';
import type { Caller } from './asked.ts';
import { audited, type Change } from './audited.ts';
import type { ApiPorts } from './ports.ts';
import { type FieldProblem, notFound } from './problem.ts';
import { type RunView, runView } from './run-view.ts';

/**
 * The run as it was opened, or skipped where another is open; where there is a run of this id already, that one.
 * @throws Refusal 404 where there is no such sync
 */
export async function startTask(
  ports: ApiPorts,
  caller: Caller,
  sync: Sync,
  task: RunTask,
  run: string,
): Promise<RunView> {
  const before = await ports.runs.getRun(sync.id, run);
  if (before) return runView(before);
  const open = {
    sync: sync.id,
    run,
    trigger: 'manual' as const,
    task,
    startedAt: ports.clock.now(),
  };
  const change: Change = {
    what: 'run-started',
    kind: 'run',
    thing: `${sync.id}/${run}`,
    after: { task },
    ...(caller.onlyTries && (await foreseenOf(ports, sync, task))),
  };
  await audited(ports, caller, change, () => beginRun(ports, open));
  const opened = await ports.runs.getRun(sync.id, run);
  if (!opened) throw notFound(`run "${run}" of the sync "${sync.id}"`);
  return runView(opened);
}

/** What the start of the run would find. @throws ConfigurationError, SnapshotError as the run would end with */
async function foreseenOf(
  ports: ApiPorts,
  sync: Sync,
  task: RunTask,
): Promise<Pick<Change, 'thing' | 'members' | 'warnings'>> {
  const state = await ports.runs.getState(sync.id);
  const pinned = await pinTask(ports, task, sync, state);
  return { thing: sync.id, members: membersOf(pinned, state), warnings: openNow(sync.id, state) };
}

function membersOf(task: PinnedTask, { mirror }: SyncState): number | undefined {
  switch (task.kind) {
    case 'empty':
      return mirror?.members ?? 0;
    case 'rollback':
      return task.older.members;
    default:
      return undefined;
  }
}

const openNow = (sync: string, { openRun: lease }: SyncState): FieldProblem[] =>
  lease
    ? [
        {
          pointer: '',
          path: 'sync',
          code: 'run-open',
          message: `The run ${lease.run} of the sync "${sync}" is open: while it is, the run would be closed as skipped. Wait for its end, or cancel it.`,
        },
      ]
    : [];
