/**
 * Sends the open positions of one chunk, one request after the other. A refused request is cut in halves until the
 * bad records stand alone; the body of the next request is rendered while the platform works on this one.
 */

import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import { type ChunkAccount, neverTried, type Tried } from '../../shared/domain/request/account.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import { maxExtraRequests, OpenRequests } from '../../shared/domain/request/open-requests.ts';
import { idempotencyKey, type Range, sizeOf } from '../../shared/domain/request/request.ts';
import { backoffMs, type Fate, fateOf, isOfPlace } from '../../shared/domain/response/outcome.ts';
import type { Verdict } from '../../shared/domain/response/verdicts.ts';
import { BodyMemory } from '../../shared/domain/template/output.ts';
import { ConfigurationError, InvariantError } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Clock, HttpSender } from '../../shared/ports/world.ts';
import type { Circuit } from './circuit.ts';
import { Lane, type LaneEnd, type LaneSettings } from './lane.ts';

export interface ChunkDelivery extends Pick<LaneSettings, 'mayGoOn' | 'store'> {
  readonly ports: {
    readonly sender: HttpSender;
    readonly clock: Clock;
    /** From 0 up to 1. */
    readonly random: () => number;
  };
  readonly delivery: Delivery;
  readonly circuit: Circuit;
  readonly address: ChunkAddress;
  readonly lines: readonly ChunkLine[];
  readonly account: ChunkAccount;
  readonly turn: Turn;
  /** What the platform was found to take of this action in this run, where that is less than the batch size. */
  readonly batchLimit: number | undefined;
  /** Lets the run's other chunks know such a limit. */
  readonly limitBatch: (records: number) => Promise<void>;
}

