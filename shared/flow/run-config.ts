/** What a run goes by: destination, sync, snapshot and mirror as they were at its start. */

import { configObject } from '../contracts/layout.ts';
import type { Run } from '../contracts/run.ts';
import { RunConfig } from '../contracts/run-config.ts';
import type { StateStore } from '../ports/objects.ts';
import { readObject, unreadable, writeObject } from '../stored.ts';

export type RunName = Pick<Run, 'sync' | 'id'>;

/** The first pin of a run stays, even if its start is repeated after an edit. */
export async function pinConfig(
  state: StateStore,
  run: RunName,
  config: RunConfig,
): Promise<RunConfig> {
  const name = configObject(run.sync, run.id);
  const isFirst = await state.putIfAbsent(name, writeObject(RunConfig, config, name));
  return isFirst ? config : readConfig(state, run);
}

/** @throws StoredError also where it is gone */
export async function readConfig(state: StateStore, run: RunName): Promise<RunConfig> {
  const name = configObject(run.sync, run.id);
  const body = await state.get(name);
  if (!body) throw unreadable(name, 'it is gone');
  return readObject(RunConfig, body, name);
}
