/** What a run goes by besides its configuration: the newest snapshot, a file to adopt, an older mirror. */

import { configObject } from '../contracts/layout.ts';
import type { MirrorPointer } from '../contracts/mirror.ts';
import type { PinnedTask } from '../contracts/run-config.ts';
import type { Snapshot } from '../contracts/snapshot.ts';
import type { Sync } from '../contracts/sync.ts';
import type { SyncState } from '../contracts/sync-state.ts';
import type { RunTask } from '../contracts/task.ts';
import { layersOf } from '../domain/run/mirror-objects.ts';
import { ConfigurationError, SnapshotError } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';
import type { RunStore } from '../ports/runs.ts';
import { newestSnapshot, type SnapshotPorts } from './newest-snapshot.ts';

export interface PinPorts extends SnapshotPorts {
  readonly runs: Pick<RunStore, 'getRun' | 'listRuns'>;
  readonly state: Pick<StateStore, 'list'>;
}

/**
 * @throws SnapshotError where there is no complete snapshot, or no complete file to adopt
 * @throws ConfigurationError `adopt-over-members`, `adopt-outdated`, `empty-while-scheduled`, `run-unknown`, `rollback-nowhere`,
 * `rollback-mirror-gone`
 */
export async function pinTask(
  ports: PinPorts,
  task: RunTask,
  sync: Sync,
  state: SyncState,
): Promise<PinnedTask> {
  switch (task.kind) {
    case 'mirror':
    case 'dry-run':
      return { ...task, snapshot: await newestSnapshot(ports, sync.source, state.marker) };
    case 'adopt': {
      refuseOverMembers(sync, state);
      const snapshot = await newestSnapshot(ports, task.source, false);
      await refuseOutdated(ports, sync, snapshot);
      return { ...task, snapshot };
    }
    case 'rollback': {
      const older = await mirrorOf(ports, sync.id, task.to, state);
      const snapshot = await newestIfAny(ports, sync, state);
      const newest = snapshot?.identity ?? state.mirrored?.snapshot;
      return { ...task, older, ...(newest !== undefined && { newest }) };
    }
    case 'empty':
      refuseWhileScheduled(sync);
      return task;
    case 'erase': {
      const snapshot = await newestIfAny(ports, sync, state);
      return { ...task, ...(snapshot && { snapshot }) };
    }
  }
}

/** An export that is broken or under way must not keep a person from being removed. */
async function newestIfAny(
  ports: PinPorts,
  { source }: Sync,
  { marker }: SyncState,
): Promise<Snapshot | undefined> {
  try {
    return await newestSnapshot(ports, source, marker);
  } catch (error) {
    if (error instanceof SnapshotError) return undefined;
    throw error;
  }
}

function refuseOverMembers({ id }: Sync, { mirror }: SyncState): void {
  if (!mirror || mirror.members === 0) return;
  throw new ConfigurationError(
    'adopt-over-members',
    `The mirror of the sync "${id}" is not empty (members: ${mirror.members}), so nothing was adopted: two accounts of one platform cannot both be true. Reset the sync first if its mirror is the wrong one.`,
  );
}

/** S3 tells the second in which an object was written. */
const writtenWithinMs = 1_000;
/** More in a row that send nothing are unheard of. */
const newestRuns = 100;

/** What was sent since the file was written is not in it. */
async function refuseOutdated(
  { runs }: PinPorts,
  { id }: Sync,
  { writtenAt }: Snapshot,
): Promise<void> {
  const sent = (await runs.listRuns(id, newestRuns)).items.find(
    ({ closingAt }) => closingAt !== undefined,
  );
  const { closedAt = 0 } = sent ?? {};
  if (!sent || closedAt < writtenAt + writtenWithinMs) return;
  throw new ConfigurationError(
    'adopt-outdated',
    `The file to adopt for the sync "${id}" was written at ${timeOf(writtenAt)}, and the run ${sent.id} was sending until ${timeOf(closedAt)}, so it may not say what the platform holds now. Nothing was adopted. Write it anew and adopt that.`,
  );
}

const timeOf = (moment: number) => new Date(moment).toISOString();

function refuseWhileScheduled({ id, enabled, schedule }: Sync): void {
  if (!enabled || schedule.type === 'manual') return;
  throw new ConfigurationError(
    'empty-while-scheduled',
    `The sync "${id}" is enabled, so nothing was removed: its schedule would add everybody again. Disable it first.`,
  );
}

async function mirrorOf(
  { runs, state }: PinPorts,
  sync: string,
  to: string,
  { mirror: present }: SyncState,
): Promise<MirrorPointer> {
  const run = await runs.getRun(sync, to);
  if (!run) {
    throw new ConfigurationError(
      'run-unknown',
      `The sync "${sync}" has no run ${to} to roll back to. Look it up in the list of its runs.`,
    );
  }
  const older = run.result?.mirror;
  if (!older || older.epoch === present?.epoch) {
    const back = await waysBack({ runs, state }, sync, present);
    throw new ConfigurationError(
      'rollback-nowhere',
      older
        ? `What the run ${to} left is what the sync "${sync}" has now, so there is nothing to roll back.${back}`
        : `The run ${to} changed nothing at the platform, so it left nothing to roll back to.${back}`,
    );
  }
  const objects = layersOf(older).map(({ location }) => location);
  for (const object of [...objects, configObject(sync, to)]) {
    if ((await state.list(object)).includes(object)) continue;
    throw new ConfigurationError(
      'rollback-mirror-gone',
      `What the run ${to} left is no longer kept: it is deleted when the sync has closed as many runs since as its observability.snapshotsToRetain says.${await waysBack({ runs, state }, sync, present)}`,
    );
  }
  return older;
}

const looked = 20;

/** The runs that can be gone back to, newest first, as a sentence. */
async function waysBack(
  { runs, state }: Pick<PinPorts, 'runs' | 'state'>,
  sync: string,
  present: SyncState['mirror'],
): Promise<string> {
  const found: string[] = [];
  const seen = new Set([present?.epoch]);
  for (const { id, result } of (await runs.listRuns(sync, looked)).items) {
    const { mirror } = result ?? {};
    if (!mirror || seen.has(mirror.epoch)) continue;
    seen.add(mirror.epoch);
    const config = configObject(sync, id);
    if ((await state.list(config)).includes(config)) found.push(id);
  }
  if (found.length === 0) return ' No earlier run is kept that one could go back to.';
  return ` One can go back to ${found.join(', ')}.`;
}
