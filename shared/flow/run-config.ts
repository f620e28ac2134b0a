/** What a run goes by: destination, sync, snapshot and mirror as they were at its start. */

import { configObject } from '../contracts/layout.ts';
import type { Run } from '../contracts/run.ts';
import { RunConfig } from '../contracts/run-config.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';

export type RunName = Pick<Run, 'sync' | 'id'>;

/** The first pin of a run stays, even if its start is repeated after an edit. */
export async function pinConfig(
  state: StateStore,
  run: RunName,
  config: RunConfig,
): Promise<RunConfig> {
  const body = new TextEncoder().encode(JSON.stringify(config));
  const isFirst = await state.putIfAbsent(configObject(run.sync, run.id), body);
  return isFirst ? config : readConfig(state, run);
}

export async function readConfig(state: StateStore, run: RunName): Promise<RunConfig> {
  const body = await state.get(configObject(run.sync, run.id));
  if (!body) throw new InvariantError(`The run ${run.id} has no pinned configuration.`);
  return RunConfig.parse(JSON.parse(new TextDecoder().decode(body)));
}
