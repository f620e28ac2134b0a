/**
 * Sends the open positions of one chunk, one request after the other. A refused request is cut in halves until the
 * bad records stand alone; the body of the next request is rendered while the platform works on this one.
 */

import type { ActionName } from '../../shared/contracts/destination.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import { neverTried, type Tried } from '../../shared/domain/request/account.ts';
import { lacking, withId } from '../../shared/domain/request/chunk-items.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import type { DeliveryAction } from '../../shared/domain/request/delivery.ts';
import { maxExtraRequests, OpenRequests } from '../../shared/domain/request/open-requests.ts';
import { type Range, sizeOf } from '../../shared/domain/request/request.ts';
import type { Answer } from '../../shared/domain/response/document.ts';
import { type Fate, isMissing, isOfPlace } from '../../shared/domain/response/fate.ts';
import { jobUnknown } from '../../shared/domain/response/judge-job.ts';
import type { OutcomeRange } from '../../shared/domain/response/judged-outcomes.ts';
import { backoffMs } from '../../shared/domain/response/outcome.ts';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { absence, readAnswer } from '../../shared/flow/read-answer.ts';
import { acceptedJob, askJobs } from './ask-jobs.ts';
import type { Asked, Met, Sent } from './asked.ts';
import type { ChunkDelivery, Delivered } from './chunk-delivery.ts';
import { Lane } from './lane.ts';
import { RequestMaker } from './request-maker.ts';
import type { NextId } from './sender-ids.ts';

/** A request that failed this often is left uncertain for the next run. */
const maxFailures = 5;
/** Between two tries of one request. */
const shortestWaitMs = 250;

export async function deliverChunk(chunk: ChunkDelivery): Promise<Delivered> {
  const { lines, sent = [{ from: 0, to: lines.length }], delivery, ports } = chunk;
  if (lines.length === 0) throw new InvariantError('A chunk has no lines.');
  const lane = chunk.ids?.lane ?? new Lane({ ...chunk, ...delivery, clock: ports.clock });
  for (const within of sent) {
    const delivered = await new ChunkSender(chunk, lane, within).run();
    if (delivered.kind !== 'settled') return delivered;
  }
  return chunk.account.jobs().length === 0 ? { kind: 'settled' } : askJobs(chunk, lane);
}

class ChunkSender {
  readonly #chunk: ChunkDelivery;
  readonly #lane: Lane;
  readonly #action: ActionName;
  readonly #kind: DeliveryAction;
  readonly #requests: OpenRequests;
  readonly #maker: RequestMaker;

  /** `within`: positions of one kind of request. */
  constructor(chunk: ChunkDelivery, lane: Lane, within: Range) {
    this.#chunk = chunk;
    this.#lane = lane;
    const { account, lines, delivery } = chunk;
    this.#action = lines[within.from]?.action ?? 'insert';
    const kind = delivery.action(this.#action);
    if (!kind)
      throw new InvariantError(`A chunk has ${this.#action}s, and the destination no such action.`);
    this.#kind = kind;
    const { batchSize, uses } = kind;
    this.#requests = new OpenRequests(account, within, batchSize, chunk.batchLimit(uses));
    this.#maker = new RequestMaker(chunk);
  }

  async run(): Promise<Delivered> {
    for (let range = this.#requests.take(); range; range = this.#requests.take()) {
      const ended = await this.#deliver(range);
      if (ended) return ended;
    }
    return { kind: 'settled' };
  }

  /** Until the request has an outcome or is cut in halves; a value ends the turn. */
  async #deliver(range: Range): Promise<Delivered | undefined> {
    const { account } = this.#chunk;
    if (account.hasNamed(range) && account.openIn(range).length === 0) return undefined;
    let request: Asked | undefined = this.#asked(range);
    while (request) {
      const { composed } = request;
      if (composed.sent === 0) {
        this.#settle(request, 'delivered', undefined, this.#chunk.account.tried(range));
        return undefined;
      }
      const ended = await this.#lane.beforeSending();
      if (ended) return ended;
      const sent = await this.#send(request);
      if (sent === 'too-late') return { kind: 'wait', milliseconds: 0 };
      if (sent.isAccepted) await this.#chunk.acceptance.accepted();
      if (sent.unread) await this.#chunk.warn(sent.unread);
      const next: Met = await this.#meet(request, sent);
      // Only now: what was answered is in the account, even if the circuit can't be told.
      const absent = absence(sent.fate);
      if (absent !== 'unasked') await this.#chunk.circuit.report(absent);
      if (next.kind === 'settled') return undefined;
      if (next.kind === 'ended') return next.end;
      if (next.kind === 'instead') request = next.request;
      else {
        const interrupted = await this.#lane.beforeRetry(next.milliseconds, next.fault);
        if (interrupted) return interrupted;
      }
    }
    return undefined;
  }

