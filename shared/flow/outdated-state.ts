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
  // What was taken over knowingly, or forgotten, is older than what there is.
  if (!mirror || mirror.resend) return undefined;
  const newer = new Set(objects.flatMap((name) => epochOfMirror(name) ?? []));
  for (const epoch of newer) if (epoch <= pointer) newer.delete(epoch);
  for (let before: string | undefined, isLast = false; newer.size > 0 && !isLast; ) {
    const { items } = await runs.listRuns(run.sync, runsAtOnce, before);
    for (const { epoch, closingAt } of items) if (closingAt !== undefined) newer.delete(epoch);
    before = items.at(-1)?.id;
    isLast = items.length < runsAtOnce;
  }
  return newer.size > 0 ? { newest: Math.max(...newer), pointer } : undefined;
}

const runsAtOnce = 100;

export const newestEpoch = (mirrors: readonly string[]): number =>
  Math.max(0, ...mirrors.map((name) => epochOfMirror(name) ?? 0));

const messageOf = ({ sync, id }: Run, { newest, pointer }: Outdated) =>
  `${pointer === 0 ? `The table knows of no mirror of the sync "${sync}"` : `The newest mirror of the sync "${sync}" that the table knows is of the epoch ${pointer}`}, and among its objects there is one of the epoch ${newest}: the table was lost, or restored from a backup. Nothing was sent. Either take the newer mirror (POST /syncs/${sync}/recover), after which everybody is sent again; or reset the sync and adopt a file of what the platform holds; or approve the run ${id} to go on with what the table says, which leaves behind whoever was added since.`;
