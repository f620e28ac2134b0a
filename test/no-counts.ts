import type { Counts } from '../shared/contracts/counts.ts';
import { noOutcomes } from '../shared/domain/run/counts.ts';

/** The account of a run that met nothing. */
export const noCounts: Counts = {
  snapshot: { rows: 0, duplicate: 0, invalid: 0, members: 0 },
  mirror: { before: 0, kept: 0, after: 0, uncertain: 0 },
  unchanged: 0,
  refresh: 0,
  insert: noOutcomes(),
  reinsert: noOutcomes(),
  update: noOutcomes(),
  delete: noOutcomes(),
};
