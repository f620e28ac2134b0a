/** Work that a platform accepts at once and does later: how to ask what became of it. See docs/jobs.md. */
import { z } from 'zod';
import { Call, RuleSource } from './call.ts';

/** Of an action's requests: what the platform answers with 2xx is accepted, and its job says what became of it. */
export const Job = z.strictObject({
  /** Reads the job's id from the answer that accepts it: a text or a whole number. It is `connection.jobId` from then on. */
  id: RuleSource,
  /** The question how the job is, which names it: `/jobs/{{connection.jobId}}`. */
  ask: Call,
  /** Of the answer to the question, whether the job is under way: true or false. Where it is not given, whatever is neither done nor failed. */
  running: RuleSource.optional(),
  /** Whether the job is over, and its records were taken: true or false. */
  done: RuleSource,
  /** Whether the job is over, and was not done: true or false. Where it is not given, whatever is neither running nor done. */
  failed: RuleSource.optional(),
  /** Of a job that is over, which records the platform did not take: as `failed` of the response rules. */
  rejected: RuleSource.optional(),
  /** Of a job that is done, how many or which records were matched. */
  matched: RuleSource.optional(),
  /** Asked once of a job that is over, where its records' failures stand elsewhere; `rejected` reads this answer. */
  failures: Call.optional(),
  /** Between two questions about one job. */
  everySeconds: z.number().int().min(1).max(3_600).default(30),
  /** A job of which nothing is known so long after it was accepted leaves its records uncertain. */
  deadlineMinutes: z.number().int().min(1).max(4_320).default(360),
});
export type Job = z.infer<typeof Job>;
