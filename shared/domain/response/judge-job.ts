/**
 * What a platform says of a job: that it accepted one, and later, whether it is under way, done or failed. Nothing is
 * guessed: where no rule can be told, nothing is known of the job, and it is asked about again.
 */
import type { Fault } from '../words/problem.ts';
import type { Answer } from './document.ts';
import { evaluateRule } from './evaluate.ts';
import { judge } from './judge.ts';
import { type OutcomeRange, outcomesOfJudged } from './judged-outcomes.ts';
import { textOf } from './named-records.ts';
import type { Rule, SentRecord } from './rule.ts';

export const JOB_RULE_NAMES = ['id', 'running', 'done', 'failed', 'rejected', 'matched'] as const;
export type JobRuleName = (typeof JOB_RULE_NAMES)[number];

export type JobRules = { readonly [name in JobRuleName]?: Rule } & {
  readonly id: Rule;
  readonly done: Rule;
};

export type JobState = 'running' | 'done' | 'failed';

/** No platform's id is longer, and it has to stand in a path. */
const longestId = 1_000;

/** The id of the job that the answer accepts, or why there is none. Never throws. */
export async function jobIdIn(
  rule: Rule,
  answer: Answer,
  records: readonly SentRecord[],
): Promise<string | Fault> {
  const result = await evaluateRule(rule, answer, records);
  if (!result.ok) return untold('id', result.why);
  const id = textOf(result.value)?.trim();
  if (id === undefined || id === '') return untold('id', 'finds no text and no whole number');
  return id.length > longestId ? untold('id', 'gives more than 1,000 characters') : id;
}

/** How the job is; undefined where the status decides, a fault where no rule can be told. Never throws. */
export async function jobStateIn(
  { done, failed, running }: JobRules,
  answer: Answer,
): Promise<JobState | Fault | undefined> {
  const isAnswered = answer.status >= 200 && answer.status <= 299;
  for (const [state, rule] of [
    ['done', done],
    ['failed', failed],
    ['running', running],
  ] as const) {
    const said = rule && (await flag(rule, answer));
    if (said === true) return state;
    if (typeof said === 'string' && isAnswered) return untold(state, said);
  }
  if (!isAnswered) return undefined;
  if (!failed) return running ? 'failed' : 'running';
  return running ? unread : 'running';
}

async function flag(rule: Rule, answer: Answer): Promise<boolean | string> {
  const result = await evaluateRule(rule, answer, []);
  if (!result.ok) return result.why;
  const { value } = result;
  if (value === undefined || value === null) return false;
  return typeof value === 'boolean' ? value : 'gives neither true nor false';
}

export interface JobOver {
  readonly rules: JobRules;
  /** That names failures: to the question, or to the one that follows it. */
  readonly answer: Answer;
  /** Those of the job's request, in its order. */
  readonly records: readonly SentRecord[];
  readonly identity: readonly string[] | undefined;
  /** Of a job that failed: what it is for the records that are not named. */
  readonly failure: Fault | undefined;
  /** The job did more than this request, as that of a session's commit. */
  readonly isPart: boolean;
}

/** What became of the records of a job that is over; a fault where that cannot be told. Never throws. */
export async function outcomesOfJob(over: JobOver): Promise<readonly OutcomeRange[] | Fault> {
  const { rules, answer, records, identity, failure } = over;
  const read = {
    ...(rules.rejected && { failed: rules.rejected }),
    ...(rules.matched && !failure && { matched: rules.matched }),
  };
  const how = { called: { failed: 'rejected' }, isPart: over.isPart };
  // Whatever the status of the answer: its rules have said that the job is over.
  const judgement = await judge(read, { ...answer, status: 200 }, records, identity, how);
  if (judgement.kind === 'uncertain' && !failure) return judgement.fault;
  if (judgement.kind !== 'judged') {
    const fault = failure;
    const outcome = fault ? 'uncertain' : 'delivered';
    return [{ from: 0, to: records.length, outcome, fault }];
  }
  const outcomes = outcomesOfJudged(judgement, records.length);
  if (!failure) return outcomes;
  return outcomes.map((each) =>
    each.outcome === 'delivered' ? { ...each, outcome: 'uncertain', fault: failure } : each,
  );
}

export const jobFailed: Fault = {
  code: 'job-failed',
  reason: 'The platform accepted the request as a job, and the job failed.',
};

/** What the records of an accepted job are until it is over. */
export const jobUnknown: Fault = {
  code: 'job-unknown',
  reason:
    'The platform accepted the request as a job, and the run ended before it said what became of it. The next run sends these members again.',
};

export const jobLate: Fault = {
  code: 'job-deadline',
  reason:
    "The platform accepted the request as a job, and the job was not over at its deadline. The next run sends these members again; where the platform takes longer by nature, raise the job's deadlineMinutes.",
};

const unread: Fault = {
  code: 'job-unread',
  reason:
    'By the rules "running", "done" and "failed" of the job, the platform\'s answer says none of the three. Compare them with its answers.',
};

const untold = (name: JobRuleName, why: string): Fault => ({
  code: 'rule-failed',
  reason: `The rule "${name}" of the job ${why}, so that nobody can tell what the platform applied. The next run sends these members again; compare the rule with the platform's answers.`,
});
