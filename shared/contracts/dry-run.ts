/** What a dry run found: all that a run would do, and nothing done. */

import { z } from 'zod';
import { Counts, ReasonCount } from './counts.ts';
import { TrippedGuard } from './guard.ts';
import { SnapshotName } from './snapshot.ts';

const count = z.number().int().nonnegative();

/** The first request of one action that the run would make, with a few of its records. Holds personal data. */
export const SampleRequest = z.strictObject({
  action: z.enum(['insert', 'update', 'delete']),
  method: z.string(),
  url: z.string(),
  /** Secrets masked. */
  headers: z.record(z.string(), z.string()),
  /** Absent where the request has none. */
  body: z.string().optional(),
  records: count,
});
export type SampleRequest = z.infer<typeof SampleRequest>;

export const DryRunEstimate = z.strictObject({
  /** By the action whose configuration they use. */
  requests: z.strictObject({ insert: count, update: count, delete: count }),
  /** Of all bodies, from the size of the samples. */
  bytes: count,
  /** Of sending, at the destination's pace and one second a request. */
  minutes: z.number().nonnegative(),
  /** US dollars for this one run, at the list prices of us-east-1. */
  usd: z.number().nonnegative(),
});
export type DryRunEstimate = z.infer<typeof DryRunEstimate>;

export const DryRunReport = z.strictObject({
  snapshot: SnapshotName,
  /** As planned: whatever would be sent stands under `unsent`. */
  counts: Counts,
  /** Why rows and changes are invalid, most frequent first, at most 10. */
  reasons: z.array(ReasonCount),
  /** What would go out otherwise than the export has it, most frequent first, at most 10. */
  warnings: z.array(ReasonCount),
  /** Guards that would hold the run. */
  guards: z.array(TrippedGuard),
  estimate: DryRunEstimate,
  samples: z.array(SampleRequest),
});
export type DryRunReport = z.infer<typeof DryRunReport>;
