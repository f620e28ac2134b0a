/**
 * Lets go of what is no longer kept of a sync's runs. It may be repeated, and may die at any point: first it is
 * noted that an item may expire, then its mirror goes, then the objects by which the run is found here.
 */

import { mirrorPrefix, runOfObject, runsPrefix } from '../contracts/layout.ts';
import type { Run } from '../contracts/run.ts';
import { historyUntil, superfluous } from '../domain/run/retention.ts';
import type { StateStore } from '../ports/objects.ts';
import type { RunStore } from '../ports/runs.ts';

export interface TidyRunsPorts {
  readonly runs: RunStore;
  readonly state: StateStore;
}

/** Looked up at once with one query. */
const newestRuns = 300;
/** Older ones that are looked up one by one; where there are more, the next pass goes on. */
const olderRuns = 300;

/** @param retain runs whose mirror and plan are kept */
export async function tidyRuns(ports: TidyRunsPorts, sync: string, retain: number): Promise<void> {
  const state = await ports.runs.getState(sync);
  const [mirrors, objects] = await Promise.all([
    ports.state.list(mirrorPrefix(sync)),
    ports.state.list(runsPrefix(sync)),
  ]);
  if (mirrors.length + objects.length === 0) return;
  const { runs, isWhole } = await runsOf(ports.runs, sync, objects);
  // Which mirrors are the last is known only if every run is.
  const found = { sync, state, retain, runs, objects, mirrors: isWhole ? mirrors : [] };
  const going = superfluous(found);
  for (const run of going.runs) await ports.runs.expireRun(run, historyUntil(run));
  if (going.mirrors.length > 0) await ports.state.delete(going.mirrors);
  if (going.objects.length > 0) await ports.state.delete(going.objects);
}

async function runsOf(store: RunStore, sync: string, objects: readonly string[]) {
  const listed = await store.listRuns(sync, newestRuns);
  const runs = new Map<string, Run | undefined>(listed.items.map((run) => [run.id, run]));
  const named = new Set(objects.flatMap((key) => runOfObject(sync, key) ?? []));
  const older = [...named].filter((id) => !runs.has(id)).sort();
  for (const id of older.slice(-olderRuns)) runs.set(id, await store.getRun(sync, id));
  return { runs, isWhole: older.length <= olderRuns };
}
