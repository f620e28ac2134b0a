/** Planted bugs about what a platform accepts now and does later. */
import type { Mutant } from './mutant.ts';

const askJobs = 'functions/send-chunk/ask-jobs.ts';

export const jobMutants: readonly Mutant[] = [
  {
    name: 'what a platform accepted as a job counts as delivered',
    file: 'functions/send-chunk/deliver-chunk.ts',
    find: 'session.id : sent.job;',
    replace: 'session.id : undefined;',
  },
  {
    name: 'a job is asked about before it is noted',
    file: askJobs,
    find: 'if (account.jobs().some(isDue)) await store();',
    replace: 'for (const line of account.jobs()) await new Question(chunk, lane, line).ask();',
  },
  {
    name: 'a job that failed counts as delivered',
    file: askJobs,
    find: "state === 'failed' ? this.#told(jobFailed, heard) : undefined",
    replace: 'undefined',
  },
  {
    name: 'a job that is given up counts as delivered',
    file: askJobs,
    find: "outcome: 'uncertain', fault } as const;",
    replace: "outcome: 'delivered', fault } as const;",
  },
  {
    name: 'whom a job names counts as delivered',
    seed: 40,
    file: 'shared/domain/response/judge-job.ts',
    find: '...(rules.rejected && { failed: rules.rejected }),',
    replace: '',
  },
  {
    name: 'a chunk whose jobs are open counts as settled',
    file: 'functions/send-chunk/deliver-chunk.ts',
    find: "return chunk.account.jobs().length === 0 ? { kind: 'settled' } : askJobs(chunk, lane);",
    replace: "return { kind: 'ended' };",
  },
  {
    name: 'what a job is of is counted from the first record of the chunk',
    file: 'shared/domain/request/account.ts',
    find: 'const parts = runsOf(held.slice(0, composed.sent));',
    replace: 'const parts = runsOf(held.map((_, at) => at).slice(0, composed.sent));',
  },
  {
    name: 'what is accepted is sent again by the next sender',
    file: 'shared/domain/request/account.ts',
    find: 'return missing(this.#length, [...this.#settled, ...accepted]);',
    replace: 'return missing(this.#length, [...this.#settled, ...accepted.slice(0, 0)]);',
  },
  {
    name: 'sweep never hands over an accepted chunk',
    file: 'functions/sweep/sweep.ts',
    find: '!chunk.accepted || !waits(chunk)',
    replace: '!chunk.accepted',
  },
];
