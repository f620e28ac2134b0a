/**
 * The session around a phase. The sender of the first chunk opens it before anything of the phase is sent; what the
 * platform takes within it is accepted and not yet known; and once everything of the phase is sent, the sender of the
 * first chunk that is left commits. Beginning and end stand in objects of their own, of which the first stays: whoever
 * comes there later, or again, goes by them.
 */
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import { sessionObject } from '../../shared/contracts/layout.ts';
import { SessionBegun, SessionEnded } from '../../shared/contracts/session.ts';
import type { ComposedCall } from '../../shared/domain/request/calls.ts';
import type { CompiledSession } from '../../shared/domain/request/sessions.ts';
import { sessionId } from '../../shared/domain/request/sessions.ts';
import { fateOf } from '../../shared/domain/response/fate.ts';
import { jobIdIn } from '../../shared/domain/response/judge-job.ts';
import { Redactor } from '../../shared/domain/response/redact.ts';
import { tell, wordsOf } from '../../shared/domain/response/said.ts';
import type { PlannedRun } from '../../shared/domain/run/planned.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { absence } from '../../shared/flow/read-answer.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import { readObject, writeObject } from '../../shared/stored.ts';
import type { ChunkDelivery, Delivered, PhaseSession } from './chunk-delivery.ts';
import type { Lane } from './lane.ts';

/** Between two looks whether the session is over: a tenth of the time so far, so that they stay few however long a phase is sent. */
const lookMs = (waitedMs: number) =>
  Math.round(Math.min(Math.max(shortestLookMs, waitedMs / 10), longestLookMs));
const shortestLookMs = 10_000;
const longestLookMs = 300_000;
/** Before a beginning or a commit is tried again that nobody answered. */
const againMs = 5_000;

export interface SessionPorts {
  readonly state: Pick<StateStore, 'get' | 'putIfAbsent'>;
  readonly runs: Pick<RunStore, 'listPending'>;
}

type Phase = Parameters<typeof sessionObject>[0];

export async function readBegun(
  { state }: Pick<SessionPorts, 'state'>,
  phase: Phase,
): Promise<SessionBegun | undefined> {
  const name = sessionObject(phase, 'begun');
  const body = await state.get(name);
  return body && readObject(SessionBegun, body, name);
}

async function readEnded(
  { state }: Pick<SessionPorts, 'state'>,
  phase: Phase,
): Promise<SessionEnded | undefined> {
  const name = sessionObject(phase, 'ended');
  const body = await state.get(name);
  return body && readObject(SessionEnded, body, name);
}

/** The first end stays. */
export async function endSession(
  ports: Pick<SessionPorts, 'state'>,
  phase: Phase,
  how: SessionEnded,
): Promise<SessionEnded> {
  const name = sessionObject(phase, 'ended');
  await ports.state.putIfAbsent(name, writeObject(SessionEnded, how, name));
  return (await readEnded(ports, phase)) ?? how;
}

export const sessionOf = (
  ports: SessionPorts,
  run: PlannedRun,
  chunk: Phase & { readonly chunk: number },
  compiled: CompiledSession,
  id: string,
): PhaseSession => ({
  compiled,
  id,
  until: run.deadline,
  ended: () => readEnded(ports, chunk),
  end: (how) => endSession(ports, chunk, how),
  async mayCommit() {
    const { attempt, phase } = chunk;
    const first = await ports.runs.listPending(run, attempt, phase, 1);
    if (first.items[0]?.chunk !== chunk.chunk) return false;
    const { items, unreadable } = await ports.runs.listPending(run, attempt, phase);
    const isSent = ({ chunk: at, accepted }: (typeof items)[number]) =>
      at === chunk.chunk || accepted !== undefined;
    return unreadable.length === 0 && items.every(isSent);
  },
});

/** The session is open, or what ends the turn. */
export type Begun =
  | { readonly kind: 'begun'; readonly id: string }
  | { readonly kind: 'ended'; readonly ended: Delivered };

/** What is the same on every try, and for every sender. */
const keyOf = ({ run, attempt, phase }: Phase, what: 'begin' | 'commit') =>
  `${run}-${attempt}-${phase === 'deleting' ? 'd' : 'u'}-${what}`;

export async function beginSession(
  ports: SessionPorts,
  chunk: Omit<ChunkDelivery, 'session'>,
  lane: Lane,
  compiled: CompiledSession,
): Promise<Begun> {
  const { address } = chunk;
  const called = await callPlatform(chunk, lane, compiled.begin({}), keyOf(address, 'begin'));
  if (called.kind === 'ended') return called;
  const refuse = (fault: Fault): Begun => ({ kind: 'ended', ended: { kind: 'stopped', fault } });
  if (called.kind === 'refused') return refuse(called.fault);
  const id = await jobIdIn(compiled.id, called.answer, []);
  if (typeof id !== 'string') return refuse(id);
  const name = sessionObject(address, 'begun');
  const begun = { id, at: chunk.ports.clock.now() };
  await ports.state.putIfAbsent(name, writeObject(SessionBegun, begun, name));
  return { kind: 'begun', id: (await readBegun(ports, address))?.id ?? id };
}

