/** A run's account: what became of rows, members and changes. */

import { z } from 'zod';
import { Count } from './json.ts';

/** What became of a change. */
export const Outcome = z.enum(['delivered', 'rejected', 'uncertain', 'unsent', 'invalid']);

export type Outcome = z.infer<typeof Outcome>;

export const outcomes = Outcome.options;

const byOutcome = z.strictObject({
  delivered: Count,
  rejected: Count,
  uncertain: Count,
  unsent: Count,
  invalid: Count,
});

/** The run's account; `imbalances` in the domain states its equations. */
export const Counts = z.strictObject({
  snapshot: z.strictObject({
    rows: Count,
    /** Rows identical to one already counted. */
    duplicate: Count,
    /** Rows without a key, rows that contradict another of their key, rows whose record is refused. */
    invalid: Count,
    /** Keys with one good row. */
    members: Count,
  }),
  mirror: z.strictObject({
    before: Count,
    /** Kept as they were: their row is invalid, or the run's task leaves them alone. */
    kept: Count,
    after: Count,
    uncertain: Count,
  }),
  unchanged: Count,
  refresh: Count,
  /** Taken into the mirror from a file of what the platform holds. */
  adopted: Count.optional(),
  /** Of keys new to the mirror. */
  insert: byOutcome,
  /** Inserts of keys the mirror holds: their presence at the platform was uncertain, or their identity changed. */
  reinsert: byOutcome,
  update: byOutcome,
  delete: byOutcome,
});

export type Counts = z.infer<typeof Counts>;

/** What went over the wire. */
export const Sent = z.strictObject({
  /** All that went out, repetitions among them. */
  requests: Count,
  /** Repetitions of an earlier request. */
  retries: Count,
  /** Of the bodies, before they are compressed. */
  bytes: Count,
});

export type Sent = z.infer<typeof Sent>;

/** Rows or changes that failed for one reason. */
export const ReasonCount = z.strictObject({
  code: z.string(),
  reason: z.string(),
  count: Count,
});

export type ReasonCount = z.infer<typeof ReasonCount>;

export const ErrorSummary = z.strictObject({ code: z.string(), message: z.string() });
