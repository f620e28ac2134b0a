/**
 * Asks a platform what became of the jobs that it accepted of one chunk. Before the first question they stand in the
 * chunk's progress, so that whoever comes next asks about them, and sends nothing of them again. Questions are requests
 * of the lane: they keep its pace, and wait where the platform asks for it.
 */
import type { ActionName } from '../../shared/contracts/destination.ts';
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import type { OpenJob } from '../../shared/contracts/plan.ts';
import { type AcceptedLine, positionsOf } from '../../shared/domain/request/account.ts';
import type { Caller, ComposedCall } from '../../shared/domain/request/calls.ts';
import { type CompiledJob, jobId } from '../../shared/domain/request/jobs.ts';
import { sessionId } from '../../shared/domain/request/sessions.ts';
import type { Answer } from '../../shared/domain/response/document.ts';
import { type Fate, fateByRules, fateOf } from '../../shared/domain/response/fate.ts';
import { judge, refusesCredentials } from '../../shared/domain/response/judge.ts';
import {
  jobFailed,
  jobLate,
  jobStateIn,
  outcomesOfJob,
} from '../../shared/domain/response/judge-job.ts';
import { Redactor } from '../../shared/domain/response/redact.ts';
import type { SentRecord } from '../../shared/domain/response/rule.ts';
import { tell, wordsOf } from '../../shared/domain/response/said.ts';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { absence } from '../../shared/flow/read-answer.ts';
import type { ChunkDelivery, Delivered } from './chunk-delivery.ts';
import type { Lane } from './lane.ts';
import { lookAtSession } from './sessions.ts';

/** Questions in a row that nobody could read an answer from, after which a job is given up. */
const maxFailures = 5;

/** As it is noted when the platform accepts it. */
export function acceptedJob(
  chunk: ChunkDelivery,
  id: string,
  action: ActionName,
  now: number,
): Omit<OpenJob, 'parts' | 'failures'> {
  const uses = chunk.delivery.action(action)?.uses ?? action;
  if (chunk.session) {
    const { id: session, until } = chunk.session;
    return { id: session, uses, acceptedAt: now, askAt: now, until, inSession: true };
  }
  const { everyMs, deadlineMs } = jobOf(chunk, uses);
  const until = now + deadlineMs;
  return { id, uses, acceptedAt: now, askAt: Math.min(now + everyMs, until), until };
}

function jobOf({ delivery, session }: ChunkDelivery, uses: OpenJob['uses']): CompiledJob {
  const job = session ? session.compiled.job : delivery.job(uses);
  if (!job) throw new InvariantError(`A job was accepted of ${uses}s, and the action has none.`);
  return job;
}

/** Those that are due. */
export async function askJobs(chunk: ChunkDelivery, lane: Lane): Promise<Delivered> {
  const { account, ports, store } = chunk;
  const now = () => ports.clock.now();
  const isDue = ({ job }: AcceptedLine) => job.askAt <= now();
  // What was accepted in this turn may stand nowhere else yet.
  if (account.jobs().some(isDue)) await store();
  if (account.jobs().some((line) => line.job.inSession && isDue(line))) {
    const ended = await lookAtSession(chunk, lane);
    if (ended) return ended;
  }
  for (const line of account.jobs().filter((each) => !each.job.inSession && isDue(each))) {
    const ended = await new Question(chunk, lane, line).ask();
    if (ended) return ended;
  }
  const left = account.jobs();
  if (left.length === 0) return { kind: 'settled' };
  const nextAt = Math.min(...left.map(({ job }) => job.askAt));
  return { kind: 'accepted', milliseconds: Math.max(0, nextAt - now()) };
}

/** An answer to go on with, or what ends the turn or the question. */
type Heard =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly call: ComposedCall }
  | { readonly kind: 'ended'; readonly ended: Delivered | undefined };

/** One question about one job. */
class Question {
  readonly #chunk: ChunkDelivery;
  readonly #lane: Lane;
  readonly #line: AcceptedLine;
  readonly #compiled: CompiledJob;
  readonly #records: readonly SentRecord[];

  constructor(chunk: ChunkDelivery, lane: Lane, line: AcceptedLine) {
    const { delivery, lines } = chunk;
    this.#chunk = chunk;
    this.#lane = lane;
    this.#line = line;
    this.#compiled = jobOf(chunk, line.job.uses);
    const held = positionsOf(line.job).flatMap((at) => lines[at] ?? []);
    this.#records = delivery.sentRecords(line.job.uses, held);
  }

  /** A value ends the turn. */
  async ask(): Promise<Delivered | undefined> {
    const { rules, ask, failures } = this.#compiled;
    const heard = await this.#hear(ask);
    if (heard.kind === 'ended') return heard.ended;
    const state = await jobStateIn(rules, heard.answer);
    if (state === 'running') return this.#goOn(0, this.#told(jobLate, heard));
    if (state === undefined) return this.#unanswered(heard);
    if (typeof state !== 'string') return this.#failing(this.#told(state, heard), heard.answer);
    const failure = state === 'failed' ? this.#told(jobFailed, heard) : undefined;
    const named = failures ? await this.#hear(failures) : heard;
    if (named.kind === 'ended') return named.ended;
    const { status } = named.answer;
    if (failures && (status < 200 || status > 299)) return this.#unanswered(named);
    const outcomes = await outcomesOfJob({
      rules,
      answer: named.answer,
      records: this.#records,
      identity: this.#chunk.delivery.identity,
      failure,
      isPart: this.#chunk.session !== undefined,
    });
    if (!isOutcomes(outcomes)) return this.#failing(outcomes, named.answer);
    const lastAt = this.#chunk.ports.clock.now();
    this.#chunk.account.settleJob(this.#line, outcomes, { status, lastAt });
    return undefined;
  }

