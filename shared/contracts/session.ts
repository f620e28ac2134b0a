/** What stands around the requests of a phase, where a platform takes them between a beginning and an end. See docs/jobs.md. */
import { z } from 'zod';
import { Call, RuleSource } from './call.ts';
import { Job } from './job.ts';
import { Instant } from './json.ts';

export const Session = z.strictObject({
  /** Opens the session, before the first request of the phase. Safe to repeat: a session that is never committed does nothing. */
  begin: Call,
  /** Reads the session's id from the answer: a text or a whole number. It is `connection.sessionId` from then on. */
  id: RuleSource,
  /** Ends the session, once everything of the phase is sent: only then is it done. Safe to repeat. */
  commit: Call,
  /** The platform does the work after the commit, as a job: its `id` reads the answer to the commit. */
  job: Job.optional(),
  /**
   * Where a sender died and left requests without an answer. `continue`: they are sent again in the same session, for platforms
   * that take a record twice. `anew`: the session is given up, and the next run begins another.
   */
  afterCrash: z.enum(['continue', 'anew']).default('continue'),
});
export type Session = z.infer<typeof Session>;

/** Stored: the platform opened the session. */
export const SessionBegun = z.strictObject({ id: z.string().min(1).max(1_000), at: Instant });
export type SessionBegun = z.infer<typeof SessionBegun>;

/** Stored: how the session ended. */
export const SessionEnded = z.discriminatedUnion('kind', [
  /** The platform took the commit; where it does the work later, as this job. */
  z.strictObject({ kind: z.literal('committed'), job: z.string().optional(), at: Instant }),
  /** It was refused, or given up. */
  z.strictObject({ kind: z.literal('lost'), code: z.string(), reason: z.string(), at: Instant }),
]);
export type SessionEnded = z.infer<typeof SessionEnded>;
