/**
 * A state that went back: the table was lost, cut or restored from a backup, and the objects went on. What the table says
 * is older than what was sent, and to go by it leaves people behind, so that it is held until somebody says what is right.
 * It costs one listing for a run that has something to do, and nothing for one that has not.
 */

import { epochOfMirror, mirrorPrefix } from '../contracts/layout.ts';
import type { Outdated } from '../contracts/mirror.ts';
import type { Run, RunResult } from '../contracts/run.ts';
import type { RunConfig } from '../contracts/run-config.ts';
import type { SyncState } from '../contracts/sync-state.ts';
import { configurationOf, newestIn } from '../domain/run/run.ts';
import type { StateStore } from '../ports/objects.ts';
import type { RunStore } from '../ports/runs.ts';

export interface OutdatedPorts {
  readonly state: Pick<StateStore, 'list'>;
  readonly runs: Pick<RunStore, 'listRuns'>;
}

/** How the run ends; undefined where it may go on. */
export async function outdatedEnd(
  ports: OutdatedPorts,
  run: Run,
  config: RunConfig,
  known: SyncState,
): Promise<RunResult | undefined> {
  const { task, sync, destination } = config;
  // A file of what the platform holds mends it; and who approved the run that was held goes on knowing.
  if (task.kind === 'adopt' || ('approves' in task && task.approves !== undefined))
    return undefined;
  const outdated = known.outdated ?? (await findOutdated(ports, run, known));
  if (!outdated) return undefined;
  const configuration = configurationOf(sync, destination);
  return {
    status: 'held',
    error: { code: 'state-outdated', message: messageOf(run, outdated) },
    outdated,
    setAside: { snapshot: newestIn(task), configuration, why: 'held', run: run.id },
  };
}

/**
 * No run before this one had its epoch or a later one, unless the table has forgotten them; and whoever left a mirror that is
 * newer than the pointer's is a run that the table knows to have closed. One that ended before this was looked at, for
 * want of a snapshot, say, has taken an epoch, and left none.
 */
async function findOutdated(
  { state, runs }: OutdatedPorts,
  run: Run,
  { mirror }: SyncState,
): Promise<Outdated | undefined> {
  const pointer = mirror?.epoch ?? 0;
  const objects = await state.list(mirrorPrefix(run.sync));
  const newest = newestEpoch(objects);
  if (newest >= run.epoch) return { newest, pointer };
  // What was taken over knowingly is older than what there is.
  if (mirror?.resend || newest === 0) return undefined;
  if (!mirror) return (await hasOnlyBegun(runs, run)) ? { newest, pointer } : undefined;
  const newer = new Set(objects.flatMap((name) => epochOfMirror(name) ?? []));
  for (const epoch of newer) if (epoch <= pointer) newer.delete(epoch);
  for await (const { epoch, closingAt } of allRuns(runs, run.sync)) {
    if (closingAt !== undefined) newer.delete(epoch);
    if (newer.size === 0) return undefined;
  }
  return newer.size > 0 ? { newest: Math.max(...newer), pointer } : undefined;
}

/**
 * Every epoch before this run's is one of a run that never came to close: whoever left the mirrors, this table has not seen it.
 * A sync that was reset has forgotten its mirror knowingly, and that took an epoch of its own.
 */
async function hasOnlyBegun(runs: OutdatedPorts['runs'], run: Run): Promise<boolean> {
  const begun = new Set<number>();
  for await (const { epoch, closingAt } of allRuns(runs, run.sync)) {
    // One that was skipped took none.
    if (epoch < 1 || epoch >= run.epoch) continue;
    if (closingAt !== undefined) return false;
    begun.add(epoch);
  }
  return begun.size === run.epoch - 1;
}

const runsAtOnce = 100;

async function* allRuns(runs: OutdatedPorts['runs'], sync: string): AsyncIterable<Run> {
  for (let before: string | undefined, isLast = false; !isLast; ) {
    const { items } = await runs.listRuns(sync, runsAtOnce, before);
    yield* items;
    before = items.at(-1)?.id;
    isLast = items.length < runsAtOnce;
  }
}

export const newestEpoch = (mirrors: readonly string[]): number =>
  Math.max(0, ...mirrors.map((name) => epochOfMirror(name) ?? 0));

const messageOf = ({ sync, id }: Run, { newest, pointer }: Outdated) =>
  `${pointer === 0 ? `The table knows of no mirror of the sync "${sync}"` : `The newest mirror of the sync "${sync}" that the table knows is of the epoch ${pointer}`}, and among its objects there is one of the epoch ${newest}: the table was lost, or restored from a backup. Nothing was sent. Either take the newer mirror (POST /syncs/${sync}/recover), after which everybody is sent again; or reset the sync and adopt a file of what the platform holds; or approve the run ${id} to go on with what the table says, which leaves behind whoever was added since.`;
