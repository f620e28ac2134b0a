/**
 * Sends the open positions of one chunk, one request after the other. A refused request is cut in halves until the
 * bad records stand alone; the body of the next request is rendered while the platform works on this one.
 */

import type { ChunkLine } from '../../shared/contracts/plan.ts';
import { neverTried, type Tried } from '../../shared/domain/request/account.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import { maxExtraRequests, OpenRequests } from '../../shared/domain/request/open-requests.ts';
import { idempotencyKey, type Range, sizeOf } from '../../shared/domain/request/request.ts';
import { type Fate, isMissing, isOfPlace } from '../../shared/domain/response/fate.ts';
import { jobUnknown } from '../../shared/domain/response/judge-job.ts';
import type { OutcomeRange } from '../../shared/domain/response/judged-outcomes.ts';
import { backoffMs } from '../../shared/domain/response/outcome.ts';
import { BodyMemory } from '../../shared/domain/template/output.ts';
import { ConfigurationError, InvariantError } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { type Answered, absence, readAnswer } from '../../shared/flow/read-answer.ts';
import { acceptedJob, askJobs } from './ask-jobs.ts';
import type { ChunkDelivery, Delivered } from './chunk-delivery.ts';
import { Lane } from './lane.ts';

/** Of a request that cannot be made of so many records. */
const tooLarge = new Set(['body-too-large', 'url-too-long']);
/** A request that failed this often is left uncertain for the next run. */
const maxFailures = 5;
/** Between two tries of one request. */
const shortestWaitMs = 250;

export async function deliverChunk(chunk: ChunkDelivery): Promise<Delivered> {
  const action = chunk.lines[0]?.action;
  if (!action) throw new InvariantError('A chunk has no lines.');
  const batchSize = chunk.delivery.action(action)?.batchSize;
  if (!batchSize)
    throw new InvariantError(`A chunk has ${action}s, and the destination no such action.`);
  return new ChunkSender(chunk, batchSize).run();
}

/** A request rendered ahead of its turn. */
interface Prepared {
  readonly range: Range;
  readonly composed: Composed;
}

class ChunkSender {
  readonly #chunk: ChunkDelivery;
  readonly #lane: Lane;
  readonly #requests: OpenRequests;
  /** Of the body under way, and of the one rendered ahead: they change places as its turn comes. */
  #memory = new BodyMemory();
  #memoryAhead = new BodyMemory();
  #prepared: Prepared | undefined;

  constructor(chunk: ChunkDelivery, batchSize: number) {
    this.#chunk = chunk;
    const { account, ports, lines, batchLimit } = chunk;
    this.#lane = new Lane({ ...chunk, ...chunk.delivery, clock: ports.clock });
    this.#requests = new OpenRequests(account, lines.length, batchSize, batchLimit);
  }

  async run(): Promise<Delivered> {
    for (let range = this.#requests.take(); range; range = this.#requests.take()) {
      const ended = await this.#deliver(range);
      if (ended) return ended;
    }
    if (this.#chunk.account.jobs().length === 0) return { kind: 'settled' };
    return askJobs(this.#chunk, this.#lane);
  }

  /** Until the request has an outcome or is cut in halves; a value ends the turn. */
  async #deliver(range: Range): Promise<Delivered | undefined> {
    const { account } = this.#chunk;
    if (account.hasNamed(range) && account.openIn(range).length === 0) return undefined;
    let request: Asked | undefined = this.#askedFor(range);
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
      if (next.kind === 'stopped') return next;
      if (next.kind === 'as-update') request = { range, ...this.#composeUpdate(range) };
      else {
        const interrupted = await this.#lane.beforeRetry(next.milliseconds, next.fault);
        if (interrupted) return interrupted;
      }
    }
    return undefined;
  }

  #askedFor(range: Range): Asked | undefined {
    const composed = this.#composedFor(range);
    return composed && { range, composed, key: this.#keyOf(range), isUpdate: false };
  }

  #keyOf(range: Range): string {
    const { account, address } = this.#chunk;
    return idempotencyKey(
      address,
      range,
      account.hasNamed(range) ? account.openIn(range) : undefined,
    );
  }

  /** Undefined where a body of ours cannot hold these records: they go on in smaller requests. */
  #composedFor(range: Range): Composed | undefined {
    const prepared = this.#isPrepared(range) ? this.#prepared : undefined;
    this.#prepared = undefined;
    try {
      if (!prepared) return this.#compose(range, this.#memory);
      [this.#memory, this.#memoryAhead] = [this.#memoryAhead, this.#memory];
      return prepared.composed;
    } catch (error) {
      if (!(error instanceof ConfigurationError) || !tooLarge.has(error.code)) throw error;
      this.#tooLong(range, { code: error.code, reason: error.message });
      return undefined;
    }
  }

