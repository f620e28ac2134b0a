/** Reads what an action says of its jobs: how they are asked about, and what the answers mean. */
import type { ConnectionValues, Destination } from '../../contracts/destination.ts';
import type { Job } from '../../contracts/job.ts';
import { JOB_RULE_NAMES, type JobRules } from '../response/judge-job.ts';
import { parseRuleSet } from '../response/parse-rule.ts';
import type { ResponseRules } from '../response/rule.ts';
import type { ConfigurationProblem } from '../words/problem.ts';
import { type Caller, connectionOfCall, readCall } from './calls.ts';

/** The name under which requests have the job's id. */
export const jobId = 'jobId';

export interface CompiledJob {
  readonly ask: Caller;
  /** Where failures of records stand elsewhere. */
  readonly failures: Caller | undefined;
  readonly rules: JobRules;
  /** Of the action: answers that mean later, and bad credentials, look the same. */
  readonly ofAnswers: Pick<ResponseRules, 'retry' | 'credentials'>;
  readonly everyMs: number;
  readonly deadlineMs: number;
}

/** Undefined where there is none, or it cannot be read: `problems` says why. */
export function readJob(
  place: string,
  job: Job | undefined,
  destination: Pick<Destination, 'baseUrl' | 'headers'>,
  connection: ConnectionValues,
  answers: ResponseRules,
  problems: ConfigurationProblem[],
): CompiledJob | undefined {
  if (!job) return undefined;
  const call = (name: 'ask' | 'failures') =>
    job[name] &&
    readCall(`${place}.${name}`, job[name], destination, connection, [jobId], problems);
  const ask = call('ask');
  const failures = call('failures');
  const asked = connectionOfCall(job.ask);
  if (!asked.includes(jobId) && !asked.includes('sessionId'))
    problems.push({ path: `${place}.ask.path`, code: 'job-unnamed', message: unnamed });
  const read = parseRuleSet(JOB_RULE_NAMES, job);
  if (!read.ok) {
    for (const { rule, code, line, column, message } of read.problems) {
      const text = `Line ${line}, column ${column}: ${message}`;
      problems.push({ path: `${place}.${rule}`, code, message: text, line, column });
    }
    return undefined;
  }
  const { id, done } = read.rules;
  if (!ask || !id || !done) return undefined;
  const { retry, credentials } = answers;
  return {
    ask,
    failures,
    rules: { ...read.rules, id, done },
    ofAnswers: { ...(retry && { retry }), ...(credentials && { credentials }) },
    everyMs: job.everySeconds * 1_000,
    deadlineMs: job.deadlineMinutes * 60_000,
  };
}

const unnamed =
  'The question names no job, so that its answer would be the same for all of them. Name it by {{connection.jobId}} in the path, or by $$.connection.jobId in the body.';