  /** Undefined where a body of ours cannot hold these records: they go on in smaller requests, and nobody was asked. */
  #asked(range: Range): Asked | undefined {
    const asked = this.#maker.asked(range, this.#action);
    if ('composed' in asked) return asked;
    if (sizeOf(range) === 1) this.#chunk.account.settle(range, 'invalid', asked, neverTried);
    else this.#requests.halve(range);
    return undefined;
  }

  async #send({ range, composed, key }: Asked): Promise<'too-late' | Sent> {
    const { ports, delivery, turn, account } = this.#chunk;
    const { refusesCredentials } = composed;
    const answer = await ports.sender.send({
      method: composed.method,
      url: composed.url,
      headers: composed.headers,
      ...(composed.body && { body: composed.body }),
      ...(refusesCredentials && { refusesCredentials }),
      maxAnswerBytes: delivery.maxAnswerBytes,
      timeoutMs: delivery.timeoutMs,
      notAfter: ports.clock.now() + turn.remainingMs() - delivery.timeoutMs,
      onSent: () => this.#maker.ahead(this.#requests.following),
    });
    if (answer.kind === 'refused' && answer.code === 'too-late') return 'too-late';
    const now = ports.clock.now();
    const isDelete = this.#action === 'delete';
    // Of a request for many, it says that one of them is not there, and not who.
    const missingIsDelivered = isDelete && delivery.deleteMissingIsDelivered && composed.sent === 1;
    const answered = await readAnswer(composed, answer, { missingIsDelivered, now });
    const { fate } = answered;
    if (answer.kind === 'answer' && fate.kind === 'delivered')
      await this.#learn(range, composed, answer);
    const before = account.tried(range);
    if (answer.kind === 'answer' || (answer.kind === 'none' && answer.sent !== false))
      account.noteSent(composed.body?.byteLength ?? 0, before.attempts > 0);
    const tried = {
      status: fate.status,
      request: key,
      attempts: before.attempts + 1,
      failures: before.failures + (isFailure(fate) ? 1 : 0),
      firstAt: before.firstAt || now,
      lastAt: now,
    };
    return { ...answered, tried };
  }

  /** What the answer says of the platform's ids. */
  async #learn(range: Range, { readIds, invalid }: Composed, answer: Answer): Promise<void> {
    const { ids, account, warn } = this.#chunk;
    if (!readIds || !ids) return;
    const read = await readIds(answer);
    if (!read.ok) return await warn(idsUnread(read.why));
    const left = new Set(invalid.map(({ index }) => index));
    const items = account.openIn(range).filter((_, index) => !left.has(index));
    for (const [index, own] of read.ids) ids.learn(items[index] ?? range.from, own);
  }

  async #meet(request: Asked, sent: Sent): Promise<Met> {
    const { fate, tried } = sent;
    switch (fate.kind) {
      case 'delivered':
        return this.#delivered(request, sent);
      case 'rejected':
        return this.#refused(request, fate, sent);
      case 'too-large':
        return this.#tooLarge(request, fate, tried);
      case 'forbidden':
        return this.#forbidden(request, fate, sent);
      case 'stop':
        return this.#stop(request, fate, tried);
      case 'again': {
        if (sent.named && !fate.isAsked) return this.#refused(request, fate, sent);
        if (tried.failures >= maxFailures) return this.#settle(request, 'uncertain', fate, tried);
        this.#chunk.account.keepOpen(request.range, fate, tried);
        // A platform that asks for no wait at all, or for one that is over, must not be stormed.
        const backoff = backoffMs(tried.attempts, this.#chunk.ports.random());
        const milliseconds = Math.max(fate.waitMs ?? 0, backoff, shortestWaitMs);
        return { kind: 'again', milliseconds, fault: fate };
      }
    }
  }

  async #delivered(request: Asked, sent: Sent): Promise<Met> {
    const { session } = this.#chunk;
    const { tried, outcomes } = sent;
    if (isMissing(tried.status) && this.#isById(request)) return this.#lacks(request, tried);
    // In a session nothing is done before its commit, not even who is not there: that may mean the session.
    const job = session ? session.id : sent.job;
    if (job !== undefined) return this.#accepted(request, job, sent);
    return this.#more(request) ?? this.#judged(request, outcomes, tried);
  }

  /** As a job, of which it is not yet known what becomes of it. */
  #accepted(request: Asked, job: string | Fault, { outcomes, tried }: Sent): Met {
    if (typeof job !== 'string') {
      const untold = (each: OutcomeRange): OutcomeRange =>
        each.outcome === 'delivered' ? { ...each, outcome: 'uncertain', fault: job } : each;
      return this.#judged(request, outcomes.map(untold), tried);
    }
    const refused = outcomes.filter(({ outcome }) => outcome !== 'delivered');
    const { range, composed } = request;
    const accepted = acceptedJob(this.#chunk, job, request.action, tried.lastAt);
    this.#chunk.account.accept(range, composed, refused, accepted, jobUnknown, tried);
    return settled;
  }

  /** While nobody was accepted, others are asked before whoever was refused is asked again. */
  async #forbidden(request: Asked, fate: Fault, sent: Sent): Promise<Met> {
    const { range, composed } = request;
    const { acceptance, account, delivery } = this.#chunk;
    const whom = sent.named ? 'records' : await acceptance.forbids();
    if (whom === 'records') return this.#refused(request, sent.ofRecords ?? fate, sent);
    if (whom === 'credentials') return this.#stop(request, fate, sent.tried);
    const isCut = composed.sent > 1 && delivery.onRefusal === 'bisect';
    if (isCut && this.#requests.search(range, fate, sent.tried)) return settled;
    if (this.#requests.putOff(range)) {
      account.keepOpen(range, fate, sent.tried);
      return settled;
    }
    if (acceptance.isOnlyChunk) return this.#stop(request, fate, sent.tried);
    return this.#settle(request, 'uncertain', fate, sent.tried);
  }

  /** Not the records' fault: whoever mends the credentials finds them sent by the next run. */
  #stop(request: Asked, fault: Fault, tried: Tried): Met {
    this.#settle(request, 'uncertain', fault, tried);
    return { kind: 'ended', end: { kind: 'stopped', fault } };
  }

  /** One bad record costs only itself, as long as finding it is not dearer than it is worth. */
  async #refused(request: Asked, fault: Fault, { tried, named }: Sent): Promise<Met> {
    const { range, composed } = request;
    const { delivery } = this.#chunk;
    const isMissed =
      this.#action === 'delete' && delivery.deleteMissingIsDelivered && isMissing(tried.status);
    // Of one id among many that is not known any more, too.
    const isLacking = isMissing(tried.status) && this.#namesIds;
    const isPlace = isOfPlace(tried.status) && !isMissed && !isLacking;
    const isFinal = delivery.onRefusal === 'fail' || isPlace;
    if (isLacking && composed.sent === 1) return this.#lacks(request, tried);
    if (named && (isFinal || !isLacking))
      return this.#refusedByName(request, fault, named, isFinal, tried);
    if (this.#isThereAlready(request, tried)) return this.#asUpdate(request, fault, tried);
    if (composed.sent === 1 || isFinal) return this.#settle(request, 'rejected', fault, tried);
    return this.#requests.search(range, fault, tried)
      ? settled
      : this.#settle(request, 'uncertain', notFound, tried);
  }

  /** 409 on an insert, where an update is another request. */
  #isThereAlready({ composed, mark }: Asked, { status }: Tried): boolean {
    return (
      status === 409 &&
      mark === undefined &&
      composed.sent === 1 &&
      this.#action === 'insert' &&
      this.#chunk.delivery.action('update')?.uses === 'update'
    );
  }

  /** As an update, for which the platform's id may be wanted. */
  async #asUpdate(request: Asked, fault: Fault, tried: Tried): Promise<Met> {
    const { delivery, ids } = this.#chunk;
    const asUpdate = (line: ChunkLine): ChunkLine => ({ ...line, action: 'update' });
    if (!ids || !delivery.action('update')?.namesId)
      return { kind: 'instead', request: this.#maker.instead(request, 'u', asUpdate) };
    const next = await ids.next(request.range.from);
    // The platform has them, and may show it later.
    const isLate = (delivery.lookup?.lagSeconds ?? 0) > 0;
    if (next.kind === 'gone')
      return isLate
        ? this.#settle(request, 'uncertain', notShown, tried)
        : this.#settle(request, 'rejected', fault, tried);
    if (next.kind !== 'id') return this.#unknown(request, next, tried);
    const byId = (line: ChunkLine) => asUpdate({ ...line, record: withId(line.record, next.id) });
    return { kind: 'instead', request: this.#maker.instead(request, `u${next.mark}`, byId) };
  }

  get #namesIds(): boolean {
    return this.#kind.namesId && this.#chunk.ids !== undefined;
  }

  #isById({ composed }: Asked): boolean {
    return this.#namesIds && composed.sent === 1;
  }

  /** The platform does not know the id, or not any more: it is asked for another once. */
  async #lacks(request: Asked, tried: Tried): Promise<Met> {
    const next = await this.#chunk.ids?.next(this.#itemOf(request));
    if (next?.kind === 'id') return { kind: 'instead', request: this.#byId(request, next) };
    if (next && next.kind !== 'gone') return this.#unknown(request, next, tried);
    if (this.#action === 'delete') return this.#settle(request, 'delivered', undefined, tried);
    const asInsert = (line: ChunkLine): ChunkLine => ({ ...line, action: 'insert' });
    const { delivery } = this.#chunk;
    const canInsert = request.mark !== 'n' && delivery.action('insert')?.namesId === false;
    return canInsert
      ? { kind: 'instead', request: this.#maker.instead(request, 'n', asInsert) }
      : this.#settle(request, 'rejected', lacking, tried);
  }

  /** A member that the platform has several times. */
  #more(request: Asked): Met | undefined {
    const next = this.#isById(request) && this.#chunk.ids?.more(this.#itemOf(request));
    return next ? { kind: 'instead', request: this.#byId(request, next) } : undefined;
  }

  #byId(request: Asked, { id, mark }: Extract<NextId, { kind: 'id' }>): Asked {
    return this.#maker.instead(request, mark, (line) => ({
      ...line,
      record: withId(line.record, id),
    }));
  }

  #unknown(request: Asked, next: Exclude<NextId, { kind: 'id' | 'gone' }>, tried: Tried): Met {
    if (next.kind === 'ended') return { kind: 'ended', end: next.end };
    const { outcome, fault } = next.found;
    return this.#settle(request, outcome === 'invalid' ? 'uncertain' : outcome, fault, tried);
  }

  /** The only one of the request. */
  #itemOf({ range }: Asked): number {
    return this.#chunk.account.openIn(range)[0] ?? range.from;
  }

  /** Those named are refused; the others go once more, as one request. */
  #refusedByName(
    request: Asked,
    fault: Fault,
    named: ReadonlyMap<number, Fault>,
    isFinal: boolean,
    tried: Tried,
  ): Met {
    const { sent } = request.composed;
    const outcomes = Array.from({ length: sent }, (_, from): OutcomeRange => {
      const own = named.get(from) ?? fault;
      return { from, to: from + 1, outcome: 'rejected', fault: own };
    });
    if (isFinal || named.size === sent) return this.#judged(request, outcomes, tried);
    this.#judged(
      request,
      outcomes.filter(({ from }) => named.has(from)),
      tried,
    );
    if (this.#requests.withoutNamed(request.range, fault, tried)) return settled;
    const rest = this.#maker.compose(request.range);
    return this.#settle({ ...request, composed: rest }, 'uncertain', notFound, tried);
  }

  async #tooLarge(request: Asked, fault: Fault, tried: Tried): Promise<Met> {
    const { range, composed } = request;
    if (composed.sent === 1) return this.#settle(request, 'rejected', fault, tried);
    const most = this.#requests.shrink(range, fault, tried);
    await this.#chunk.limitBatch(this.#kind.uses, most);
    return settled;
  }

  #judged({ range, composed }: Asked, outcomes: readonly OutcomeRange[], tried: Tried): Met {
    this.#chunk.account.settleRequest(range, composed, outcomes, tried);
    return settled;
  }

  /** All records of the request share one outcome. */
  #settle(
    request: Asked,
    outcome: OutcomeRange['outcome'],
    fault: Fault | undefined,
    tried: Tried,
  ): Met {
    const settled = { from: 0, to: request.composed.sent, outcome, fault };
    return this.#judged(request, [settled], tried);
  }
}

const settled: Met = { kind: 'settled' };

/** Whoever says how long to wait, or that it is too much, is not failing. */
const isFailure = (fate: Fate) => fate.kind === 'again' && !fate.isAsked;

const notFound: Fault = {
  code: 'bisect-exhausted',
  reason: `The platform refuses this batch, and ${maxExtraRequests} requests did not find every record at fault. The next run goes on looking; a smaller batch size finds them sooner.`,
};

const notShown: Fault = {
  code: 'platform-id-not-yet',
  reason:
    'The platform says that it has this member, and its lookup does not show them, which by lagSeconds it may do later. The next run asks again.',
};

const idsUnread = (why: string): Fault => ({
  code: 'ids-unread',
  reason: `The response rule "ids" ${why}, so that the platform's ids of these members are not known. They were taken all the same; compare the rule with the platform's answers.`,
});
