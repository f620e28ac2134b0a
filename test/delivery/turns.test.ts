/** One chunk over many turns: whatever ends them, each request stays the request it was, and nothing answered is asked again. */

import { expect, test } from 'vitest';
import { deliverChunk } from '../../functions/send-chunk/deliver-chunk.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import { ProgressLine } from '../../shared/contracts/plan.ts';
import { ChunkAccount } from '../../shared/domain/request/account.ts';
import { type Delivery, deliveryOf } from '../../shared/domain/request/delivery.ts';
import { ConfigurationError, PassingError } from '../../shared/domain/words/errors.ts';
import { readLines, writeLines } from '../../shared/lines.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { audienceSync } from '../audience-sync.ts';
import fc from '../fast-check.ts';
import { loneSender } from './lone-sender.ts';

/** After so many requests a turn ends: in good order, by an error, or with its process. */
interface TurnEnd {
  readonly after: number;
  readonly by: 'time' | 'error' | 'crash';
  /** What another lane had found the platform to take at most when the turn began. */
  readonly limit?: number | undefined;
}

interface Platform {
  readonly members: number;
  readonly batchSize: number;
  readonly bad: ReadonlySet<number>;
  readonly maxBatch: number;
  /** Records so long that no body holds them. */
  readonly long?: ReadonlySet<number>;
  /** What the n-th request meets instead. */
  readonly faults: ReadonlyMap<number, 429 | 500 | 'drop' | 'token'>;
  readonly turns: readonly TurnEnd[];
}

interface Sent {
  readonly key: string;
  readonly ids: readonly number[];
  readonly status: number;
}

const sync = audienceSync(['id']);

const answer = (status: number, headers: Record<string, string> = {}): HttpAnswer => ({
  kind: 'answer',
  status,
  headers,
  body: new Uint8Array(),
  truncated: false,
});

