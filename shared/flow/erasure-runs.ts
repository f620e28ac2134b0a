/**
 * Erasures: asked for once, and then gone on with until the platform has taken the deletes and nothing we keep names
 * the members. What is left to do is the list of their requests, each an object; sweep goes through it.
 */

import type { ErasureReceipt } from '../contracts/erasure.ts';
import { openErasures } from '../contracts/layout.ts';
import type { Sync } from '../contracts/sync.ts';
import { keyText } from '../domain/plan/key.ts';
import { sinceMs } from '../domain/words/clock.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import {
  changeReceipt,
  endErasure,
  findErasure,
  mendReceipt,
  putErasure,
  putReceipt,
  readReceipt,
} from './erasure.ts';
import { PartFailed, throwAll } from './part-failed.ts';
import { orSetAside } from './set-aside.ts';
import type { StartRunPorts } from './start-run.ts';
import { startRun } from './start-run.ts';

export interface ErasureQuestion {
  /** @default a new one */
  readonly id?: string;
  /** Of each member the texts of the key columns, in order. */
  readonly keys: readonly (readonly string[])[];
  /** Go on though the newest snapshot has them. */
  readonly evenIfInSnapshot: boolean;
}

/** Asks for an erasure, and starts its run. @throws ConfigurationError `erase-key` */
export async function requestErasure(
  ports: StartRunPorts,
  sync: Sync,
  { id = ports.ids.next(), keys, evenIfInSnapshot }: ErasureQuestion,
): Promise<ErasureReceipt> {
  checkKeys(sync, keys);
  const requestedAt = ports.clock.now();
  const own = distinctKeys(keys);
  await putErasure(ports.state, { sync: sync.id, id, keys: own, evenIfInSnapshot, requestedAt });
  await start(ports, sync.id, id);
  const receipt = await readReceipt(ports.state, sync.id, id);
  return (
    receipt ?? { sync: sync.id, id, requestedAt, members: own.length, state: 'waiting', tries: 0 }
  );
}

/** @throws ConfigurationError `erase-key` */
export function checkKeys(sync: Pick<Sync, 'id' | 'key'>, keys: ErasureQuestion['keys']): void {
  const wrong = keys.findIndex(
    (key) => key.length !== sync.key.length || key.some((text) => text === ''),
  );
  if (wrong < 0) return;
  throw new ConfigurationError(
    'erase-key',
    `Key ${wrong + 1} of those to be erased is not like the sync's "${sync.id}": a list of one text for each of ${sync.key.join(', ')}, in this order, none of them empty. Nobody was erased. Correct the key, as in ${exampleOf(sync.key)}.`,
  );
}

const exampleOf = (columns: readonly string[]): string =>
  JSON.stringify(columns.map((column) => `value of ${column}`));

/** Whoever is named twice is one member. */
export const distinctKeys = (keys: ErasureQuestion['keys']): string[][] => [
  ...new Map(keys.map((key) => [keyText(key), [...key]])).values(),
];

async function start(ports: StartRunPorts, sync: string, id: string): Promise<void> {
  const { run } = await startRun(ports, {
    sync,
    trigger: 'manual',
    task: { kind: 'erase', erasure: id },
  });
  const triedAt = ports.clock.now();
  await changeReceipt(ports.state, sync, id, ({ tries }) => ({
    tries: tries + 1,
    triedAt,
    ...(run !== undefined && { run }),
  }));
}

const firstPauseMs = 300_000;
const longestPauseMs = 86_400_000;

/**
 * Starts runs for the erasures that wait, each at longer intervals. One's trouble keeps no other from its turn.
 * @throws AggregateError of PartFailed, at the end
 */
export async function continueErasures(ports: StartRunPorts): Promise<void> {
  const { states } = await ports.runs.listStates();
  const started = new Set<string>();
  const failures: PartFailed[] = [];
  for (const object of await ports.state.list(openErasures)) {
    const [sync, name] = object.slice(openErasures.length).split('/');
    const id = name?.replace(/\.json$/, '');
    // One run at a time: the others find the next round.
    if (!sync || !id || started.has(sync) || states.get(sync)?.openRun) continue;
    try {
      if (await isGoneOnWith(ports, sync, id)) started.add(sync);
    } catch (error) {
      failures.push(new PartFailed({ sync }, error));
    }
  }
  throwAll(failures);
}

/** False where it is over, or its time has not come. */
async function isGoneOnWith(ports: StartRunPorts, sync: string, id: string): Promise<boolean> {
  const now = ports.clock.now();
  const request = await orSetAside(
    async () => (await findErasure(ports.state, sync, id)) ?? 'gone',
  );
  if (!request) {
    const end = { state: 'cancelled', error: requestLost, endedAt: now } as const;
    await endErasure(ports.state, sync, id, end);
    return false;
  }
  if (request !== 'gone') await putReceipt(ports.state, request);
  await mendReceipt(ports.state, sync, id);
  const receipt = await readReceipt(ports.state, sync, id);
  const run = receipt?.run === undefined ? undefined : await ports.runs.getRun(sync, receipt.run);
  if (run?.status === 'cancelled') {
    await endErasure(ports.state, sync, id, { state: 'cancelled', endedAt: now });
    return false;
  }
  if (receipt?.state !== 'waiting' || !(await ports.configs.getSync(sync))) {
    const end = { state: 'cancelled', error: syncGone, endedAt: now } as const;
    await endErasure(ports.state, sync, id, end);
    return false;
  }
  // Of what keeps a run from being planned nobody else tells the receipt.
  const { error } = run?.result ?? {};
  if (error && !run?.plan && receipt.error?.message !== error.message)
    await changeReceipt(ports.state, sync, id, () => ({ error }));
  if (!isDue(receipt, now)) return false;
  await start(ports, sync, id);
  return true;
}

/** Whoever asked for it is given time to start the first run. */
function isDue({ requestedAt, triedAt, tries }: ErasureReceipt, now: number): boolean {
  if (triedAt === undefined) return sinceMs(requestedAt, now) >= firstPauseMs;
  return sinceMs(triedAt, now) >= Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1));
}

const requestLost = {
  code: 'stored-unreadable',
  message:
    'What was asked for can no longer be read, so that nobody knows whom to erase; nothing more is done for it. Ask for the erasure again.',
};

const syncGone = {
  code: 'sync-unknown',
  message: 'The sync was deleted before the erasure was over, so that it cannot be gone on with.',
};
