/**
 * What is kept of a sync's runs. Kept are the mirrors and plans of its last runs that left a mirror, and whatever the
 * pointer or an open run needs; everything else may go. What is not surely over is never touched: it is looked at
 * again.
 */

import {
  configObject,
  epochOfMirror,
  logDateOf,
  planObject,
  reportObject,
  runOfObject,
} from '../../contracts/layout.ts';
import type { Run } from '../../contracts/run.ts';
import type { SyncState } from '../../contracts/sync-state.ts';
import { historyDays } from '../../contracts/wiring.ts';
import { neededFor } from './mirror-objects.ts';

const dayMs = 86_400_000;

export interface Found {
  readonly sync: string;
  /** Read before anything else. */
  readonly state: SyncState;
  /** Runs whose mirror and plan are kept. */
  readonly retain: number;
  /** Every run that has objects, and perhaps others; undefined: there is none of this name any more. */
  readonly runs: ReadonlyMap<string, Run | undefined>;
  /** Keys of all mirrors and of all objects of runs. */
  readonly mirrors: readonly string[];
  readonly objects: readonly string[];
}

export interface Superfluous {
  readonly mirrors: readonly string[];
  readonly objects: readonly string[];
  /** Runs that need their item no longer than for their history. */
  readonly runs: readonly Run[];
}

export function superfluous(found: Found): Superfluous {
  // Which mirror is the right one is still to be said.
  if (found.state.outdated) return { mirrors: [], objects: [], runs: [] };
  const kept = keptRuns(found);
  const objects = found.objects.filter((key) => !isWanted(found, kept, key));
  const outlived = new Set(objects.flatMap((key) => runOfObject(found.sync, key) ?? []));
  return {
    mirrors: spareMirrors(found, kept),
    objects,
    runs: [...outlived].flatMap((id) => {
      const run = found.runs.get(id);
      return run?.result?.mirror && !kept.has(id) ? [run] : [];
    }),
  };
}

type Kept = ReadonlyMap<string, Run>;

/** The last that left a mirror, the one the pointer names, and the one that an open run goes back to. */
function keptRuns({ state, retain, runs }: Found): Kept {
  const { openRun, mirror } = state;
  const wanted = openRun?.task.kind === 'rollback' ? openRun.task.to : undefined;
  const closed = [...runs.values()]
    .filter((run) => run?.phase === 'closed' && run.result?.mirror !== undefined)
    .flatMap((run) => run ?? [])
    .sort((a, b) => b.epoch - a.epoch);
  const needed = closed.filter(
    ({ id, result }) => id === wanted || result?.mirror?.epoch === mirror?.epoch,
  );
  return new Map([...closed.slice(0, retain), ...needed].map((run) => [run.id, run]));
}

/**
 * A mirror is kept with all its objects, whichever run wrote them. A later epoch than the state's is of a run that
 * began since; the open run's own is not decided yet; and one that is newer than the pointer's, of no run that is known to have
 * closed, is what tells that the table went back.
 */
function spareMirrors({ state, mirrors, runs }: Found, kept: Kept): string[] {
  const closed = new Set(
    [...runs.values()].flatMap((run) => (run?.closingAt === undefined ? [] : run.epoch)),
  );
  const pointers = [state.mirror, ...[...kept.values()].map(({ result }) => result?.mirror)];
  const needed = new Set(pointers.flatMap((pointer) => (pointer ? neededFor(pointer) : [])));
  return mirrors.filter((key) => {
    const epoch = epochOfMirror(key);
    if (epoch === undefined || epoch > state.epoch) return false;
    if (state.openRun && epoch === state.epoch) return false;
    if (epoch > (state.mirror?.epoch ?? 0) && !closed.has(epoch)) return false;
    return !needed.has(key);
  });
}

function isWanted({ sync, state, runs }: Found, kept: Kept, key: string): boolean {
  const id = runOfObject(sync, key);
  if (id === undefined || id === state.openRun?.run || !runs.has(id)) return true;
  const run = runs.get(id);
  if (!run) return false;
  if (run.phase !== 'closed') return true;
  if (key === reportObject(sync, id)) return true;
  const { plan } = run;
  if (!plan || !(kept.has(id) || isUnsentPlan(run, kept, state))) return false;
  return key === configObject(sync, id) || key === planObject(sync, id, plan.attempt);
}

/** One that was not sent stays as long as those before it do, and as long as somebody may approve it. */
function isUnsentPlan({ id, epoch, result }: Run, kept: Kept, { setAside }: SyncState): boolean {
  if (result?.mirror) return false;
  return setAside?.run === id || [...kept.values()].some((other) => other.epoch < epoch);
}

/** Epoch milliseconds until which the item of a closed run stays at least. */
export const historyUntil = ({ closedAt = 0 }: Pick<Run, 'closedAt'>): number =>
  closedAt + historyDays * dayMs;

/** Whether a log's days are over, counted as a lifecycle rule does: from the midnight after it was written. */
export function isLogOver(key: string, retainDays: number, now: number): boolean {
  const date = logDateOf(key);
  const written = date === undefined ? Number.NaN : Date.parse(date);
  return written + (1 + retainDays) * dayMs <= now;
}
