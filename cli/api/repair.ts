/** Runs that mend: empty an audience, go back to what an earlier run left, adopt a file; and forgetting a mirror. */
import type { Api } from './client.ts';
import { RunView } from './runs.ts';

export type Repair = 'rollback' | 'empty';

const pathOf = (sync: string, what: string) => `/syncs/${encodeURIComponent(sync)}/${what}`;

export async function startRepair(
  api: Api,
  sync: string,
  repair: Repair,
  body?: Readonly<Record<string, unknown>>,
): Promise<RunView> {
  const path = pathOf(sync, repair);
  return RunView.parse((await api.send({ method: 'POST', path, ...(body && { body }) })).body);
}

/** `source`: where the file of what the platform holds lies. */
export async function startAdoption(
  api: Api,
  sync: string,
  source: { readonly bucket: string; readonly prefix: string },
): Promise<RunView> {
  const path = pathOf(sync, 'adopt');
  return RunView.parse((await api.send({ method: 'POST', path, body: { source } })).body);
}

export async function forgetMirror(api: Api, sync: string): Promise<void> {
  await api.send({ method: 'POST', path: pathOf(sync, 'reset') });
}
