/**
 * start-run: takes the sync's lease, finds the newest complete snapshot, pins it with the configuration, and
 * hands over to plan-run, unless nothing can have changed.
 */
import type { Destination } from '../../shared/contracts/destination.ts';
import type { StartEvent } from '../../shared/contracts/messages.ts';
import type { Run, RunConfig, SyncState } from '../../shared/contracts/run.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import { ConfigurationError, MirrorError, summarise } from '../../shared/domain/errors.ts';
import { configurationOf, targetOf } from '../../shared/domain/run.ts';
import { type FinishPorts, finishRun } from '../../shared/flow/finish-run.ts';
import { newestSnapshot } from '../../shared/flow/newest-snapshot.ts';
import { pinConfig } from '../../shared/flow/run-config.ts';
import type {
  Clock,
  ConfigStore,
  Ids,
  OpenEntry,
  Queue,
  RunStore,
  SnapshotStore,
  StateStore,
} from '../../shared/ports.ts';

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
}

/** `run` is undefined where no run was opened: the sync is disabled. */
export interface Started {
  readonly run: string | undefined;
}

/** @throws ConfigurationError `sync-unknown` */
export async function startRun(
  ports: StartRunPorts,
  { sync: id, trigger }: StartEvent,
): Promise<Started> {
  const sync = await ports.configs.getSync(id);
  if (!sync) {
    throw new ConfigurationError(
      'sync-unknown',
      `There is no sync "${id}". Create it, or remove the schedule that names it.`,
    );
  }
  if (!sync.enabled && trigger === 'schedule') return { run: undefined };
  const entry: OpenEntry = {
    sync: id,
    run: ports.ids.next(),
    trigger,
    openedAt: ports.clock.now(),
  };
  await ports.runs.addOpen(entry);
  await openRun(ports, entry);
  return { run: entry.run };
}

/** Everything after the entry in the work list; sweep calls it again for a start that died on the way. */
export async function openRun(ports: StartRunPorts, entry: OpenEntry): Promise<void> {
  const state = await ports.runs.claimLease(entry);
  if (!state) return skipRun(ports, entry);
  const sync = await ports.configs.getSync(entry.sync);
  const run = newRun(entry, state, sync?.deadlineHours ?? 1);
  if (!(await ports.runs.createRun(run))) {
    const found = await ports.runs.getRun(entry.sync, entry.run);
    if (found?.phase === 'closed') await ports.runs.dropLease(entry.sync, entry.run);
    if (found?.phase !== 'starting') return;
  }
  try {
    await prepare(ports, run, state);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    await finishRun(ports, run, ['starting'], { status: 'failed', error: summarise(error) });
  }
}

function newRun(entry: OpenEntry, { epoch }: Pick<SyncState, 'epoch'>, deadlineHours: number): Run {
  return {
    sync: entry.sync,
    id: entry.run,
    epoch,
    trigger: entry.trigger,
    phase: 'starting',
    startedAt: entry.openedAt,
    movedAt: entry.openedAt,
    deadline: entry.openedAt + deadlineHours * 3_600_000,
    attempts: 0,
  };
}

/** Another run holds the lease: this one is recorded as skipped, and the holder is put back on the work list should it have fallen off. */
async function skipRun(ports: StartRunPorts, entry: OpenEntry): Promise<void> {
  const { openRun: holder } = await ports.runs.getState(entry.sync);
  if (holder && holder.run !== entry.run) {
    await ports.runs.addOpen({
      sync: entry.sync,
      run: holder.run,
      trigger: holder.trigger,
      openedAt: holder.startedAt,
    });
  }
  const now = ports.clock.now();
  const isRecorded = await ports.runs.createRun({
    ...newRun(entry, { epoch: 0 }, 1),
    phase: 'closed',
    status: 'skipped',
    result: {
      status: 'skipped',
      error: {
        code: 'run-open',
        message: holder
          ? `The run ${holder.run} was still open when this one was triggered; it goes on, and the next trigger starts a new run.`
          : 'A later run was opened and closed before this one came to its turn.',
      },
    },
    movedAt: now,
    closedAt: now,
  });
  // Else the run was opened by someone who came later than this look at the lease: it is theirs.
  const found = isRecorded ? undefined : await ports.runs.getRun(entry.sync, entry.run);
  if (found && found.phase !== 'closed') return;
  // Sweep may have taken the lease for this very run since, and died: the run is closed, so it needs none.
  await ports.runs.dropLease(entry.sync, entry.run);
  await ports.runs.removeOpen(entry.sync, entry.run);
}

async function prepare(ports: StartRunPorts, run: Run, state: SyncState): Promise<void> {
  const sync = await ports.configs.getSync(run.sync);
  if (!sync) throw new ConfigurationError('sync-unknown', `The sync "${run.sync}" was deleted.`);
  const config = await pinConfig(ports.state, run, {
    sync,
    destination: await destinationOf(ports, sync),
    snapshot: await newestSnapshot(ports, sync.source, state.marker),
    mirror: state.mirror,
  });
  const { snapshot } = config;
  refuseOtherTarget(config);
  const markerSeen = state.marker || snapshot.completedBy === 'marker';
  if (isUnchanged(config, state)) {
    return finishRun(ports, run, ['starting'], { status: 'unchanged' }, markerSeen);
  }
  await ports.runs.moveRun(run, ['starting'], {
    phase: 'planning',
    markerSeen,
    at: ports.clock.now(),
  });
  await ports.queue.sendPlan({ sync: run.sync, run: run.id, epoch: run.epoch });
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
  if (!mirror?.target || mirror.target === targetOf(sync, destination)) return;
  throw new ConfigurationError(
    'target-changed',
    `The sync "${sync.id}" now names another destination, audience or key than the one its ${mirror.members} members were mirrored with, so nothing was sent: they would be left behind there. Change it back, or make a new sync for the new target.`,
  );
}

const isUnchanged = ({ sync, destination, snapshot }: RunConfig, { mirror, mirrored }: SyncState) =>
  mirrored?.snapshot === snapshot.identity &&
  mirrored.configuration === configurationOf(sync, destination) &&
  (mirror?.uncertain ?? 0) === 0;
