/**
 * One small history without chance faults, and the same history with a fault at exactly the port calls named. The
 * calls are counted as the history is played: no list of them is kept.
 */
import type { Row } from './audience.ts';
import { History } from './history.ts';
import { broken } from './invariants.ts';
import type { SyncScript } from './script.ts';
import { calmDown, watch } from './simulate.ts';
import type { CallFault } from './world.ts';

export const sync: SyncScript = { id: 's0', lanes: 2, batchSize: 2, retryFailed: true };

const row = (id: string | null, name: string, city: Row['city'] = null): Row => ({
  id,
  name,
  city,
  town: city,
});

export const people = [
  row('m1', 'Ada', 'Aachen'),
  row('m2', 'Bo'),
  row('m3', 'Cy', 'Celle'),
  row('m4', 'Di', 'Bonn'),
  row('m5', 'Eve'),
  row('m6', 'Ada', 'Bonn'),
  row('m7', 'Bo', 'Celle'),
];

/** m1 and m2 left, m3 and m4 changed, m8 and m9 joined; the rows of m5 contradict each other, one has no key. */
export const later = [
  row('m3', 'Cy', 'Bonn'),
  row('m4', 'Dinah', 'Bonn'),
  row('m5', 'Eve'),
  row('m5', 'Eva'),
  row('m6', 'Ada', 'Bonn'),
  row('m7', 'Bo', 'Celle'),
  row('m8', 'Cy', 'Aachen'),
  row('m9', 'Di'),
  row(null, 'Eve'),
];

/** What the warehouse does before each trigger; at the third and fourth nothing has changed. */
const exports: readonly ((history: History) => void)[] = [
  ({ audiences, world }) => audiences.get(sync.id)?.exportExactly(people, world.now()),
  ({ audiences, world }) => audiences.get(sync.id)?.exportExactly(later, world.now()),
  () => {},
  ({ audiences, world }) => audiences.get(sync.id)?.exportAgain(world.now()),
];

/**
 * What happens to a run that a fault has stopped. `patient`: it is over before the next export. `cancelled`: it is
 * cancelled after a minute, before its messages come back, and closes with what is known. `hurried`: the next
 * export and trigger come while it stands.
 */
export const paces = ['patient', 'cancelled', 'hurried'] as const;
export type Pace = (typeof paces)[number];

export interface CrashPoint {
  /** Of the port call, from the beginning of the history. */
  readonly call: number;
  readonly fault: CallFault;
}

export interface Replay {
  readonly history: History;
  /** The port calls, before the faults stopped for good. */
  readonly calls: readonly string[];
  readonly broken: readonly string[];
}

/** Plays the history with these faults and no other, recovers, and looks at every promise. */
export async function replay(points: readonly CrashPoint[], pace: Pace): Promise<Replay> {
  const history = new History(5);
  const { world } = history;
  watch(history);
  await history.addSync(sync);
  world.faults = ({ index }) => points.find(({ call }) => call === index)?.fault;
  for (const write of exports) {
    write(history);
    await world.run(world.now() + 10_000);
    history.trigger(sync.id);
    await world.run(world.now() + 60_000);
    if (pace === 'cancelled') history.cancel(sync.id);
    history.sweep();
    await world.run(world.now() + 10_000);
    if (pace !== 'hurried') await history.settle(200);
  }
  const calls = [...world.calls];
  await calmDown(history, { syncs: [sync] });
  return { history, calls, broken: await broken(history) };
}

/**
 * Somebody who left the warehouse is erased before a run has removed them: the mirror, a plan and logs name them. Call
 * 0 is the first one of who asks for it.
 */
export async function replayErasure(points: readonly CrashPoint[]): Promise<Replay> {
  const history = new History(6);
  const { world, audiences } = history;
  watch(history);
  await history.addSync(sync);
  audiences.get(sync.id)?.exportExactly(people, world.now());
  await world.run(world.now() + 10_000);
  history.trigger(sync.id);
  await history.settle(200);
  audiences.get(sync.id)?.exportExactly(people.slice(1), world.now());
  await world.run(world.now() + 10_000);
  const first = world.calls.length;
  world.faults = ({ index }) => points.find(({ call }) => call === index - first)?.fault;
  history.erase(sync.id, 'm1', false);
  await world.run(world.now() + 60_000);
  history.sweep();
  await history.settle(200);
  const calls = world.calls.slice(first);
  await calmDown(history, { syncs: [sync] });
  return { history, calls, broken: await broken(history) };
}
