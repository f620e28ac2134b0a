import type { Run } from '../../contracts/run.ts';

/** A run whose plan is chosen. */
export type PlannedRun = Run & { readonly plan: NonNullable<Run['plan']> };

export const isPlanned = (run: Run): run is PlannedRun => run.plan !== undefined;
