import { beforeEach, expect, test } from 'vitest';
import { Circuit, pauseMs } from '../../functions/send-chunk/circuit.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { MemoryCircuitStore, MemoryRunStore } from '../simulation/memory/stores.ts';

let now = 0;
let store: MemoryCircuitStore;
const clock = { now: () => now, sleep: async () => {} };
const runs = new MemoryRunStore();
const sender = async (run = 'r1', version = 1) => {
  const circuit = new Circuit(
    { circuits: store, runs, clock, failures: new Map() },
    {
      destination: { id: 'platform', version, circuitAfter: 3 },
      by: { sync: 'audience', run },
      timeoutMs: 30_000,
    },
  );
  await circuit.look();
  return circuit;
};
const silent = { code: 'connect', reason: 'Nobody answers.' };

beforeEach(() => {
  now = 1_000_000;
  store = new MemoryCircuitStore();
});

async function fail(circuit: Circuit, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await circuit.report(silent);
}

test('pauses after so many failures in a row, for every sender', async () => {
  const circuit = await sender();
  await fail(circuit, 2);
  expect(await circuit.permit()).toBe(0);
  await circuit.report(undefined);
  await fail(circuit, 2);
  expect(await circuit.permit()).toBe(0);
  await fail(circuit, 1);
  expect(await circuit.permit()).toBe(pauseMs(0));
  expect(await (await sender()).permit()).toBe(pauseMs(0));
});

test('lets one of many senders probe when the pause is over', async () => {
  await fail(await sender(), 3);
  now += pauseMs(0);
  const senders = await Promise.all(Array.from({ length: 8 }, () => sender()));
  const permits = await Promise.all(senders.map((each) => each.permit()));
  expect(permits.filter((wait) => wait === 0)).toHaveLength(1);
});

test('an answer to the probe lets everybody go on', async () => {
  await fail(await sender(), 3);
  now += pauseMs(0);
  const prober = await sender();
  expect(await prober.permit()).toBe(0);
  await prober.report(undefined);
  expect(await (await sender()).permit()).toBe(0);
  expect(store.circuits.size).toBe(0);
});

test('each silent probe makes the pause longer, up to half an hour', async () => {
  await fail(await sender(), 3);
  const pauses: number[] = [];
  for (let probe = 0; probe < 9; probe++) {
    now += pauseMs(probe);
    const prober = await sender();
    expect(await prober.permit()).toBe(0);
    await prober.report(silent);
    pauses.push(await prober.permit());
  }
  expect(pauses.map((pause) => pause / 1_000)).toEqual([
    60, 120, 240, 480, 960, 1_800, 1_800, 1_800, 1_800,
  ]);
});

test('a prober that dies is followed by another when its time is over', async () => {
  await fail(await sender(), 3);
  now += pauseMs(0);
  expect(await (await sender()).permit()).toBe(0);
  expect(await (await sender()).permit()).toBeGreaterThan(30_000);
  now += 40_001;
  expect(await (await sender()).permit()).toBe(0);
});

test('says since when and why', async () => {
  const circuit = await sender();
  await fail(circuit, 1);
  now += 5_000;
  await fail(circuit, 2);
  expect(circuit.trouble).toEqual({ since: 1_000_000, ...silent });
  now += pauseMs(0);
  const prober = await sender();
  await prober.permit();
  await prober.report({ code: 'http-500', reason: 'Still broken.' });
  expect(prober.trouble).toMatchObject({ since: 1_000_000, code: 'http-500' });
});

test('holds for the destination as it was called, and until its run is cancelled', async () => {
  await fail(await sender(), 3);
  expect(await (await sender('r2')).permit()).toBe(pauseMs(0));
  expect(await (await sender('r2', 2)).permit()).toBe(0);
  // That was a probe, which nobody else may make beside it.
  expect(await (await sender('r3', 2)).permit()).toBeGreaterThan(30_000);
});

test('a run that is cancelled leaves no pause behind', async () => {
  await fail(await sender(), 3);
  await runs.createRun({
    sync: 'audience',
    id: 'r1',
    epoch: 1,
    trigger: 'manual',
    task: usualTask,
    phase: 'closed',
    status: 'cancelled',
    startedAt: now,
    movedAt: now,
    deadline: now,
    attempts: 0,
  });
  expect(await (await sender('r2')).permit()).toBe(0);
});
