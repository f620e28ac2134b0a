/**
 * What is checked over two things holds while it is saved: changes of a destination, and of the syncs that are to name
 * it, are made one after the other; and while a sync is moved or removed, no run of it starts.
 */
import type { Claim } from '../../shared/contracts/claim.ts';
import type { Caller } from './asked.ts';
import { runOpen } from './ground.ts';
import type { ApiPorts } from './ports.ts';
import { Refusal } from './problem.ts';

/** Above the longest time a request may take: whoever holds it longer is dead. */
const claimMs = 45_000;
const patienceMs = 10_000;
const pauseMs = 25;

/** Who only tries waits for nobody. @throws Refusal 409 `destination-busy` */
export async function alone<T>(
  { locks, clock, ids }: ApiPorts,
  { onlyTries = false }: Caller,
  destination: string,
  work: () => Promise<T>,
): Promise<T> {
  if (onlyTries) return work();
  const name = `destination/${destination}`;
  const by = ids.next();
  const begun = clock.now();
  for (let now = begun; ; now = clock.now()) {
    if (await locks.take(name, { by, until: now + claimMs }, now)) break;
    if (now - begun > patienceMs) throw busy(destination);
    await clock.sleep(pauseMs);
  }
  try {
    return await work();
  } finally {
    await locks.free(name, by);
  }
}

const busy = (destination: string) =>
  new Refusal(409, {
    code: 'destination-busy',
    detail: `Others are changing the destination "${destination}" or its syncs at this moment. Try again in a minute.`,
  });

/** @throws Refusal 409 `run-open`, `sync-busy` */
export async function withoutStarts<T>(
  ports: ApiPorts,
  sync: string,
  work: () => Promise<T>,
): Promise<T> {
  const claim = await pausedStarts(ports, sync);
  try {
    return await work();
  } finally {
    await ports.runs.resumeStarts(sync, claim);
  }
}

/** A run that has ended lets go of its sync a moment later: it is waited for. */
async function pausedStarts({ runs, clock, ids }: ApiPorts, sync: string): Promise<Claim> {
  const by = ids.next();
  const begun = clock.now();
  for (let met: 'run' | 'others' | undefined; ; await clock.sleep(pauseMs)) {
    const now = clock.now();
    const claim = { by, until: now + claimMs };
    if (await runs.pauseStarts(sync, claim, now)) return claim;
    const { openRun } = await runs.getState(sync);
    if (openRun) {
      const run = await runs.getRun(sync, openRun.run);
      if (run?.phase !== 'closed' || now - begun > patienceMs) throw runOpen(sync, openRun.run);
      met = 'run';
    } else if (met === 'others') throw moving(sync);
    else met = 'others';
  }
}

const moving = (sync: string) =>
  new Refusal(409, {
    code: 'sync-busy',
    detail: `Somebody else is moving or removing the sync "${sync}" at this moment. Read it again, and repeat the request.`,
  });