export type Delivered =
  /** Every position has its outcome. */
  | { readonly kind: 'settled' }
  /** Nothing of this run can succeed. */
  | { readonly kind: 'stopped'; readonly fault: Fault }
  | LaneEnd;

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
    return { kind: 'settled' };
  }

  /** Until the request has an outcome or is cut in halves; a value ends the turn. */
  async #deliver(range: Range): Promise<Delivered | undefined> {
    const composed = this.#composedFor(range);
    if (composed === undefined) return undefined;
    if (composed.sent === 0) {
      this.#settle(range, composed, 'delivered', undefined, this.#chunk.account.tried(range));
      return undefined;
    }
    for (;;) {
      const ended = await this.#lane.beforeSending();
      if (ended) return ended;
      const sent = await this.#send(range, composed);
      if (sent === 'too-late') return { kind: 'wait', milliseconds: 0 };
      const next = await this.#meet(range, composed, sent);
      // Only now: what was answered is in the account, even if the circuit can't be told.
      const isThere = platformIsThere(sent.fate);
      if (isThere !== undefined) await this.#chunk.circuit.report(isThere);
      if (next.kind === 'settled') return undefined;
      if (next.kind !== 'again') return next;
      const interrupted = await this.#lane.beforeRetry(next.milliseconds);
      if (interrupted) return interrupted;
    }
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
      if (!(error instanceof ConfigurationError) || error.code !== 'body-too-large') throw error;
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

  #compose(range: Range, memory: BodyMemory): Composed {
    const { delivery, lines, address } = this.#chunk;
    const key = idempotencyKey(address, range);
    return delivery.compose(lines.slice(range.from, range.to), key, memory);
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

  async #send(range: Range, composed: Composed): Promise<'too-late' | Sent> {
    const { ports, delivery, turn, account, address, lines } = this.#chunk;
    const answer = await ports.sender.send({
      method: composed.method,
      url: composed.url,
      headers: composed.headers,
      ...(composed.body && { body: composed.body }),
      timeoutMs: delivery.timeoutMs,
      notAfter: ports.clock.now() + turn.remainingMs() - delivery.timeoutMs,
      onSent: () => this.#renderAhead(),
    });
    if (answer.kind === 'refused' && answer.code === 'too-late') return 'too-late';
    const now = ports.clock.now();
    const [first] = lines;
    // Of a request for many, 404 says that the path or the audience is missing, not the members.
    const missingIsDone =
      first?.action === 'delete' &&
      delivery.deleteMissingIsDelivered &&
      delivery.action('delete')?.batchSize === 1;
    const fate = fateOf(answer, missingIsDone, now);
    const before = account.tried(range);
    if (answer.kind === 'answer' || (answer.kind === 'none' && answer.sent !== false))
      account.noteSent(composed.body?.byteLength ?? 0, before.attempts > 0);
    const verdicts =
      fate.kind === 'delivered' && answer.kind === 'answer'
        ? await composed.judge?.(answer)
        : undefined;
    return {
      fate,
      verdicts: verdicts ?? delivered(composed),
      tried: {
        status: fate.status,
        request: idempotencyKey(address, range),
        attempts: before.attempts + 1,
        failures: before.failures + (isFailure(fate) ? 1 : 0),
        firstAt: before.firstAt || now,
        lastAt: now,
      },
    };
  }

  async #meet(range: Range, composed: Composed, { fate, tried, verdicts }: Sent): Promise<Met> {
    switch (fate.kind) {
      case 'delivered':
        return this.#judged(range, composed, verdicts, tried);
      case 'rejected':
        return this.#refused(range, composed, fate, tried);
      case 'too-large':
        return this.#tooLarge(range, composed, fate, tried);
      case 'stop':
        // Not the records' fault: whoever mends the credentials finds them sent by the next run.
        this.#settle(range, composed, 'uncertain', fate, tried);
        return { kind: 'stopped', fault: fate };
      case 'again': {
        if (tried.failures >= maxFailures)
          return this.#settle(range, composed, 'uncertain', fate, tried);
        this.#chunk.account.keepOpen(range, fate, tried);
        // A platform that asks for no wait at all, or for one that is over, must not be stormed.
        const backoff = backoffMs(tried.attempts, this.#chunk.ports.random());
        return { kind: 'again', milliseconds: Math.max(fate.waitMs ?? 0, backoff, shortestWaitMs) };
      }
    }
  }

  /** One bad record costs only itself, as long as finding it is not dearer than it is worth. */
  #refused(range: Range, composed: Composed, fault: Fault, tried: Tried): Met {
    if (
      composed.sent === 1 ||
      this.#chunk.delivery.onRefusal === 'fail' ||
      isOfPlace(tried.status)
    ) {
      return this.#settle(range, composed, 'rejected', fault, tried);
    }
    return this.#requests.search(range, fault, tried)
      ? settled
      : this.#settle(range, composed, 'uncertain', notFound, tried);
  }

  async #tooLarge(range: Range, composed: Composed, fault: Fault, tried: Tried): Promise<Met> {
    if (composed.sent === 1) return this.#settle(range, composed, 'rejected', fault, tried);
    await this.#chunk.limitBatch(this.#requests.shrink(range, fault, tried));
    return settled;
  }

  #judged(range: Range, composed: Composed, verdicts: readonly Verdict[], tried: Tried): Met {
    this.#chunk.account.settleRequest(range, composed, verdicts, tried);
    return settled;
  }

  /** All records of the request share one outcome. */
  #settle(
    range: Range,
    composed: Composed,
    outcome: Verdict['outcome'],
    fault: Fault | undefined,
    tried: Tried,
  ): Met {
    return this.#judged(range, composed, [{ from: 0, to: composed.sent, outcome, fault }], tried);
  }
}

/** What a try led to: `settled`, or cut in halves that follow; or another try after a wait. */
type Met =
  | { readonly kind: 'settled' }
  | { readonly kind: 'again'; readonly milliseconds: number }
  | { readonly kind: 'stopped'; readonly fault: Fault };

const settled: Met = { kind: 'settled' };

/** It answered, and with less than 500. Undefined where it was not asked, because a token could not be had yet. */
function platformIsThere(fate: Fate): boolean | undefined {
  if (fate.kind !== 'again') return true;
  if (fate.status === 0) return fate.waitMs === undefined ? false : undefined;
  return fate.status < 500;
}

/** What became of one try. */
interface Sent {
  readonly fate: Fate;
  readonly tried: Tried;
  /** For a 2xx: on the records sent. */
  readonly verdicts: readonly Verdict[];
}

const delivered = ({ sent }: Composed): Verdict[] => [
  { from: 0, to: sent, outcome: 'delivered', fault: undefined },
];

/** Whoever says how long to wait, or that it is too much, is not failing. */
const isFailure = (fate: Fate) =>
  fate.kind === 'again' && fate.waitMs === undefined && fate.status !== 429;

const notFound: Fault = {
  code: 'bisect-exhausted',
  reason: `The platform refuses this batch, and ${maxExtraRequests} requests did not find every record at fault. The next run goes on looking; a smaller batch size finds them sooner.`,
};
