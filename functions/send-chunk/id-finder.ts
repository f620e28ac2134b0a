/**
 * Asks the platform for the ids of records: at the destination's pace, under its circuit, in batches that are halved where they
 * are refused. A question changes nothing, so that whoever dies at it asks again.
 */

import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import type { Found } from '../../shared/domain/request/chunk-items.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import type { Delivery, DeliveryLookup } from '../../shared/domain/request/delivery.ts';
import { idempotencyKey } from '../../shared/domain/request/request.ts';
import { backoffMs } from '../../shared/domain/response/outcome.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { type Answered, absence, readAnswer } from '../../shared/flow/read-answer.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Clock, HttpSender } from '../../shared/ports/world.ts';
import type { Circuit } from './circuit.ts';
import type { Lane, LaneEnd } from './lane.ts';

export interface FinderSettings {
  readonly ports: {
    readonly sender: HttpSender;
    readonly clock: Clock;
    /** From 0 up to 1. */
    readonly random: () => number;
  };
  readonly delivery: Delivery;
  readonly lookup: DeliveryLookup;
  readonly circuit: Circuit;
  readonly lane: Lane;
  readonly turn: Turn;
  readonly address: ChunkAddress;
  readonly lines: readonly ChunkLine[];
  /** Told of each request that went out. */
  readonly noteSent: (bytes: number, isRetry: boolean) => void;
}

export type FinderEnd = LaneEnd | { readonly kind: 'stopped'; readonly fault: Fault };

/** A question that failed this often is left to the next run. */
const maxFailures = 5;
/** That looking for what the platform refuses to be asked may cost. */
const maxHalves = 200;
const shortestWaitMs = 250;

export class IdFinder {
  readonly #settings: FinderSettings;
  #halvesLeft = maxHalves;

  constructor(settings: FinderSettings) {
    this.#settings = settings;
  }

  /** Tells `found` of each position; a value ends the turn before all are known. */
  async find(
    positions: readonly number[],
    found: (position: number, what: Found) => void,
  ): Promise<FinderEnd | undefined> {
    const { batchSize } = this.#settings.lookup;
    const waiting: (readonly number[])[] = [];
    for (let at = 0; at < positions.length; at += batchSize)
      waiting.push(positions.slice(at, at + batchSize));
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const told = await this.#ask(batch, found);
      if (told.kind === 'halve') {
        const middle = Math.ceil(batch.length / 2);
        waiting.unshift(batch.slice(0, middle), batch.slice(middle));
      } else if (told.kind !== 'found') return told;
    }
    return undefined;
  }

  async #ask(
    batch: readonly number[],
    found: (position: number, what: Found) => void,
  ): Promise<FinderEnd | { readonly kind: 'found' } | { readonly kind: 'halve' }> {
    const composed = this.#compose(batch);
    const left = new Map(composed.invalid.map(({ index, fault }) => [index, fault]));
    for (const [index, fault] of left) found(batch[index] ?? -1, { outcome: 'invalid', fault });
    const asked = batch.filter((_, index) => !left.has(index));
    const all = (fault: Fault) => {
      for (const position of asked) found(position, { outcome: 'uncertain', fault });
      return { kind: 'found' } as const;
    };
    if (composed.sent === 0) return { kind: 'found' };
    for (let tries = 1, failures = 0; ; tries++) {
      const ended = await this.#settings.lane.beforeSending();
      if (ended) return ended;
      const read = await this.#send(composed, tries > 1);
      if (read === 'too-late') return { kind: 'wait', milliseconds: 0 };
      const { fate } = read;
      if (fate.kind === 'stop' || fate.kind === 'forbidden')
        return { kind: 'stopped', fault: fate };
      if (fate.kind === 'delivered') {
        const why = this.#told(asked, read, found);
        return why ? all(why) : { kind: 'found' };
      }
      if (fate.kind !== 'again') {
        if (asked.length === 1 || this.#halvesLeft < 2) return all(refused(fate));
        this.#halvesLeft -= 2;
        return { kind: 'halve' };
      }
      failures += fate.isAsked ? 0 : 1;
      if (failures >= maxFailures) return all(refused(fate));
      const backoff = backoffMs(tries, this.#settings.ports.random());
      const wait = Math.max(fate.waitMs ?? 0, backoff, shortestWaitMs);
      const interrupted = await this.#settings.lane.beforeRetry(wait, fate);
      if (interrupted) return interrupted;
    }
  }

  #compose(batch: readonly number[]): Composed {
    const { lookup, lines, address } = this.#settings;
    const [from = 0, to = 0] = [batch[0], batch.at(-1)];
    const key = `${idempotencyKey(address, { from, to: to + 1 }, batch)}-l`;
    return lookup.compose(
      batch.map((position) => lines[position]?.record ?? '{}'),
      key,
    );
  }

  async #send(composed: Composed, isRetry: boolean): Promise<'too-late' | Read> {
    const { ports, delivery, turn, circuit, noteSent } = this.#settings;
    const { method, url, headers, body, refusesCredentials } = composed;
    const answer = await ports.sender.send({
      ...{ method, url, headers },
      ...(body && { body }),
      ...(refusesCredentials && { refusesCredentials }),
      maxAnswerBytes: delivery.maxAnswerBytes,
      timeoutMs: delivery.timeoutMs,
      notAfter: ports.clock.now() + turn.remainingMs() - delivery.timeoutMs,
    });
    if (answer.kind === 'refused' && answer.code === 'too-late') return 'too-late';
    const now = ports.clock.now();
    const answered = await readAnswer(composed, answer, { missingIsDelivered: false, now });
    if (answer.kind === 'answer' || (answer.kind === 'none' && answer.sent !== false))
      noteSent(body?.byteLength ?? 0, isRetry);
    const absent = absence(answered.fate);
    if (absent !== 'unasked') await circuit.report(absent);
    const ids = answer.kind === 'answer' ? await composed.readIds?.(answer) : undefined;
    return { ...answered, ids };
  }

  /** Undefined: all of them are told; else why none is. */
  #told(
    asked: readonly number[],
    { outcomes, ids }: Read,
    found: (position: number, what: Found) => void,
  ): Fault | undefined {
    const failed = outcomes.find(({ outcome }) => outcome !== 'delivered');
    if (failed?.fault) return refused(failed.fault);
    if (!ids?.ok) return unreadable(ids?.why ?? 'is missing');
    const { several } = this.#settings.lookup;
    for (const [index, position] of asked.entries()) {
      const own = ids.ids.get(index) ?? [];
      const isOne = own.length < 2 || several === 'all';
      found(position, isOne ? { ids: own } : { outcome: 'rejected', fault: ambiguous(own.length) });
    }
    return undefined;
  }
}

type Read = Answered & {
  readonly ids: Awaited<ReturnType<NonNullable<Composed['readIds']>>> | undefined;
};

const refused = ({ reason }: Fault): Fault => ({
  code: 'lookup-failed',
  reason: `The platform's ids of these members could not be looked up, so nothing was sent for them, and the next run asks again. ${reason}`,
});

const unreadable = (why: string): Fault => ({
  code: 'lookup-unreadable',
  reason: `The response rule "ids" of the lookup ${why}, so that nobody can tell whom the platform knows. Nothing was sent for these members, and the next run asks again; compare the rule with the platform's answers.`,
});

const ambiguous = (count: number): Fault => ({
  code: 'platform-id-ambiguous',
  reason: `The platform has ${count} ids for this one member, and nothing was sent. Bring them together at the platform, or set "several" of the lookup to "all" where all are meant.`,
});
