/** Finds the run that a person means who names none. */
import { runStatuses } from '../shared/contracts/run-status.ts';
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import type { Api } from './api/client.ts';
import { listRuns, type RunView } from './api/runs.ts';

/** Runs looked at: what can be acted on is new. */
const lookedAt = 50;

/** After a run that changed something, or was told to stop, what was held before it is outdated. */
const outdates = ({ status, task }: RunView): boolean =>
  task.kind !== 'dry-run' && status !== undefined && runStatuses[status].outdatesHeld;

/** @throws ConfigurationError `run-missing` */
export async function newestRun(
  api: Api,
  sync: string,
  wanted: string,
  isWanted: (run: RunView) => boolean,
): Promise<string> {
  let seen = 0;
  for await (const run of listRuns(api, sync)) {
    if (isWanted(run)) return run.id;
    if (outdates(run) || ++seen >= lookedAt) break;
  }
  throw new ConfigurationError(
    'run-missing',
    `No run of the sync "${sync}" is ${wanted}. Look at them with audience-mirror runs ${sync}.`,
  );
}
