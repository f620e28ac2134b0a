/** What a parent says to the process that is soaked, and what it hears of it. */
import { z } from 'zod';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';

/** `settle`: a run by hand, to its end. `age`: of the work that has waited longest. */
export const Order = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('save'), destination: DestinationInput, sync: SyncInput }),
  z.object({ kind: z.literal('start'), sync: z.string() }),
  z.object({ kind: z.literal('settle'), sync: z.string() }),
  z.object({ kind: z.literal('list'), sync: z.string() }),
  z.object({ kind: z.literal('age') }),
]);

export const Report = z.object({
  /** Of the order. */
  number: z.number(),
  error: z.string().optional(),
  status: z.string().optional(),
  ageSeconds: z.number().optional(),
  runs: z
    .array(
      z.object({
        id: z.string(),
        trigger: z.string(),
        startedAt: z.number(),
        closedAt: z.number().optional(),
      }),
    )
    .optional(),
});