class Chunk {
  readonly sent: Sent[] = [];
  /** Requests whose final answer is stored. */
  readonly recorded = new Set<string>();
  /** Requests made although their final answer was stored. */
  readonly repeated: string[] = [];
  /** Requests made before the wait that was asked for was over. */
  readonly hurried: string[] = [];
  readonly #platform: Platform;
  readonly #delivery;
  readonly #destination;
  #stored = writeLines(ProgressLine, [], 'progress');
  #clean = true;
  #batchLimit = 1_000;
  #now = 1_000_000;
  #waitUntil = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
    const { batchSize } = platform;
    const insert = { path: '/', batchSize, body: '{"ids": [$$.records.id]}' };
    this.#destination = Destination.parse({
      id: 'platform',
      name: 'Platform',
      baseUrl: 'https://api.example.com',
      version: 1,
      circuitAfter: 1_000,
      actions: { insert },
    });
    this.#delivery = deliveryOf(this.#destination, sync, {
      records: recordTools,
      targets: { allowLoopbackHttp: false },
    });
  }

  /** One turn; true once the chunk is settled. */
  async turn({ after, by, limit = Number.POSITIVE_INFINITY }: TurnEnd): Promise<boolean> {
    this.#batchLimit = Math.min(this.#batchLimit, limit);
    const { members } = this.#platform;
    const lines = Array.from({ length: members }, (_, id) => ({
      key: `${id}`,
      action: 'insert' as const,
      record: `{"id":${id}}`,
    }));
    const account = this.account();
    const begun = this.sent.length;
    const isOver = () => this.sent.length - begun >= after;
    const store = async () => {
      this.#stored = writeLines(ProgressLine, account.lines(), 'progress');
      for (const { key, status } of this.sent.slice(begun)) {
        if (isFinal(status)) this.recorded.add(key);
      }
    };
    let crash = () => {};
    const crashed = new Promise<'crashed'>((resolve) => {
      crash = () => resolve('crashed');
    });
    const clock = {
      now: () => this.#now,
      sleep: async (milliseconds: number) => {
        this.#now += milliseconds;
      },
    };
    const delivering = deliverChunk({
      ports: {
        clock,
        random: () => 0.5,
        sender: {
          send: async ({ headers, body, onSent }) => {
            if (isOver() && by === 'error') throw new PassingError('test', 'The table is away.');
            this.#now += 100;
            const got = this.#receive(headers['idempotency-key'] ?? '', body);
            onSent?.();
            if (!isOver() || by !== 'crash') return got;
            crash();
            return new Promise(() => {});
          },
        },
      },
      delivery: { ...this.#delivery, compose: this.#compose },
      ...loneSender(clock, this.#destination),
      address: { sync: 'audience', run: 'r', attempt: 'p1', phase: 'upserting', chunk: 0 },
      lines,
      account,
      turn: { id: 'turn', remainingMs: () => (isOver() && by === 'time' ? 0 : 900_000) },
      batchLimit: () => this.#batchLimit,
      warn: async () => {},
      limitBatch: async (_, records) => {
        this.#batchLimit = records;
      },
      mayGoOn: async () => true,
      store,
    });
    const ended = await Promise.race([delivering, crashed]).catch(() => 'failed' as const);
    if (ended === 'crashed' || ended === 'failed') {
      this.#clean = false;
      // Nobody is left who knows of it.
      this.#waitUntil = 0;
    } else if (ended.kind === 'wait') this.#now += ended.milliseconds;
    if (ended !== 'crashed') await store();
    return typeof ended === 'object' && ended.kind === 'settled';
  }

  readonly #compose: Delivery['compose'] = (lines, key, memory) => {
    if (lines.some((line) => this.#platform.long?.has(Number(line.key)))) {
      throw new ConfigurationError('body-too-large', 'The body is too large.');
    }
    return this.#delivery.compose(lines, key, memory);
  };

  account(): ChunkAccount {
    const stored = readLines(ProgressLine, this.#stored, 'progress');
    return new ChunkAccount(this.#platform.members, this.#clean, stored);
  }

  #receive(key: string, body: Uint8Array | undefined): HttpAnswer {
    if (this.recorded.has(key)) this.repeated.push(key);
    if (this.#now - 100 < this.#waitUntil) this.hurried.push(key);
    const { ids }: { ids: number[] } = JSON.parse(Buffer.from(body ?? []).toString());
    const { faults, maxBatch, bad } = this.#platform;
    const fault = faults.get(this.sent.length);
    const own = ids.length > maxBatch ? 413 : ids.some((id) => bad.has(id)) ? 400 : 200;
    const status = fault === undefined ? own : typeof fault === 'number' ? fault : 0;
    this.sent.push({ key, ids, status });
    if (fault === 429 || fault === 'token') this.#waitUntil = this.#now + waitMs;
    if (fault === 'drop') return { kind: 'none', code: 'dropped', reason: '', sent: true };
    if (fault === 'token') {
      return { kind: 'none', code: 'token-unavailable', reason: '', sent: false, waitMs };
    }
    return answer(status, status === 429 ? { 'retry-after': `${waitMs / 1_000}` } : {});
  }
}

/** Longer than a function sleeps. */
const waitMs = 7_000;

const isFinal = (status: number) => [200, 400, 413].includes(status);

async function play(platform: Platform): Promise<Chunk> {
  const chunk = new Chunk(platform);
  const turns = [...platform.turns];
  for (let left = 1_000; left > 0; left--) {
    if (await chunk.turn(turns.shift() ?? { after: 1_000, by: 'time' })) return chunk;
  }
  throw new Error('The chunk does not come to its end.');
}

/** Positions by outcome, and by the reason where there is one. */
function outcomesOf(chunk: Chunk): Record<string, number[]> {
  const lines = chunk.account().close({ code: 'left', reason: '' });
  const positions = lines.flatMap(({ from, to, outcome, code }) =>
    Array.from({ length: to - from }, (_, i) => ({ name: code || outcome, position: from + i })),
  );
  const groups = Map.groupBy(positions, ({ name }) => name);
  const found = [...groups].map(([name, all]) => [name, all.map((each) => each.position)]);
  const none = { delivered: [], 'http-400': [], 'body-too-large': [] };
  return { ...none, ...Object.fromEntries(found) };
}

function changed(sent: readonly Sent[]): string[] {
  const first = new Map<string, string>();
  return sent.flatMap(({ key, ids }) => {
    const before = first.get(key) ?? ids.join();
    first.set(key, before);
    return before === ids.join() ? [] : [key];
  });
}

/** Whether what was tried in vain is tried again as the very request it was. */
function renamed(sent: readonly Sent[]): string[] {
  return sent.flatMap(({ key, ids, status }, index) => {
    const next = sent.slice(index + 1).find((later) => later.ids.some((id) => ids.includes(id)));
    return isFinal(status) || next === undefined || next.key === key ? [] : [`${key} ${next.key}`];
  });
}

/** Records of a request follow one another. */
function crossing(sent: readonly Sent[]): string[] {
  const ranges = sent.map(({ key, ids }) => ({ key, from: ids[0] ?? 0, to: ids.at(-1) ?? 0 }));
  return ranges.flatMap((a) =>
    ranges
      .filter((b) => a.from < b.from && b.from <= a.to && a.to < b.to)
      .map((b) => `${a.key} ${b.key}`),
  );
}

const end: fc.Arbitrary<TurnEnd> = fc.record({
  after: fc.integer({ min: 1, max: 9 }),
  by: fc.constantFrom('time', 'error', 'crash'),
  limit: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
});

const platforms: fc.Arbitrary<Platform> = fc
  .record({
    members: fc.integer({ min: 1, max: 60 }),
    batchSize: fc.integer({ min: 1, max: 25 }),
    maxBatch: fc.oneof(fc.constant(1_000), fc.integer({ min: 1, max: 25 })),
    bad: fc.uniqueArray(fc.nat({ max: 59 }), { maxLength: 12 }),
    long: fc.uniqueArray(fc.nat({ max: 59 }), { maxLength: 3 }),
    // Fewer failures than one request has tries; waits are none.
    failures: fc.uniqueArray(
      fc.tuple(fc.nat({ max: 40 }), fc.constantFrom<500 | 'drop'>(500, 'drop')),
      { maxLength: 4, selector: ([at]) => at },
    ),
    waits: fc.uniqueArray(
      fc.tuple(fc.nat({ max: 40 }), fc.constantFrom<429 | 'token'>(429, 'token')),
      { maxLength: 12, selector: ([at]) => at },
    ),
    turns: fc.array(end, { maxLength: 12 }),
  })
  .map(({ bad, long, failures, waits, ...rest }) => ({
    ...rest,
    bad: new Set(bad),
    long: new Set(long),
    faults: new Map([...waits, ...failures]),
  }));

test('bad records are found out and all others delivered, and a request is one request in every turn', async () => {
  const property = fc.asyncProperty(platforms, async (platform) => {
    const chunk = await play(platform);
    expect(chunk.repeated, 'requests that were answered are made again').toEqual([]);
    expect(chunk.hurried, 'requests that did not wait as they were told to').toEqual([]);
    expect(changed(chunk.sent), 'keys whose request held other records before').toEqual([]);
    expect(
      crossing(chunk.sent),
      'requests that share records, neither a part of the other',
    ).toEqual([]);
    const { members, bad, turns } = platform;
    // What a crash lost may have taught the run a smaller batch size.
    if (turns.every(({ by }) => by !== 'crash')) {
      expect(renamed(chunk.sent), 'requests tried again under another key').toEqual([]);
    }
    const all = Array.from({ length: members }, (_, id) => id);
    const outcomes = outcomesOf(chunk);
    const isLong = (id: number) => platform.long?.has(id) ?? false;
    expect(outcomes).toEqual({
      delivered: all.filter((id) => !bad.has(id) && !isLong(id)),
      'http-400': all.filter((id) => bad.has(id) && !isLong(id)),
      'body-too-large': all.filter(isLong),
    });
  });
  await fc.assert(property, { numRuns: 300 });
});

test.each<TurnEnd['by']>(['time', 'error'])(
  'looking for bad records costs 200 requests, in one turn or in many that end by %s',
  async (by) => {
    const all = new Set(Array.from({ length: 400 }, (_, id) => id));
    for (const after of [1_000, 7, 1]) {
      const turns = Array.from({ length: 300 }, () => ({ after, by }));
      const faults = new Map();
      const platform = { members: 400, batchSize: 400, maxBatch: 400, bad: all, faults, turns };
      const chunk = await play(platform);
      expect(chunk.sent).toHaveLength(201);
      expect(new Set(chunk.sent.map(({ key }) => key)).size).toBe(201);
      const { 'http-400': refused = [], 'bisect-exhausted': left = [] } = outcomesOf(chunk);
      expect(refused.length + left.length).toBe(400);
      expect(refused.length).toBeGreaterThan(90);
    }
  },
);
