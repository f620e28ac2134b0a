/** Which syncs a list of syncs shows. */
import { z } from '@hono/zod-openapi';
import { Id } from '../../shared/contracts/json.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import { type Faring, type Moment, plightOf } from '../../shared/domain/run/plight.ts';
import { SyncPlight } from './sync-view.ts';

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

/** What its settings alone say. */
export function isOfSettings(sync: Sync, { destination, enabled, q }: SyncFilter): boolean {
  const text = q?.toLowerCase();
  const texts = [sync.id, sync.name, sync.audience.id, sync.audience.name];
  return (
    (destination ?? sync.destination) === sync.destination &&
    (enabled ?? String(sync.enabled)) === String(sync.enabled) &&
    (text === undefined || texts.some((each) => each.toLowerCase().includes(text)))
  );
}

export const faresAs = (faring: Faring, { status }: SyncFilter, at: Moment): boolean =>
  status === undefined || plightOf(faring, at) === status;
