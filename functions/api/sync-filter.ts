/** Which syncs a list of syncs shows. */
import { z } from '@hono/zod-openapi';
import { Id } from '../../shared/contracts/json.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import type { ApiPorts } from './ports.ts';
import { plightOf, SyncPlight } from './sync-view.ts';

export const SyncFilter = z.strictObject({
  destination: Id.optional().describe('Of this destination.'),
  enabled: z.enum(['true', 'false']).optional().describe('Whether their schedules start runs.'),
  status: SyncPlight.optional(),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Whose id or name, or that of its audience, has this text; in any case.'),
});
export type SyncFilter = z.infer<typeof SyncFilter>;

export interface SyncWithState {
  readonly sync: Sync;
  readonly state: SyncState;
}

const noState: SyncState = { epoch: 0, marker: false };

/** In their order, which is that of their ids: one reading for all. */
export async function withStates(
  { runs }: Pick<ApiPorts, 'runs'>,
  syncs: readonly Sync[],
): Promise<SyncWithState[]> {
  const [first, last] = [syncs[0], syncs.at(-1)];
  if (!first || !last) return [];
  const { states } = await runs.getStatesBetween(first.id, last.id);
  return syncs.map((sync) => ({ sync, state: states.get(sync.id) ?? noState }));
}

export function isWanted({ sync, state }: SyncWithState, wanted: SyncFilter): boolean {
  const { destination, enabled, status, q } = wanted;
  const text = q?.toLowerCase();
  const texts = [sync.id, sync.name, sync.audience.id, sync.audience.name];
  return (
    (destination ?? sync.destination) === sync.destination &&
    (enabled ?? String(sync.enabled)) === String(sync.enabled) &&
    (status === undefined || plightOf(sync, state) === status) &&
    (text === undefined || texts.some((each) => each.toLowerCase().includes(text)))
  );
}
