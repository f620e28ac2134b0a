/**
 * Opening a run: takes the sync's lease, finds the newest complete snapshot, pins it with the configuration, and
 * hands over to plan-run, unless nothing can have changed.
 */

import type { Destination } from '../contracts/destination.ts';
import type { StartEvent } from '../contracts/messages.ts';
import type { Run, RunResult } from '../contracts/run.ts';
import type { RunConfig } from '../contracts/run-config.ts';
import type { Snapshot } from '../contracts/snapshot.ts';
import type { Sync } from '../contracts/sync.ts';
import type { SyncState } from '../contracts/sync-state.ts';
import {
  configurationOf,
  fairLanes,
  newestIn,
  sendsEverything,
  targetOf,
} from '../domain/run/run.ts';
import { idAbove, newestRunOf } from '../domain/run/run-id.ts';
import { ConfigurationError, MirrorError, summarise } from '../domain/words/errors.ts';
import type { ConfigStore } from '../ports/configurations.ts';
import type { StateStore } from '../ports/objects.ts';
import type { Queue } from '../ports/queues.ts';
import type { OpenRun, RunStore } from '../ports/runs.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import type { Clock, Ids } from '../ports/world.ts';
import { approvalOutdated } from './approve-run.ts';
import { type FinishPorts, finishRun, goOnFinishing } from './finish-run.ts';
import { outdatedEnd } from './outdated-state.ts';
import { pinTask } from './pin-task.ts';
import { pinConfig } from './run-config.ts';

export interface StartRunPorts extends FinishPorts {
  readonly configs: ConfigStore;
  readonly runs: RunStore;
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly ids: Ids;
  /** SHA-256 of a text, in hex. */
  readonly digest: (text: string) => string;
  /** How many send at once; absent: as many as there is to send. */
  readonly senders?: number | undefined;
}

/** `run` is undefined where no run was opened: the sync is disabled. */
export interface Started {
  readonly run: string | undefined;
}

/** @throws ConfigurationError `sync-unknown` */
export async function startRun(
  ports: StartRunPorts,
  { sync: id, trigger, task }: StartEvent,
): Promise<Started> {
  const sync = await ports.configs.getSync(id);
  if (!sync) {
    throw new ConfigurationError(
      'sync-unknown',
      `There is no sync "${id}". Create it, or remove the schedule that names it.`,
    );
  }
  if (!sync.enabled && trigger === 'schedule') return { run: undefined };
  const run = await newRunId(ports, id);
  await beginRun(ports, { sync: id, run, trigger, task, startedAt: ports.clock.now() });
  return { run };
}

/** Above that of every run before it, whatever the clock says. @throws StoredError */
export async function newRunId(
  { runs, ids }: Pick<StartRunPorts, 'runs' | 'ids'>,
  sync: string,
): Promise<string> {
  // An id that was made before the look may be an old one after it.
  const newest = newestRunOf(await runs.getState(sync));
  return idAbove(ids.next(), newest);
}

/** Sweep calls it again for a lease whose start died on the way. */
export async function beginRun(ports: StartRunPorts, open: OpenRun): Promise<void> {
  const state = await claimLease(ports, open);
  if ('heldBy' in state) return skipRun(ports, open, state.heldBy);
  const sync = await ports.configs.getSync(open.sync);
  const run = newRun(open, state, sync?.deadlineHours ?? 1);
  if (!(await ports.runs.createRun(run))) {
    const found = await ports.runs.getRun(open.sync, open.run);
    if (found?.phase !== 'starting') return;
  }
  try {
    await prepare(ports, run, state);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    await finishRun(ports, run, ['starting'], { status: 'failed', error: summarise(error) });
  }
}

/** Looks at a lease that others take and let go of at the same moment. */
const claimTries = 10;
const moveMs = 250;

/** Undefined `heldBy`: nobody holds it by now, and a later run than this one did. */
interface Held {
  readonly heldBy: string | undefined;
}

/** A holder that is closed already is about to let go of it, and is helped. */
async function claimLease(ports: StartRunPorts, open: OpenRun): Promise<SyncState | Held> {
  const { runs } = ports;
  let heldBy: string | undefined;
  for (let tries = 0; tries < claimTries; tries++) {
    const claimed = await runs.claimLease(open);
    if (claimed) return claimed;
    const { openRun: holder, lastRun = '', moved } = await runs.getState(open.sync);
    heldBy = holder?.run;
    if (!holder && lastRun >= open.run) break;
    // The sync is being moved to another audience: the run takes it as it is afterwards.
    if (moved) await ports.clock.sleep(moveMs);
    // Let go of since the claim was refused: it is to be had.
    if (!holder) continue;
    const run = await runs.getRun(open.sync, holder.run);
    if (run?.phase !== 'closed') break;
    await goOnFinishing(ports, run);
  }
  return { heldBy };
}

function newRun(open: OpenRun, { epoch }: Pick<SyncState, 'epoch'>, deadlineHours: number): Run {
  return {
    sync: open.sync,
    id: open.run,
    epoch,
    trigger: open.trigger,
    task: open.task,
    phase: 'starting',
    startedAt: open.startedAt,
    movedAt: open.startedAt,
    deadline: open.startedAt + Math.ceil(deadlineHours * 3_600_000),
    attempts: 0,
  };
}

