/** Reads what a destination says of the session around a phase. */
import type { ConnectionValues, Destination } from '../../contracts/destination.ts';
import type { SendPhase } from '../../contracts/run.ts';
import { parseRule } from '../response/parse-rule.ts';
import type { Rule } from '../response/rule.ts';
import type { ConfigurationProblem } from '../words/problem.ts';
import { type Caller, connectionOfCall, readCall } from './calls.ts';
import { type CompiledJob, jobId, readJob } from './jobs.ts';

/** The name under which requests of the phase have the session's id. */
export const sessionId = 'sessionId';

export interface CompiledSession {
  readonly begin: Caller;
  readonly id: Rule;
  readonly commit: Caller;
  /** Of the commit. */
  readonly job: CompiledJob | undefined;
  readonly isContinued: boolean;
}

/** Undefined where there is none, or it cannot be read: `problems` says why. */
export function readSession(
  phase: SendPhase,
  destination: Pick<Destination, 'baseUrl' | 'headers' | 'sessions'>,
  connection: ConnectionValues,
  problems: ConfigurationProblem[],
): CompiledSession | undefined {
  const session = destination.sessions?.[phase];
  if (!session) return undefined;
  const place = `destination.sessions.${phase}`;
  const begin = readCall(`${place}.begin`, session.begin, destination, connection, [], problems);
  const named = [sessionId];
  const { commit: end } = session;
  const commit = readCall(`${place}.commit`, end, destination, connection, named, problems);
  const inSession = { ...connection, [sessionId]: 'x' };
  const job = readJob(`${place}.job`, session.job, destination, inSession, {}, problems);
  const read = parseRule(session.id);
  if (!read.ok) {
    for (const { code, line, column, message } of read.problems) {
      const text = `Line ${line}, column ${column}: ${message}`;
      problems.push({ path: `${place}.id`, code, message: text, line, column });
    }
    return undefined;
  }
  if (!begin || !commit) return undefined;
  const isContinued = session.afterCrash === 'continue';
  return { begin, id: read.rule, commit, job, isContinued };
}

/** The names that its sessions use on the connection, beside those of the platform. */
export const askedBySessions = ({
  sessions = {},
}: Pick<Destination, 'sessions'>): readonly string[] =>
  [sessions.deleting, sessions.upserting]
    .flatMap((session) => [session?.begin, session?.commit, session?.job?.ask])
    .flatMap((call) => (call ? connectionOfCall(call) : []))
    .filter((name) => name !== sessionId && name !== jobId);
