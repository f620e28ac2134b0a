/** One small history, and the same with one object of its second run taken away, cut or altered, at a moment of each phase. */
import { runPrefix } from '../../shared/contracts/layout.ts';
import type { RunPhase } from '../../shared/contracts/run.ts';
import { later, people, sync } from './crash-points.ts';
import { History } from './history.ts';
import { broken } from './invariants.ts';
import { calmDown } from './simulate.ts';
import type { Damage } from './trouble.ts';
import { damageObject } from './troubles.ts';

export interface DamagePoint {
  /** Of the port call before which it happens. */
  readonly call: number;
  readonly phase: RunPhase;
  readonly object: string;
}

/** The first and the last call of each phase, with what there is of the run. */
export async function damagePoints(): Promise<DamagePoint[]> {
  const seen: DamagePoint[] = [];
  await played((history, call) => {
    const open = openRunOf(history);
    for (const object of open ? objectsOf(history, open.id) : [])
      seen.push({ call, phase: open?.phase ?? 'closed', object });
  });
  const byPlace = Map.groupBy(seen, ({ phase, object }) => `${phase} ${object}`);
  return [...byPlace.values()].flatMap((points) => {
    const [first, last] = [points[0], points.at(-1)];
    return first && last ? (first === last ? [first] : [first, last]) : [];
  });
}

/** Every broken promise, and how the run ended. */
export async function damagedAt(
  { call, object }: DamagePoint,
  damage: Damage,
): Promise<{ readonly broken: readonly string[]; readonly codes: readonly string[] }> {
  const history = await played((played, at) => {
    if (at !== call) return;
    const run = openRunOf(played);
    if (run) played.damaged.add(run.id);
    damageObject(played, object, damage);
  });
  const run = [...history.damaged][0];
  await calmDown(history, { syncs: [sync] });
  const ends = [...history.runs.runs.values()].filter(({ id }) => id === run);
  return {
    broken: await broken(history),
    codes: ends.flatMap(({ result }) => result?.error?.code ?? []),
  };
}

async function played(look: (history: History, call: number) => void): Promise<History> {
  const history = new History(5);
  const { world, audiences } = history;
  await history.addSync(sync);
  for (const [round, rows] of [people, later].entries()) {
    audiences.get(sync.id)?.exportExactly(rows, world.now());
    await world.run(world.now() + 10_000);
    if (round === 1)
      world.faults = ({ index }) => {
        look(history, index);
        return undefined;
      };
    history.trigger(sync.id);
    await history.settle(200);
  }
  return history;
}

const openRunOf = ({ runs }: History) =>
  runs.runs.get(`${sync.id}/${runs.states.get(sync.id)?.openRun?.run}`);

const objectsOf = ({ state }: History, run: string): string[] =>
  [...state.objects.keys()].filter((name) => name.startsWith(runPrefix(sync.id, run)));
