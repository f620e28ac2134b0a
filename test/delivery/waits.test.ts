/** How long a platform is left alone between two tries of one request, and which answers use up its tries. */
import { expect, test } from 'vitest';
import { deliverChunk } from '../../functions/send-chunk/deliver-chunk.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import { ChunkAccount } from '../../shared/domain/request/account.ts';
import { deliveryOf } from '../../shared/domain/request/delivery.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { audienceSync } from '../audience-sync.ts';
import { loneSender } from './lone-sender.ts';

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
interface Given {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

async function play(answers: readonly Given[]) {
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
          const { status, retryAfter, headers } = answers[sentAt.length] ?? { status: 200 };
          sentAt.push(now);
          return {
            kind: 'answer',
            status,
            headers: { ...headers, ...(retryAfter !== undefined && { 'retry-after': retryAfter }) },
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
    ...loneSender(clock, destination),
    address: { sync: 'audience', run: 'r', attempt: 'p1', phase: 'upserting', chunk: 0 },
    lines: [{ key: '1', action: 'insert', record: '{"id":1}' }],
    account,
    turn: { id: 'turn', remainingMs: () => 900_000 },
    batchLimit: () => undefined,
    warn: async () => {},
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
    expect(ended).toMatchObject({
      kind: 'wait',
      milliseconds,
      fault: { code: `http-${status}` },
    });
    expect(sentAt).toHaveLength(1);
  }
});

/**
 * RateLimit fields: draft-ietf-httpapi-ratelimit-headers-10 and -06; reset as a moment: GitHub ("UTC epoch seconds") and
 * X; as seconds: Discord's `X-RateLimit-Reset-After`; in milliseconds: Azure's `x-ms-retry-after-ms`.
 */
test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
  ['structured', { ratelimit: '"default";r=0;t=30' }, 30_000],
  ['structured, not used up', { ratelimit: '"default";r=7;t=30' }, undefined],
  ['in one list', { ratelimit: 'limit=100, remaining=0, reset=20' }, 20_000],
  ['in seconds', { 'ratelimit-remaining': '0', 'ratelimit-reset': '15' }, 15_000],
  [
    'as a moment',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${start / 1_000 + 60}` },
    60_000,
  ],
  ['as a moment in milliseconds', { 'x-rate-limit-reset': `${start + 9_000}` }, 9_000],
  ['with a fraction', { 'x-ratelimit-reset-after': '6.5' }, 6_500],
  ['in milliseconds', { 'x-ms-retry-after-ms': '7000' }, 7_000],
  [
    'of a window that is not used up',
    { 'x-ratelimit-remaining': '40', 'x-ratelimit-reset': '600' },
    undefined,
  ],
  ['Retry-After goes before', { 'retry-after': '8', 'ratelimit-reset': '99' }, 8_000],
  ['no number', { 'ratelimit-reset': 'soon' }, undefined],
])('a limit that names its end %s is waited for, with 403 too', async (_, headers, waitMs) => {
  for (const status of [403, 429]) {
    const { ended, outcome } = await play([{ status, headers }]);
    const isWait = waitMs !== undefined;
    const otherwise = status === 403 ? { kind: 'stopped' } : { kind: 'settled' };
    expect(ended).toMatchObject(isWait ? { kind: 'wait', milliseconds: waitMs } : otherwise);
    expect(outcome).toBe(!isWait && status === 429 ? 'delivered' : 'uncertain');
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
