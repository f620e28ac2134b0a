import { z } from 'zod';
import { Claim } from './claim.ts';
import { Count, Instant } from './json.ts';
import { SendPhase } from './run.ts';

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
  /** The platform asked to be left alone until then. */
  waitUntil: Instant.optional(),
});

export type PendingChunk = z.infer<typeof PendingChunk>;
