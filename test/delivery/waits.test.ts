/** How long a platform is left alone between two tries of one request, and which answers use up its tries. */
import { expect, test } from 'vitest';
import { Circuit } from '../../functions/send-chunk/circuit.ts';
import { deliverChunk } from '../../functions/send-chunk/deliver-chunk.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import { ChunkAccount } from '../../shared/domain/request/account.ts';
import { deliveryOf } from '../../shared/domain/request/delivery.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { audienceSync } from '../audience-sync.ts';
import { MemoryCircuitStore } from '../simulation/memory/stores.ts';

const start = Date.UTC(2026, 0, 1);
const day = 86_400_000;

const destination = Destination.parse({
  id: 'platform',
  name: 'Platform',
  baseUrl: 'https://api.example.com',
  version: 1,
  circuitAfter: 1_000,
  actions: { insert: { path: '/', batchSize: 10, body: '{"ids": [$$.records.id]}' } },
});

const sync = audienceSync(['id']);

/** One request, answered by these in turn, then by 200; without jitter, so that the shortest waits are seen. */
async function play(answers: readonly { status: number; retryAfter?: string | undefined }[]) {
  let now = start;
  const sentAt: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const account = new ChunkAccount(1, true, []);
  const ended = await deliverChunk({
    ports: {
      clock,
      random: () => 0,
      sender: {
        send: async () => {
          const { status, retryAfter } = answers[sentAt.length] ?? { status: 200 };
          sentAt.push(now);
          return {
            kind: 'answer',
            status,
            headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
            body: new Uint8Array(),
            truncated: false,
          };
        },
      },
    },
    delivery: deliveryOf(destination, sync, {
      records: recordTools,
      targets: { allowLoopbackHttp: false },
    }),
    circuit: new Circuit(
      { clock, circuits: new MemoryCircuitStore(), failures: new Map() },
      destination,
      30_000,
    ),
    address: { sync: 'audience', run: 'r', attempt: 'p1', phase: 'upserting', chunk: 0 },
    lines: [{ key: '1', action: 'insert', record: '{"id":1}' }],
    account,
    turn: { id: 'turn', remainingMs: () => 900_000 },
    batchLimit: undefined,
    limitBatch: async () => {},
    mayGoOn: async () => true,
    store: async () => {},
  });
  const [outcome] = account.close({ code: 'left', reason: '' });
  return { ended, outcome: outcome?.outcome, sentAt };
}

const at = (milliseconds: number) => new Date(start + milliseconds).toUTCString();

test.each<[string | undefined, number]>([
  [undefined, 250],
  ['0', 250],
  ['3', 3_000],
  ['5', 5_000],
  [at(4_000), 4_000],
  [at(-day), 250],
  ['-3', 250],
  ['1.5', 250],
  ['soon 1', 250],
  ['not before 2099', 250],
  ['2, 3', 250],
  ['', 250],
  ['9'.repeat(40), 250],
])('Retry-After: %s is waited for in the turn', async (retryAfter, waitMs) => {
  for (const status of [429, 503]) {
    const { ended, sentAt } = await play([{ status, retryAfter }]);
    expect(ended).toEqual({ kind: 'settled' });
    expect(sentAt).toEqual([start, start + waitMs]);
  }
});

test.each<[string, number]>([
  ['90', 90_000],
  [at(3_600_000), 3_600_000],
  [at(4_000 * day), day],
  ['999999999', day],
])('Retry-After: %s ends the turn, for a day at most', async (retryAfter, milliseconds) => {
  for (const status of [429, 503]) {
    const { ended, sentAt } = await play([{ status, retryAfter }]);
    expect(ended).toEqual({ kind: 'wait', milliseconds });
    expect(sentAt).toHaveLength(1);
  }
});

test.each([
  ['429', { status: 429 }, 31, 'delivered'],
  ['503 that names a wait', { status: 503, retryAfter: '1' }, 31, 'delivered'],
  ['503', { status: 503 }, 5, 'uncertain'],
  ['500', { status: 500 }, 5, 'uncertain'],
  ['408', { status: 408 }, 5, 'uncertain'],
  ['425', { status: 425 }, 5, 'uncertain'],
  ['413, to one record', { status: 413 }, 1, 'rejected'],
  ['400, to one record', { status: 400 }, 1, 'rejected'],
  ['307', { status: 307 }, 1, 'rejected'],
  ['401', { status: 401 }, 1, 'uncertain'],
])('thirty times %s', async (_, answer, requests, outcome) => {
  const played = await play(Array.from({ length: 30 }, () => answer));
  expect(played.sentAt).toHaveLength(requests);
  expect(played.outcome).toBe(outcome);
});
