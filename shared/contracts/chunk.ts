import { z } from 'zod';
import { Claim } from './claim.ts';
import { Count, Instant } from './json.ts';
import { SendPhase } from './run.ts';

/** Jobs of the platform that are not over, as far as their chunks are sent. */
export const Accepted = z.strictObject({
  jobs: z.number().int().positive(),
  /** Changes in them. */
  records: z.number().int().positive(),
  /** When the first of them was accepted. */
  since: Instant,
  /** When the last of them is given up. */
  until: Instant,
});
export type Accepted = z.infer<typeof Accepted>;

/** A chunk that is not settled. */
export const PendingChunk = z.strictObject({
  phase: SendPhase,
  chunk: Count,
  /** Changes in it. */
  changes: z.number().int().positive(),
  /** That they make, where none is repeated or cut in halves. */
  requests: Count.optional(),
  /** Times a sender took it. */
  tries: Count,
  /** Every sender so far stored all it knew before it let go: what has no answer was never sent. */
  clean: z.boolean(),
  claim: Claim.optional(),
  /** It is left alone until then: the platform asked for it, or its jobs are asked about next. */
  waitUntil: Instant.optional(),
  /** All of it is sent, and some of that is accepted and not yet known. */
  accepted: Accepted.optional(),
});

export type PendingChunk = z.infer<typeof PendingChunk>;
