/**
 * Sending one chunk on one lane, 1,000 records of about 250 bytes a request, to a server in another process: the use
 * case of send-chunk with the guarded sender (it reads the records, renders, checks where it connects, keeps account),
 * and a bare undici loop that sends the same bodies, made beforehand. By turns.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';
import { deliverChunk } from '../functions/send-chunk/deliver-chunk.ts';
import type { Destination } from '../shared/contracts/destination.ts';
import { ChunkAccount } from '../shared/domain/account.ts';
import type { Delivery } from '../shared/domain/delivery.ts';
import { Circuit } from '../shared/flow/circuit.ts';
import { createGuardedSender, type GuardedSender } from '../shared/http/guarded-sender.ts';
import { systemClock as clock } from '../shared/runtime/system.ts';
import { MemoryCircuitStore } from '../test/simulation/memory/stores.ts';
import { finish, median, ratio } from './report.ts';
import { batchSize, deliveryTo, destinationAt, linesOf } from './send/setup.ts';

const requests = 40;
const rounds = 21;
const warmUp = 4;

interface Contest {
  readonly destination: Destination;
  readonly delivery: Delivery;
  readonly lines: ReturnType<typeof linesOf>;
}

async function useCase({ destination, delivery, lines }: Contest, sender: GuardedSender) {
  const account = new ChunkAccount(lines.length, true, []);
  const ports = { sender, clock, random: Math.random };
  const circuits = { clock, circuits: new MemoryCircuitStore(), failures: new Map() };
  const delivered = await deliverChunk({
    ports,
    delivery,
    circuit: new Circuit(circuits, destination, delivery.timeoutMs),
    address: { sync: 'audience', run: 'run', attempt: 'p1', phase: 'upserting', chunk: 0 },
    lines,
    account,
    turn: { id: 'bench', remainingMs: () => 900_000 },
    batchLimit: undefined,
    limitBatch: async () => {},
    mayGoOn: async () => true,
    store: async () => {},
  });
  const outcomes = account.close({ code: 'none', reason: '' });
  const isDelivered = outcomes.every(({ outcome }) => outcome === 'delivered');
  if (delivered.kind !== 'settled' || !isDelivered) throw new Error(JSON.stringify(delivered));
}

/** The requests as they go out, ready to be sent. */
function readyMade({ delivery, lines }: Contest) {
  return Array.from({ length: requests }, (_, at) => {
    const composed = delivery.compose(lines.slice(at * batchSize, (at + 1) * batchSize), `k${at}`);
    const { method, headers, body } = composed;
    if (!body) throw new Error('A request has no body.');
    return { method, path: new URL(composed.url).pathname, headers, body: Buffer.from(body) };
  });
}

async function bare(client: Client, ready: ReturnType<typeof readyMade>) {
  for (const request of ready) {
    const { statusCode, body } = await client.request(request);
    await body.dump();
    if (statusCode !== 200) throw new Error(`The platform answered ${statusCode}.`);
  }
}

async function secondsOf(step: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await step();
  return (performance.now() - start) / 1_000;
}

async function compare(port: number): Promise<void> {
  const destination = destinationAt(port);
  const delivery = deliveryTo(destination);
  const contest = { destination, delivery, lines: linesOf(delivery, requests * batchSize) };
  const ready = readyMade(contest);
  const sender = createGuardedSender({ allowLoopbackHttp: true, clock });
  const client = new Client(destination.baseUrl);
  const seconds: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] };
  for (let round = -warmUp; round < rounds; round++) {
    const ours = await secondsOf(() => useCase(contest, sender));
    const theirs = await secondsOf(() => bare(client, ready));
    if (round < 0) continue;
    seconds.ours.push(ours);
    seconds.bare.push(theirs);
  }
  await Promise.all([sender.close(), client.close()]);
  tell(seconds, (ready[0]?.body.length ?? 0) / batchSize);
}

function tell(seconds: Readonly<Record<'ours' | 'bare', readonly number[]>>, bytes: number): void {
  const perSecond = (name: 'ours' | 'bare') => requests / median(seconds[name]);
  const results = {
    ours: Math.round(perSecond('ours') * batchSize),
    bare_undici: Math.round(perSecond('bare') * batchSize),
    ours_requests_per_second: Math.round(perSecond('ours')),
    bare_undici_requests_per_second: Math.round(perSecond('bare')),
  };
  console.log(
    `one lane, ${batchSize} records of ${Math.round(bytes)} bytes a request; medians of ${rounds}`,
  );
  const line = (name: string, all: number, each: number) =>
    console.log(
      `${name.padEnd(12)} ${all.toLocaleString('en').padStart(10)} records/s  ${each} requests/s`,
    );
  line('ours', results.ours, results.ours_requests_per_second);
  line('bare undici', results.bare_undici, results.bare_undici_requests_per_second);
  const ratios = { ours_to_bare_undici: ratio(results.ours, results.bare_undici) };
  finish({ bench: 'send', unit: 'records/s', results, ratios });
}

const platform = fork(
  fileURLToPath(new URL('send/platform.ts', import.meta.url)),
  process.argv.slice(2),
);
try {
  const [port] = await once(platform, 'message');
  await compare(Number(port));
} finally {
  platform.kill();
}
