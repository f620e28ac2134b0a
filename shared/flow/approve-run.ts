/**
 * Approves a held run: one run may go on without its guards, for the very snapshot and configuration that were held.
 *
 * The held run names the run that it is approved by, in one conditional write; start-run goes on with no other. So of
 * several approvals at once all start the same run, and one that dies before its run is opened is gone on with by
 * the next. Where the approving run ended before it mirrored anything, the approval may be given anew.
 */

import type { Run } from '../contracts/run.ts';
import type { RunTask } from '../contracts/task.ts';
import { idAbove, newestRunOf } from '../domain/run/run-id.ts';
import { ConfigurationError, PassingError } from '../domain/words/errors.ts';
import type { OpenRun, RunStore } from '../ports/runs.ts';
import type { Clock, Ids } from '../ports/world.ts';

export interface ApprovePorts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Opens a run, as start-run does. */
  readonly open: (run: OpenRun) => Promise<void>;
}

/**
 * Gives the run that goes on.
 * @throws ConfigurationError `run-unknown`, `run-not-held`, `approval-outdated`; PassingError `run-open`
 */
export async function approveRun(ports: ApprovePorts, sync: string, id: string): Promise<string> {
  const { runs, clock, ids } = ports;
  const held = await runs.getRun(sync, id);
  if (!held) throw runUnknown(sync, id);
  const by = held.approvedBy ? await runs.getRun(sync, held.approvedBy) : undefined;
  if (by && by.phase !== 'closed') return by.id;
  if (held.status !== 'held') throw notHeld(held);
  const state = await runs.getState(sync);
  const { setAside, openRun, lastRun } = state;
  if (setAside?.why !== 'held' || setAside.run !== id) throw approvalOutdated(id);
  if (openRun && openRun.run !== held.approvedBy) throw stillOpen(openRun.run);
  const isLate = (lastRun ?? '') >= (held.approvedBy ?? '');
  const run =
    held.approvedBy === undefined || by || isLate
      ? idAbove(ids.next(), newestRunOf(state))
      : held.approvedBy;
  const isMine =
    run === held.approvedBy || (await runs.answerHeld(held, held.approvedBy, { approvedBy: run }));
  if (!isMine) return approveRun(ports, sync, id);
  await ports.open({
    sync,
    run,
    trigger: 'manual',
    task: approvedTask(held),
    startedAt: clock.now(),
  });
  return run;
}

/** What it was held from doing. */
function approvedTask({ id, task }: Run): RunTask {
  const isGuarded = task.kind === 'mirror' || task.kind === 'rollback';
  return isGuarded ? { ...task, approves: id } : { kind: 'mirror', approves: id };
}

const runUnknown = (sync: string, id: string) =>
  new ConfigurationError(
    'run-unknown',
    `The sync "${sync}" has no run ${id}. Take the id from the list of its runs.`,
  );

const notHeld = ({ id, status, phase }: Run) =>
  new ConfigurationError(
    'run-not-held',
    `The run ${id} is ${status ?? phase}, and only a held run can be approved. Look at the newest run, and approve that one if it is held.`,
  );

export const approvalOutdated = (id: string) =>
  new ConfigurationError(
    'approval-outdated',
    `The run ${id} is no longer what the newest snapshot would do: snapshot or configuration changed since, or it was approved before. Nothing was sent. Look at the newest run, and approve that one if it is held.`,
  );

const stillOpen = (open: string) =>
  new PassingError(
    'run-open',
    `The run ${open} is still open, and a sync has one at a time. Approve again when it has ended.`,
  );