  async #hear(caller: Caller): Promise<Heard> {
    const { ports, delivery, turn, account, circuit } = this.#chunk;
    const { session } = this.#chunk;
    const call = caller({
      [jobId]: this.#line.job.id,
      ...(session && { [sessionId]: session.id }),
    });
    if ('reason' in call) return { kind: 'ended', ended: this.#giveUp(call, 0) };
    const waits = await this.#lane.beforeSending();
    if (waits) return { kind: 'ended', ended: waits };
    const { credentials } = this.#compiled.ofAnswers;
    const answer = await ports.sender.send({
      method: call.method,
      url: call.url,
      headers: call.headers,
      ...(call.body && { body: call.body }),
      ...(credentials && { refusesCredentials: (each) => refusesCredentials(credentials, each) }),
      maxAnswerBytes: delivery.maxAnswerBytes,
      timeoutMs: delivery.timeoutMs,
      notAfter: ports.clock.now() + turn.remainingMs() - delivery.timeoutMs,
    });
    if (answer.kind === 'refused' && answer.code === 'too-late')
      return { kind: 'ended', ended: { kind: 'wait', milliseconds: 0 } };
    if (answer.kind !== 'refused' && (answer.kind === 'answer' || answer.sent !== false))
      account.noteSent(call.body?.byteLength ?? 0, false);
    const fate = await this.#fateOf(answer, call.url);
    const ended = fate && (await this.#meet(fate, call, answer));
    const absent = fate ? absence(fate) : undefined;
    if (absent !== 'unasked') await circuit.report(absent);
    if (ended || answer.kind !== 'answer') return { kind: 'ended', ended: ended ?? undefined };
    return { kind: 'answer', answer, call };
  }

  /** Where it says later, or that nobody may ask; undefined where the job's rules are to be asked. */
  async #fateOf(answer: HttpAnswer, url: string): Promise<Fate | undefined> {
    const now = this.#chunk.ports.clock.now();
    const { rules, ofAnswers } = this.#compiled;
    if (answer.kind !== 'answer') return fateOf(answer, { missingIsDelivered: false, now, url });
    const said = fateByRules(await judge(ofAnswers, answer, []), answer.status, now);
    if (said) return said;
    const fate = fateOf(answer, { missingIsDelivered: false, now, url });
    const isTold = (await jobStateIn(rules, answer)) !== undefined;
    return !isTold && (fate.kind === 'again' || fate.kind === 'stop') ? fate : undefined;
  }

  /** What ends the turn; else the job waits for the next question. */
  async #meet(fate: Fate, call: ComposedCall, answer: HttpAnswer): Promise<Delivered | undefined> {
    if (fate.kind === 'delivered') return undefined;
    const status = answer.kind === 'answer' ? answer.status : 0;
    const fault = tell(fate, call, status, answer.kind === 'answer' ? this.#words(answer) : '');
    if (fate.kind === 'stop') return { kind: 'stopped', fault };
    const waitMs = fate.kind === 'again' && fate.isAsked ? (fate.waitMs ?? 0) : undefined;
    this.#goOn(this.#line.job.failures, fault);
    return waitMs === undefined ? undefined : { kind: 'wait', milliseconds: waitMs, fault };
  }

  /** A status by which nothing is known of the job: it may be lost, or not to be seen yet. */
  #unanswered(heard: Extract<Heard, { kind: 'answer' }>): undefined {
    return this.#failing(this.#told(unanswered, heard), heard.answer);
  }

  #failing(fault: Fault, { status }: Answer): undefined {
    const failures = this.#line.job.failures + 1;
    if (failures < maxFailures) return this.#goOn(failures, fault, status);
    return this.#giveUp(fault, status);
  }

  /** Until its deadline. `fault`: what its records are if this is past. */
  #goOn(failures: number, fault: Fault, status = 200): undefined {
    const { account, ports } = this.#chunk;
    const { until } = this.#line.job;
    const now = ports.clock.now();
    if (now >= until) return this.#giveUp(fault, status);
    const askAt = Math.min(now + this.#compiled.everyMs, until);
    account.askAgain(this.#line, askAt, failures);
    return undefined;
  }

  #giveUp(fault: Fault, status: number): undefined {
    const { account, ports } = this.#chunk;
    const all = { from: 0, to: this.#records.length, outcome: 'uncertain', fault } as const;
    account.settleJob(this.#line, [all], { status, lastAt: ports.clock.now() });
    return undefined;
  }

  #told(fault: Fault, { call, answer }: Extract<Heard, { kind: 'answer' }>): Fault {
    return tell(fault, call, answer.status, this.#words(answer));
  }

  #words(answer: Answer): string {
    return new Redactor(this.#records).redact(wordsOf(answer));
  }
}

const isOutcomes = <T>(value: readonly T[] | Fault): value is readonly T[] => Array.isArray(value);

const unanswered: Fault = {
  code: 'job-unanswered',
  reason:
    'The platform accepted the request as a job, and knows nothing of that job. The next run sends these members again.',
};
