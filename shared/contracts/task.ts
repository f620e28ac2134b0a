/** What a run is to do. */
import { z } from 'zod';
import { Source } from './sync.ts';

/** Makes the platform equal to the newest snapshot. */
export const MirrorTask = z.strictObject({
  kind: z.literal('mirror'),
  /** Sends every member again, whatever the mirror says. */
  full: z.boolean().optional(),
  /** The held run whose guards are waived: for its snapshot and configuration only, and once. */
  approves: z.string().optional(),
});

/** Plans the same and sends nothing; mirror and pointer stay. */
export const DryRunTask = z.strictObject({
  kind: z.literal('dry-run'),
  full: z.boolean().optional(),
});

/** Takes the rows found there for what the platform holds. Sends nothing. */
export const AdoptTask = z.strictObject({ kind: z.literal('adopt'), source: Source });

/** Makes the platform equal to the mirror that the named run left. */
export const RollbackTask = z.strictObject({
  kind: z.literal('rollback'),
  to: z.string(),
  /** The held rollback whose guards are waived. */
  approves: z.string().optional(),
});

/** Removes every member from the platform. */
export const EmptyTask = z.strictObject({ kind: z.literal('empty') });

/** Removes the members that an erasure names; their keys stand in its object, never here. */
export const EraseTask = z.strictObject({ kind: z.literal('erase'), erasure: z.string() });

export const RunTask = z.discriminatedUnion('kind', [
  MirrorTask,
  DryRunTask,
  AdoptTask,
  RollbackTask,
  EmptyTask,
  EraseTask,
]);
export type RunTask = z.infer<typeof RunTask>;

export const usualTask: RunTask = { kind: 'mirror' };