/** Of everything that this chunk has in its session; a value ends the turn. */
export async function lookAtSession(
  chunk: ChunkDelivery,
  lane: Lane,
): Promise<Delivered | undefined> {
  const { session, account, ports, store } = chunk;
  const now = ports.clock.now();
  const lines = account.jobs().filter(({ job }) => job.inSession);
  if (!session || lines.length === 0) return undefined;
  let ended = await session.ended();
  if (!ended && (await session.mayCommit())) {
    await store();
    const committed = await commit(chunk, lane, session);
    if ('ended' in committed) return committed.ended;
    ended = await session.end(committed.how);
  }
  const lookAt = now + lookMs(now - Math.min(...lines.map(({ job }) => job.acceptedAt)));
  for (const line of lines) {
    const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
    const answered = { status: 200, lastAt: ports.clock.now() };
    if (!ended) account.askAgain(line, lookAt, 0);
    else if (ended.kind === 'lost') {
      const { code, reason } = ended;
      const fault = { code, reason };
      account.settleJob(line, [{ ...all, outcome: 'uncertain', fault }], answered);
    } else if (ended.job === undefined)
      account.settleJob(line, [{ ...all, outcome: 'delivered', fault: undefined }], answered);
    else {
      const { everyMs, deadlineMs } = session.compiled.job ?? { everyMs: 0, deadlineMs: 0 };
      account.ofCommit(line, ended.job, ended.at + everyMs, ended.at + deadlineMs);
    }
  }
  return undefined;
}

async function commit(
  chunk: ChunkDelivery,
  lane: Lane,
  { compiled, id }: PhaseSession,
): Promise<{ readonly how: SessionEnded } | { readonly ended: Delivered }> {
  const at = chunk.ports.clock.now();
  const call = compiled.commit({ [sessionId]: id });
  const called = await callPlatform(chunk, lane, call, keyOf(chunk.address, 'commit'));
  if (called.kind === 'ended') return called;
  const lost = ({ code, reason }: Fault) => ({ how: { kind: 'lost', code, reason, at } as const });
  if (called.kind === 'refused') return lost(called.fault);
  if (!compiled.job) return { how: { kind: 'committed', at } };
  const job = await jobIdIn(compiled.job.rules.id, called.answer, []);
  return typeof job === 'string' ? { how: { kind: 'committed', job, at } } : lost(job);
}

type Called =
  | { readonly kind: 'answer'; readonly answer: Extract<HttpAnswer, { kind: 'answer' }> }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'ended'; readonly ended: Delivered };

async function callPlatform(
  { ports, delivery, turn, account, circuit }: Omit<ChunkDelivery, 'session'>,
  lane: Lane,
  call: ComposedCall | Fault,
  key: string,
): Promise<Called> {
  if ('reason' in call) return { kind: 'refused', fault: call };
  const waits = await lane.beforeSending();
  if (waits) return { kind: 'ended', ended: waits };
  const answer = await ports.sender.send({
    method: call.method,
    url: call.url,
    headers: { ...call.headers, 'idempotency-key': key },
    ...(call.body && { body: call.body }),
    maxAnswerBytes: delivery.maxAnswerBytes,
    timeoutMs: delivery.timeoutMs,
    notAfter: ports.clock.now() + turn.remainingMs() - delivery.timeoutMs,
  });
  if (answer.kind === 'refused' && answer.code === 'too-late')
    return { kind: 'ended', ended: { kind: 'wait', milliseconds: 0 } };
  if (answer.kind !== 'refused') account.noteSent(call.body?.byteLength ?? 0, false);
  const now = ports.clock.now();
  const fate = fateOf(answer, { missingIsDelivered: false, now, url: call.url });
  const absent = absence(fate);
  if (absent !== 'unasked') await circuit.report(absent);
  if (fate.kind === 'delivered' && answer.kind === 'answer') return { kind: 'answer', answer };
  if (fate.kind === 'delivered')
    return { kind: 'ended', ended: { kind: 'wait', milliseconds: againMs } };
  const words = answer.kind === 'answer' ? new Redactor([]).redact(wordsOf(answer)) : '';
  const fault = tell(fate, call, fate.status, words);
  if (fate.kind === 'stop') return { kind: 'ended', ended: { kind: 'stopped', fault } };
  if (fate.kind !== 'again') return { kind: 'refused', fault };
  return { kind: 'ended', ended: { kind: 'wait', milliseconds: fate.waitMs ?? againMs, fault } };
}

/** What is in a session in which a sender died, where its platform needs another. */
export const sessionBroken: Fault = {
  code: 'session-broken',
  reason:
    'A sender died within the session of this phase, and its platform needs another one then: nothing of it was committed. The next run begins anew.',
};
