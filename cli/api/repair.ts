/** Runs that mend: empty an audience, or go back to what an earlier run left. */
import type { Api } from './client.ts';
import { RunView } from './runs.ts';

export type Repair = 'rollback' | 'empty';

export async function startRepair(
  api: Api,
  sync: string,
  repair: Repair,
  body: Readonly<Record<string, unknown>> = {},
): Promise<RunView> {
  const path = `/syncs/${encodeURIComponent(sync)}/${repair}`;
  return RunView.parse((await api.send({ method: 'POST', path, body })).body);
}
