/**
 * Two destinations, one of which hangs: runs that update 5,000 members at the platform that answers, over the whole
 * embedded system, alone and beside a run whose every request is left without an answer. By turns; seconds from the
 * start of a run to its end.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { addSync, type FlowWorld, mirrorFiles, startWorld } from '../test/flow/world.ts';
import { finish, median, ratio } from './report.ts';
import { amountOf, isSmoke } from './settings.ts';

// A chunk of a thousand for each lane, and more.
const members = amountOf('rows', 5_000, 4_100);
const lanes = 4;
const blocks = amountOf('rounds', 3, 1);
const runsInBlock = isSmoke ? 1 : 3;

/** A platform that keeps every request waiting until it is told to let go. */
class HangingPlatform {
  readonly #waiting = new Set<ServerResponse>();
  #hangs = true;
  readonly #server = createServer((request, response) => {
    request.resume();
    this.#waiting.add(response);
    response.on('close', () => this.#waiting.delete(response));
    if (!this.#hangs) this.letGo();
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('No port.');
    return `http://127.0.0.1:${address.port}`;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  hang(): void {
    this.#hangs = true;
  }

  letGo(): void {
    this.#hangs = false;
    for (const response of this.#waiting) response.end('{}');
    this.#waiting.clear();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Every member differs from one version to the next, so that a run sends all of them. */
function snapshot(version: number): Map<string, string> {
  const rows = Array.from(
    { length: members },
    (_, index) => `member${index}@example.com,First${version},Last,DE,Dr`,
  );
  return new Map([
    ['members.csv', ['email,first_name,last_name,country,title', ...rows].join('\n')],
  ]);
}

async function secondsOfRun(world: FlowWorld, version: number): Promise<number> {
  const { startedAt, closedAt, status, result } = await mirrorFiles(
    world,
    'good',
    snapshot(version),
  );
  const sent = (result?.counts?.insert.delivered ?? 0) + (result?.counts?.update.delivered ?? 0);
  if (status !== 'succeeded' || sent !== members || !closedAt) {
    throw new Error(`A run that should send ${members} members ended as ${status} with ${sent}.`);
  }
  return (closedAt - startedAt) / 1_000;
}

async function beside(
  world: FlowWorld,
  platform: HangingPlatform,
  version: number,
  step: () => Promise<void>,
): Promise<void> {
  platform.hang();
  const hanging = mirrorFiles(world, 'hanging', snapshot(version));
  for (let waits = 0; platform.waiting < lanes; waits++) {
    if (waits > 1_200) throw new Error(`Not all ${lanes} lanes have a chunk: give more --rows.`);
    await sleep(50);
  }
  await step();
  if (platform.waiting < lanes) throw new Error('The run beside it did not hang all the time.');
  platform.letGo();
  await hanging;
}

async function compare(world: FlowWorld, platform: HangingPlatform): Promise<void> {
  const destination = { concurrency: lanes, timeoutSeconds: 120 };
  await addSync(world, 'good', { destination });
  await addSync(world, 'hanging', {
    destination: { ...destination, baseUrl: await platform.start() },
  });
  const seconds: Record<'alone' | 'beside', number[]> = { alone: [], beside: [] };
  let version = 0;
  const block = async (name: 'alone' | 'beside') => {
    for (let run = 0; run < runsInBlock; run++) {
      seconds[name].push(await secondsOfRun(world, version++));
    }
  };
  // All functions have been started once; where nothing is measured, it does not matter.
  const measure = async () => void (await secondsOfRun(world, version++));
  if (!isSmoke) await beside(world, platform, version++, measure);
  for (let each = 0; each < blocks; each++) {
    await block('alone');
    await beside(world, platform, version++, () => block('beside'));
  }
  const results = { alone: median(seconds.alone), beside_hanging: median(seconds.beside) };
  console.log(
    `${members} members in requests of 100 on ${lanes} lanes; medians of ${blocks * runsInBlock} runs`,
  );
  console.log(`alone                          ${results.alone.toFixed(2)} s`);
  console.log(`beside a destination that hangs ${results.beside_hanging.toFixed(2)} s`);
  const ratios = { beside_hanging_to_alone: ratio(results.beside_hanging, results.alone) };
  finish({ bench: 'isolation', unit: 's', results, ratios });
}

const world = await startWorld();
const platform = new HangingPlatform();
try {
  await compare(world, platform);
} finally {
  platform.close();
  await world.close();
}
