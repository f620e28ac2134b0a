/**
 * Sending one chunk on one lane, 1,000 records of about 250 bytes a request, to a server in another process: the use
 * case of send-chunk with the guarded sender (it renders the records, checks where it connects, keeps account), and a
 * bare undici loop that sends the same bodies, made beforehand. By turns, one request at a time on one connection
 * each; to a platform that reads the JSON it is sent, and to one that drops every byte, where there is no time to
 * render in. Beside it, what reading the chunk takes beforehand.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';
import { deliverChunk } from '../functions/send-chunk/deliver-chunk.ts';
import type { Destination } from '../shared/contracts/destination.ts';
import { QuickChunkLine } from '../shared/contracts/plan.ts';
import { ChunkAccount } from '../shared/domain/request/account.ts';
import type { Delivery } from '../shared/domain/request/delivery.ts';
import { createGuardedSender, type GuardedSender } from '../shared/http/guarded-sender.ts';
import { readLines, writeLines } from '../shared/lines.ts';
import { systemClock as clock } from '../shared/runtime/system.ts';
import { loneSender } from '../test/delivery/lone-sender.ts';
import { finish, hundredths, median } from './report.ts';
import { batchSize, deliveryTo, destinationAt, linesOf } from './send/setup.ts';
import { amountOf, isSmoke } from './settings.ts';

const requests = isSmoke ? 2 : 40;
const rounds = amountOf('rounds', 31, 1);
const warmUp = isSmoke ? 0 : 4;

interface Contest {
  readonly destination: Destination;
  readonly delivery: Delivery;
  readonly lines: ReturnType<typeof linesOf>;
}

async function useCase({ destination, delivery, lines }: Contest, sender: GuardedSender) {
  const account = new ChunkAccount(lines.length, true, []);
  const ports = { sender, clock, random: Math.random };
  const delivered = await deliverChunk({
    ports,
    delivery,
    ...loneSender(clock, destination),
    address: { sync: 'audience', run: 'run', attempt: 'p1', phase: 'upserting', chunk: 0 },
    lines,
    account,
    turn: { id: 'bench', remainingMs: () => 900_000 },
    batchLimit: () => undefined,
    warn: async () => {},
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

/** Medians: in requests a second, and of one round's rate to the same round's. */
interface Compared {
  readonly ours: number;
  readonly bare: number;
  readonly oursToBare: number;
  readonly bytesPerRecord: number;
}

async function compare(port: number): Promise<Compared> {
  const destination = destinationAt(port);
  const delivery = deliveryTo(destination);
  const contest = { destination, delivery, lines: linesOf(delivery, requests * batchSize) };
  const ready = readyMade(contest);
  const sender = createGuardedSender({ allowLoopbackHttp: true, clock });
  const client = new Client(destination.baseUrl);
  const seconds: { ours: number; bare: number }[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    const ours = await secondsOf(() => useCase(contest, sender));
    const theirs = await secondsOf(() => bare(client, ready));
    if (round >= 0) seconds.push({ ours, bare: theirs });
  }
  await Promise.all([sender.close(), client.close()]);
  return {
    ours: requests / median(seconds.map(({ ours }) => ours)),
    bare: requests / median(seconds.map(({ bare }) => bare)),
    oursToBare: median(seconds.map(({ ours, bare }) => bare / ours)),
    bytesPerRecord: (ready[0]?.body.length ?? 0) / batchSize,
  };
}

async function against(platform: 'reads' | 'drops'): Promise<Compared> {
  const file = fileURLToPath(new URL('send/platform.ts', import.meta.url));
  const child = fork(file, [platform]);
  try {
    const [port] = await once(child, 'message');
    return await compare(Number(port));
  } finally {
    child.kill();
  }
}

/** Median, in records a second: from the bytes of a chunk's object to its lines. */
function reading(): number {
  const lines = linesOf(deliveryTo(destinationAt(1)), requests * batchSize);
  const object = writeLines(QuickChunkLine, lines, 'chunk');
  const seconds = Array.from({ length: rounds }, () => {
    const start = performance.now();
    readLines(QuickChunkLine, object, 'chunk');
    return (performance.now() - start) / 1_000;
  });
  return lines.length / median(seconds);
}

function tell(name: string, { ours, bare }: Compared): void {
  const line = (who: string, perSecond: number) =>
    console.log(
      `  ${who.padEnd(12)} ${Math.round(perSecond * batchSize)
        .toLocaleString('en')
        .padStart(10)} records/s  ${Math.round(perSecond)} requests/s`,
    );
  console.log(name);
  line('ours', ours);
  line('bare undici', bare);
}

const reads = await against('reads');
const drops = await against('drops');
const read = Math.round(reading());
console.log(
  `one lane, ${batchSize} records of ${Math.round(reads.bytesPerRecord)} bytes a request; medians of ${rounds}`,
);
tell('a platform that reads what it is sent', reads);
tell('a platform that drops it', drops);
console.log(`reading the chunk: ${read.toLocaleString('en')} records/s`);
finish({
  bench: 'send',
  unit: 'records/s',
  results: {
    ours: Math.round(reads.ours * batchSize),
    bare_undici: Math.round(reads.bare * batchSize),
    ours_requests_per_second: Math.round(reads.ours),
    bare_undici_requests_per_second: Math.round(reads.bare),
    ours_dropped: Math.round(drops.ours * batchSize),
    bare_undici_dropped: Math.round(drops.bare * batchSize),
    reading_the_chunk: read,
  },
  ratios: {
    ours_to_bare_undici: hundredths(reads.oursToBare),
    ours_to_bare_undici_dropped: hundredths(drops.oursToBare),
  },
});
