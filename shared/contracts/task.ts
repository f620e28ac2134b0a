/** What a run is to do. */
import { z } from 'zod';
import { Source } from './sync.ts';

export const RunTask = z.discriminatedUnion('kind', [
  /** Makes the platform equal to the newest snapshot. */
  z.strictObject({
    kind: z.literal('mirror'),
    /** Sends every member again, whatever the mirror says. */
    full: z.boolean().optional(),
    /** The held run whose guards are waived: for its snapshot and configuration only, and once. */
    approves: z.string().optional(),
  }),
  /** Plans the same and sends nothing; mirror and pointer stay. */
  z.strictObject({ kind: z.literal('dry-run'), full: z.boolean().optional() }),
  /** Takes the rows found there for what the platform holds. Sends nothing. */
  z.strictObject({ kind: z.literal('adopt'), source: Source }),
  /** Makes the platform equal to the mirror that the named run left. */
  z.strictObject({ kind: z.literal('rollback'), to: z.string() }),
  /** Removes every member from the platform. */
  z.strictObject({ kind: z.literal('empty') }),
  /** Removes the members that an erasure names; their keys stand in its object, never here. */
  z.strictObject({ kind: z.literal('erase'), erasure: z.string() }),
]);
export type RunTask = z.infer<typeof RunTask>;

export const usualTask: RunTask = { kind: 'mirror' };
