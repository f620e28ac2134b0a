/** Plays one history from a seed. */
import { History, syncOf } from './history.ts';
import { broken, isRepeat } from './invariants.ts';

export interface Played {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly history: History;
}

export async function play(seed: number): Promise<Played> {
  const history = new History(seed);
  const { random, world } = history;
  history.platform.onRequest = (key) => {
    if (isRepeat(history, key)) history.broken.push(`${key} was sent again after a recorded 2xx`);
  };
  const syncs = Array.from({ length: random.between(1, 2) }, (_, i) => `s${i}`);
  for (const sync of syncs) {
    await history.addSync(sync, {
      lanes: random.between(1, 3),
      batchSize: random.between(1, 8),
      retryFailed: random.chance(0.7),
    });
  }
  history.switchFaultsOn(random.chance(0.2) ? 0 : random.next() * 0.08);
  for (let step = random.between(2, 6); step > 0; step--) {
    for (const sync of syncs) await act(history, sync);
    await world.run(world.now() + random.between(1, 900_000));
    if (random.chance(0.8)) history.sweep();
  }
  await calmDown(history, syncs);
  return { seed, broken: await broken(history), history };
}

async function act(history: History, sync: string): Promise<void> {
  const { random, world } = history;
  const audience = history.audiences.get(sync);
  if (random.chance(0.8)) audience?.change();
  const how = random.next();
  if (how < 0.75) audience?.export(world.now());
  else if (how < 0.9) audience?.exportAgain(world.now());
  else {
    world.count('snapshot-broken');
    audience?.exportBroken(world.now());
  }
  if (random.chance(0.15)) await edit(history, sync);
  history.platform.lockedOut = random.chance(0.05);
  if (random.chance(0.05)) {
    world.count('queues-forgotten');
    history.queues.forget();
  }
  await world.run(world.now() + random.between(0, 20_000));
  history.trigger(sync);
  if (random.chance(0.2)) history.trigger(sync);
}

/** Another mapping: some records change, others do not. */
async function edit(history: History, sync: string): Promise<void> {
  history.world.count('configuration-edited');
  const saved = await history.configs.getSync(sync);
  await history.configs.putSync(
    syncOf(sync, history.random.chance(0.5), { enabled: saved?.enabled ?? true }),
  );
}

/** The faults stop, what is open ends, and each sync runs once more. */
async function calmDown(history: History, syncs: readonly string[]): Promise<void> {
  history.switchFaultsOff();
  await history.settle(200);
  // Convergence is promised with retrying on.
  for (const sync of syncs) await history.configs.putSync(syncOf(sync, true));
  for (const sync of syncs) history.audiences.get(sync)?.export(history.world.now());
  await history.world.run(history.world.now() + 60_000);
  for (const sync of syncs) history.trigger(sync);
  await history.world.run(history.world.now() + 60_000);
  await history.settle(200);
}