/** Another run holds the lease. */
async function skipRun(
  ports: StartRunPorts,
  open: OpenRun,
  heldBy: string | undefined,
): Promise<void> {
  const now = ports.clock.now();
  await ports.runs.createRun({
    ...newRun(open, { epoch: 0 }, 1),
    phase: 'closed',
    status: 'skipped',
    result: {
      status: 'skipped',
      error: {
        code: 'run-open',
        message: heldBy
          ? `The run ${heldBy} was still open when this one was triggered; it goes on, and the next trigger starts a new run.`
          : 'Another run was open when this one was triggered, and is closed by now. Start it again, or wait for the next trigger.',
      },
    },
    movedAt: now,
    closedAt: now,
  });
}

async function prepare(ports: StartRunPorts, run: Run, state: SyncState): Promise<void> {
  const sync = await ports.configs.getSync(run.sync);
  if (!sync) throw new ConfigurationError('sync-unknown', `The sync "${run.sync}" was deleted.`);
  const config = await pinConfig(ports.state, run, {
    sync,
    destination: within(await destinationOf(ports, sync), ports.senders),
    task: await pinTask(ports, run.task, sync, state),
    mirror: state.mirror,
  });
  refuseOtherTarget(config);
  await refuseOutdatedApproval(ports, run, config, state);
  const seen = seenIn(config, state);
  const idle = idleResult(run, config, state);
  if (idle && !state.outdated) return finishRun(ports, run, ['starting'], idle, seen);
  const outdated = await outdatedEnd(ports, run, config, state);
  if (outdated) return finishRun(ports, run, ['starting'], outdated, seen);
  await ports.runs.moveRun(run, ['starting'], {
    phase: 'planning',
    ...seen,
    at: ports.clock.now(),
  });
  await ports.queue.sendPlan({ sync: run.sync, run: run.id, epoch: run.epoch });
}

/** A slow destination leaves senders to others. */
const within = (destination: Destination, senders: number | undefined): Destination => ({
  ...destination,
  concurrency: fairLanes(destination.concurrency, senders),
});

/** What is known from now on. A file to adopt, say, is no snapshot of the sync. */
function seenIn({ task }: RunConfig, { marker }: SyncState) {
  if (task.kind !== 'mirror' && task.kind !== 'dry-run') return { markerSeen: marker };
  const { identity, writtenAt, completedBy } = task.snapshot;
  return {
    markerSeen: marker || completedBy === 'marker',
    snapshot: { identity, writtenAt },
  };
}

/** How a run ends that has nothing to do; undefined where there may be something. */
function idleResult({ trigger }: Run, config: RunConfig, state: SyncState): RunResult | undefined {
  const { task } = config;
  if (task.kind !== 'mirror' || sendsEverything(task, config.mirror)) return undefined;
  if (trigger === 'schedule' && isSetAside(config, state)) {
    return { status: 'skipped', error: setAsideError(task.snapshot, state.setAside) };
  }
  return isUnchanged(config, state) ? { status: 'unchanged' } : undefined;
}

/** What was held may pass with another configuration; what was rolled back from stays so. */
function isSetAside({ sync, destination, task }: RunConfig, { setAside }: SyncState): boolean {
  if (!setAside || setAside.snapshot !== newestIn(task)) return false;
  return (
    setAside.why === 'rolled-back' || setAside.configuration === configurationOf(sync, destination)
  );
}

const setAsideError = (snapshot: Snapshot, setAside: SyncState['setAside']) => ({
  code: 'snapshot-set-aside',
  message:
    setAside?.why === 'rolled-back'
      ? `The sync was rolled back from the snapshot s3://${snapshot.bucket}/${snapshot.prefix} by the run ${setAside.run}. A newer snapshot goes on by itself; a run started by hand takes this one again.`
      : `The snapshot s3://${snapshot.bucket}/${snapshot.prefix} is held since the run ${setAside?.run}. Approve that run, or export a newer snapshot.`,
});

/** An approval is for the snapshot and configuration that were held, and for the one run that it started. */
async function refuseOutdatedApproval(
  { runs }: StartRunPorts,
  run: Run,
  config: RunConfig,
  state: SyncState,
): Promise<void> {
  const { task } = run;
  if ((task.kind !== 'mirror' && task.kind !== 'rollback') || task.approves === undefined) return;
  const { setAside } = state;
  const held = await runs.getRun(run.sync, task.approves);
  const isApproved = held?.status === 'held' && held.approvedBy === run.id;
  const isHeld = setAside?.why === 'held' && setAside.run === task.approves;
  if (isApproved && isHeld && isSetAside(config, state)) return;
  throw approvalOutdated(task.approves);
}

async function destinationOf(ports: StartRunPorts, sync: Sync): Promise<Destination> {
  const destination = await ports.configs.getDestination(sync.destination);
  if (destination) return destination;
  throw new ConfigurationError(
    'destination-unknown',
    `The sync "${sync.id}" names the destination "${sync.destination}", which does not exist. Create it, or name another.`,
  );
}

/** Saving catches this; a run must not rely on it. */
function refuseOtherTarget({ sync, destination, mirror }: RunConfig): void {
  const isEmpty = !mirror?.target || mirror.members === 0;
  if (isEmpty || mirror.target === targetOf(sync, destination)) return;
  throw new ConfigurationError(
    'target-changed',
    `The sync "${sync.id}" now names another destination, audience or key than the one its ${mirror.members} members were mirrored with, so nothing was sent: they would be left behind there. Change it back, or make a new sync for the new target.`,
  );
}

const isUnchanged = (config: RunConfig, { mirror, mirrored }: SyncState) =>
  mirrored !== undefined &&
  mirrored.snapshot === newestIn(config.task) &&
  mirrored.configuration === configurationOf(config.sync, config.destination) &&
  (mirror?.uncertain ?? 0) === 0;
