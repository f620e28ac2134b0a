/** Sends the open positions of one chunk, one request after the other, at the lane's pace. */
import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import type { ChunkAccount, Tried } from '../../shared/domain/account.ts';
import type { Composed, Delivery } from '../../shared/domain/delivery.ts';
import { InvariantError } from '../../shared/domain/errors.ts';
import { backoffMs, type Fate, fateOf } from '../../shared/domain/outcome.ts';
import type { Fault } from '../../shared/domain/plan.ts';
import { cut, idempotencyKey, type Range } from '../../shared/domain/request.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Clock, HttpSender } from '../../shared/ports.ts';

export interface ChunkDelivery {
  readonly ports: {
    readonly sender: HttpSender;
    readonly clock: Clock;
    /** From 0 up to 1. */
    readonly random: () => number;
  };
  readonly delivery: Delivery;
  readonly address: ChunkAddress;
  readonly lines: readonly ChunkLine[];
  readonly account: ChunkAccount;
  readonly turn: Turn;
  /** Is the run still in this chunk's phase? */
  readonly mayGoOn: () => Promise<boolean>;
  /** Stores the account as it is. */
  readonly store: () => Promise<void>;
}

export type Delivered =
  /** Every position has its outcome. */
  | { readonly kind: 'settled' }
  /** To be gone on with after this long. */
  | { readonly kind: 'wait'; readonly milliseconds: number }
  /** Nothing of this run can succeed. */
  | { readonly kind: 'stopped'; readonly fault: Fault }
  /** The run left the phase. */
  | { readonly kind: 'ended' };

/** A request that failed this often is left uncertain for the next run. */
const maxFailures = 5;
/** Longer waits are spent outside the function. */
const longestSleepMs = 5_000;
/** Between two looks at the run, and between two stores of the account. */
const heartbeatMs = 5_000;
/** What storing and letting go may take at the end of a turn. */
const reserveMs = 10_000;

export async function deliverChunk(chunk: ChunkDelivery): Promise<Delivered> {
  const lane = new Lane(chunk);
  const action = chunk.lines[0]?.action;
  if (!action) throw new InvariantError('A chunk has no lines.');
  const batchSize = chunk.delivery.action(action)?.batchSize;
  if (!batchSize)
    throw new InvariantError(`A chunk has ${action}s, and the destination no such action.`);
  for (const range of cut(chunk.account.gaps(), batchSize)) {
    const ended = await deliverRange(chunk, lane, range);
    if (ended) return ended;
  }
  return { kind: 'settled' };
}

/** Until the request has an outcome; a value ends the chunk's turn. */
async function deliverRange(
  chunk: ChunkDelivery,
  lane: Lane,
  range: Range,
): Promise<Delivered | undefined> {
  const { account, delivery, lines, address } = chunk;
  const key = idempotencyKey(address, range);
  const composed = delivery.compose(lines.slice(range.from, range.to), key);
  if (composed.sent === 0) {
    settle(chunk, range, composed, 'delivered', undefined, account.tried(range));
    return undefined;
  }
  for (;;) {
    const ended = await lane.beforeSending();
    if (ended) return ended;
    const tried = account.tried(range);
    const fate = await sendOnce(chunk, composed);
    const now = chunk.ports.clock.now();
    if (fate === 'too-late') return { kind: 'wait', milliseconds: 0 };
    const next: Tried = {
      status: fate.status,
      request: key,
      attempts: tried.attempts + 1,
      failures: tried.failures + (isFailure(fate) ? 1 : 0),
      firstAt: tried.firstAt || now,
      lastAt: now,
    };
    switch (fate.kind) {
      case 'delivered':
        settle(chunk, range, composed, 'delivered', undefined, next);
        return undefined;
      case 'rejected':
        settle(chunk, range, composed, 'rejected', fate, next);
        return undefined;
      case 'stop':
        settle(chunk, range, composed, 'rejected', fate, next);
        return { kind: 'stopped', fault: fate };
      case 'again': {
        if (next.failures >= maxFailures) {
          settle(chunk, range, composed, 'uncertain', fate, next);
          return undefined;
        }
        account.keepOpen(range, { code: fate.code, reason: fate.reason }, next);
        const wait = fate.waitMs ?? backoffMs(next.attempts, chunk.ports.random());
        if (wait > longestSleepMs) return { kind: 'wait', milliseconds: wait };
        await chunk.ports.clock.sleep(wait);
      }
    }
  }
}

/** A platform that says how long to wait, or that it is too much, is not failing. */
const isFailure = (fate: Fate) =>
  fate.kind === 'again' && fate.waitMs === undefined && fate.status !== 429;

async function sendOnce({ ports, delivery, turn, lines }: ChunkDelivery, composed: Composed) {
  const now = ports.clock.now();
  const answer = await ports.sender.send({
    method: composed.method,
    url: composed.url,
    headers: composed.headers,
    ...(composed.body && { body: composed.body }),
    timeoutMs: delivery.timeoutMs,
    notAfter: now + turn.remainingMs() - delivery.timeoutMs,
  });
  if (answer.kind === 'refused' && answer.code === 'too-late') return 'too-late' as const;
  return fateOf(answer, lines[0]?.action ?? 'insert', ports.clock.now());
}

/** The records the template could not take are invalid; the others share the request's outcome. */
function settle(
  { account }: ChunkDelivery,
  range: Range,
  composed: Composed,
  outcome: 'delivered' | 'rejected' | 'uncertain',
  fault: Fault | undefined,
  tried: Tried,
): void {
  let at = range.from;
  for (const { index, fault: why } of composed.invalid) {
    const position = range.from + index;
    if (position > at) account.settle({ from: at, to: position }, outcome, fault, tried);
    account.settle({ from: position, to: position + 1 }, 'invalid', why, { ...tried, attempts: 0 });
    at = position + 1;
  }
  if (at < range.to) account.settle({ from: at, to: range.to }, outcome, fault, tried);
}

/** The lane's pace, and the pulse by which a long chunk notices that it should end. */
class Lane {
  readonly #chunk: ChunkDelivery;
  #nextAt: number;
  #pulseAt: number;

  constructor(chunk: ChunkDelivery) {
    this.#chunk = chunk;
    const now = chunk.ports.clock.now();
    // The lane's last request may have been sent just now, by the turn before.
    this.#nextAt = now + chunk.delivery.intervalMs;
    this.#pulseAt = now + heartbeatMs;
  }

  /** Waits for the lane's next slot; a value ends the turn. */
  async beforeSending(): Promise<Delivered | undefined> {
    const { ports, delivery, turn } = this.#chunk;
    const wait = this.#nextAt - ports.clock.now();
    if (turn.remainingMs() < Math.max(wait, 0) + delivery.timeoutMs + reserveMs) {
      return { kind: 'wait', milliseconds: 0 };
    }
    if (wait > 0) await ports.clock.sleep(wait);
    const ended = await this.#pulse();
    this.#nextAt = ports.clock.now() + delivery.intervalMs;
    return ended;
  }

  async #pulse(): Promise<Delivered | undefined> {
    const now = this.#chunk.ports.clock.now();
    if (now < this.#pulseAt) return undefined;
    this.#pulseAt = now + heartbeatMs;
    await this.#chunk.store();
    return (await this.#chunk.mayGoOn()) ? undefined : { kind: 'ended' };
  }
}
