/** An erasure: somebody is removed from the platform, and from everything we keep. */
import { z } from 'zod';
import { Id, Instant } from './json.ts';

/** One object, deleted when the erasure is over: the only place where it names anybody. */
export const ErasureRequest = z.strictObject({
  sync: Id,
  id: z.string(),
  /** The texts of the key columns, in order, of each member. */
  keys: z.array(z.array(z.string().min(1)).min(1)).min(1),
  /** Go on though the newest snapshot has them, so that the next run adds them again. */
  evenIfInSnapshot: z.boolean(),
  requestedAt: Instant,
});
export type ErasureRequest = z.infer<typeof ErasureRequest>;
