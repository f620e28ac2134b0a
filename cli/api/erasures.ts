/** Erasures as the API tells of them. */
import { z } from 'zod';
import { ErasureReceipt } from '../../shared/contracts/erasure.ts';
import type { Api } from './client.ts';
import { pagesOf } from './pages.ts';

/** Moments are ISO 8601. */
export const ErasureView = z.object({
  ...ErasureReceipt.shape,
  requestedAt: z.string(),
  triedAt: z.string().optional(),
  endedAt: z.string().optional(),
});
export type ErasureView = z.infer<typeof ErasureView>;

const Page = z.object({ items: z.array(ErasureView), next: z.string().optional() });

const erasuresOf = (sync: string) => `/syncs/${encodeURIComponent(sync)}/erasures`;

export interface ErasureQuestion {
  /** Of each member the values of the key columns, in their order. */
  readonly keys: readonly (readonly string[])[];
  readonly evenIfInSnapshot: boolean;
}

export async function askErasure(
  api: Api,
  sync: string,
  body: ErasureQuestion,
): Promise<ErasureView> {
  return ErasureView.parse((await api.send({ method: 'POST', path: erasuresOf(sync), body })).body);
}

export async function readErasure(api: Api, sync: string, id: string): Promise<ErasureView> {
  const path = `${erasuresOf(sync)}/${encodeURIComponent(id)}`;
  return ErasureView.parse((await api.send({ method: 'GET', path })).body);
}

/** Newest first. */
export async function* listErasures(api: Api, sync: string): AsyncGenerator<ErasureView> {
  for await (const { items } of pagesOf(api, erasuresOf(sync), Page, { limit: '50' })) yield* items;
}
