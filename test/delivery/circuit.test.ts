import { beforeEach, expect, test } from 'vitest';
import { Circuit, pauseMs } from '../../functions/send-chunk/circuit.ts';
import { MemoryCircuitStore } from '../simulation/memory/stores.ts';

let now = 0;
let store: MemoryCircuitStore;
const clock = { now: () => now, sleep: async () => {} };
const sender = async (circuitAfter = 3) => {
  const circuit = new Circuit(
    { circuits: store, clock, failures: new Map() },
    { id: 'platform', circuitAfter },
    30_000,
  );
  await circuit.look();
  return circuit;
};

beforeEach(() => {
  now = 1_000_000;
  store = new MemoryCircuitStore();
});

async function fail(circuit: Circuit, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await circuit.report(false);
}

test('pauses after so many failures in a row, for every sender', async () => {
  const circuit = await sender();
  await fail(circuit, 2);
  expect(await circuit.permit()).toBe(0);
  await circuit.report(true);
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
  await prober.report(true);
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
    await prober.report(false);
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
