/** Runs that mend: empty an audience, or go back to what an earlier run left; and forgetting a mirror. */
import type { Api } from './client.ts';
import { RunView } from './runs.ts';

export type Repair = 'rollback' | 'empty';

const pathOf = (sync: string, what: string) => `/syncs/${encodeURIComponent(sync)}/${what}`;

export async function startRepair(
  api: Api,
  sync: string,
  repair: Repair,
  body: Readonly<Record<string, unknown>> = {},
): Promise<RunView> {
  const path = pathOf(sync, repair);
  return RunView.parse((await api.send({ method: 'POST', path, body })).body);
}

export async function forgetMirror(api: Api, sync: string): Promise<void> {
  await api.send({ method: 'POST', path: pathOf(sync, 'reset') });
}