  /** As with a record that the template cannot take, nobody was asked. */
  #tooLong(range: Range, fault: Fault): void {
    const { account } = this.#chunk;
    if (sizeOf(range) === 1) account.settle(range, 'invalid', fault, neverTried);
    else this.#requests.halve(range);
  }

  #isPrepared({ from, to }: Range): boolean {
    return this.#prepared?.range.from === from && this.#prepared.range.to === to;
  }

  #linesOf(range: Range): readonly ChunkLine[] {
    const { account, lines } = this.#chunk;
    if (!account.hasNamed(range)) return lines.slice(range.from, range.to);
    return account.openIn(range).flatMap((at) => lines[at] ?? []);
  }

  #compose(range: Range, memory: BodyMemory): Composed {
    const { delivery } = this.#chunk;
    return delivery.compose(this.#linesOf(range), this.#keyOf(range), memory);
  }

  /** The same member as an update: the platform has them already. */
  #composeUpdate(range: Range): Omit<Asked, 'range'> {
    const { delivery } = this.#chunk;
    const key = `${this.#keyOf(range)}-u`;
    const lines = this.#linesOf(range).map((line) => ({ ...line, action: 'update' as const }));
    return { composed: delivery.compose(lines, key, this.#memory), key, isUpdate: true };
  }

  /** What goes wrong here goes wrong again when the request's turn comes, and is told there. */
  #renderAhead(): void {
    const { following } = this.#requests;
    if (!following || this.#isPrepared(following)) return;
    this.#prepared = undefined;
    try {
      const composed = this.#compose(following, this.#memoryAhead);
      this.#prepared = { range: following, composed };
    } catch {
      // Told when its turn comes.
    }
  }

  async #send({ range, composed, key }: Asked): Promise<'too-late' | Sent> {
    const { ports, delivery, turn, account, lines } = this.#chunk;
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
      onSent: () => this.#renderAhead(),
    });
    if (answer.kind === 'refused' && answer.code === 'too-late') return 'too-late';
    const now = ports.clock.now();
    const isDelete = lines[0]?.action === 'delete';
    // Of a request for many, it says that one of them is not there, and not who.
    const missingIsDelivered = isDelete && delivery.deleteMissingIsDelivered && composed.sent === 1;
    const answered = await readAnswer(composed, answer, { missingIsDelivered, now });
    const { fate } = answered;
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

  #delivered(request: Asked, sent: Sent): Met {
    const { session } = this.#chunk;
    const job = session && sent.isAccepted ? session.id : sent.job;
    if (job === undefined) return this.#judged(request, sent.outcomes, sent.tried);
    return this.#accepted(request, job, sent);
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
    const accepted = acceptedJob(this.#chunk, job, request.isUpdate, tried.lastAt);
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
    return { kind: 'stopped', fault };
  }

  /** One bad record costs only itself, as long as finding it is not dearer than it is worth. */
  #refused(request: Asked, fault: Fault, { tried, named }: Sent): Met {
    const { range, composed } = request;
    const { delivery, lines } = this.#chunk;
    const isMissed =
      lines[0]?.action === 'delete' && delivery.deleteMissingIsDelivered && isMissing(tried.status);
    const isFinal = delivery.onRefusal === 'fail' || (isOfPlace(tried.status) && !isMissed);
    if (named) return this.#refusedByName(request, fault, named, isFinal, tried);
    if (this.#isThereAlready(request, tried)) return { kind: 'as-update' };
    if (composed.sent === 1 || isFinal) return this.#settle(request, 'rejected', fault, tried);
    return this.#requests.search(range, fault, tried)
      ? settled
      : this.#settle(request, 'uncertain', notFound, tried);
  }

  /** 409 on an insert, where an update is another request. */
  #isThereAlready({ composed, isUpdate }: Asked, { status }: Tried): boolean {
    const { delivery, lines } = this.#chunk;
    return (
      status === 409 &&
      !isUpdate &&
      composed.sent === 1 &&
      lines[0]?.action === 'insert' &&
      delivery.action('update')?.uses === 'update'
    );
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
    const rest = this.#compose(request.range, this.#memory);
    return this.#settle({ ...request, composed: rest }, 'uncertain', notFound, tried);
  }

  async #tooLarge(request: Asked, fault: Fault, tried: Tried): Promise<Met> {
    const { range, composed } = request;
    if (composed.sent === 1) return this.#settle(request, 'rejected', fault, tried);
    await this.#chunk.limitBatch(this.#requests.shrink(range, fault, tried));
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

/** One request on its way. */
interface Asked {
  readonly range: Range;
  readonly composed: Composed;
  /** Its idempotency key. */
  readonly key: string;
  /** An insert that is tried as an update. */
  readonly isUpdate: boolean;
}

/** What a try led to: `settled`, or cut in halves that follow; or another try, after a wait or as an update. */
type Met =
  | { readonly kind: 'settled' }
  | { readonly kind: 'again'; readonly milliseconds: number; readonly fault: Fault }
  | { readonly kind: 'as-update' }
  | { readonly kind: 'stopped'; readonly fault: Fault };

const settled: Met = { kind: 'settled' };

/** What became of one try. */
interface Sent extends Answered {
  readonly tried: Tried;
}

/** Whoever says how long to wait, or that it is too much, is not failing. */
const isFailure = (fate: Fate) => fate.kind === 'again' && !fate.isAsked;

const notFound: Fault = {
  code: 'bisect-exhausted',
  reason: `The platform refuses this batch, and ${maxExtraRequests} requests did not find every record at fault. The next run goes on looking; a smaller batch size finds them sooner.`,
};
