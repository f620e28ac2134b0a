/** Erasures beside what can't be read any more: they come to their end, say what they deleted unread, and nobody waits for another. */
import { expect, test } from 'vitest';
import { usualTask } from '../../shared/contracts/task.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import { later, people, sync } from './crash-points.ts';
import { History } from './history.ts';
import { broken } from './invariants.ts';
import { receiptsOf } from './repair.ts';
import { calmDown } from './simulate.ts';
import { damageObject } from './troubles.ts';

type Rows = typeof people;

async function begun(...rounds: readonly Rows[]): Promise<History> {
  const history = new History(9);
  await history.addSync(sync);
  for (const rows of rounds) {
    history.audiences.get(sync.id)?.exportExactly(rows, history.world.now());
    await ran(history, () => history.start(sync.id, usualTask));
  }
  return history;
}

async function ran(history: History, start: () => void): Promise<void> {
  await history.world.run(history.world.now() + 10_000);
  start();
  await history.settle(200);
}

const openMirror = ({ runs }: History) => {
  const mirror = runs.states.get(sync.id)?.mirror;
  return mirror ? layersOf(mirror).map(({ location }) => location) : [];
};

const named = (pattern: RegExp) => (history: History) => {
  const needed = openMirror(history);
  return [...history.state.objects.keys(), ...history.logs.objects.keys()].find(
    (name) => pattern.test(name) && !needed.includes(name),
  );
};

/** What is written with a digest is also seen to be altered. */
const kept = [
  ['an older mirror', 'cut', named(/^mirrors.*parquet$/)],
  ['an older mirror', 'flip', named(/^mirrors.*parquet$/)],
  ['a plan', 'cut', named(/plan.parquet$/)],
  ['a sync log', 'cut', named(/^sync-logs/)],
] as const;

test.each(kept)('%s that is kept: %s', async (_, damage, find) => {
  const history = await begun(people, later, people.slice(2), people.slice(3));
  const name = find(history) ?? 'none';
  damageObject(history, name, damage);
  history.takenAway.add(name);
  for (const key of ['m1', 'm2']) await ran(history, () => history.erase(sync.id, key, false));
  expect(receiptsOf(history)).toMatchObject([
    { state: 'done', tries: 1, unreadable: [name] },
    { state: 'done', tries: 1 },
  ]);
  expect(receiptsOf(history)[1]?.unreadable).toBeUndefined();
  expect([...history.state.objects.keys(), ...history.logs.objects.keys()]).not.toContain(name);
  const [, run] = (await history.runs.listRuns(sync.id, 2)).items;
  expect(run?.result?.warnings).toMatchObject([{ code: 'erased-unread', count: 1 }]);
  await calmDown(history, { syncs: [sync] });
  expect(await broken(history)).toEqual([]);
});

test('what an erasure noted of an older mirror: without it that is not what was written', async () => {
  const history = await begun(people, later, people.slice(2), people.slice(3));
  await ran(history, () => history.erase(sync.id, 'm1', false));
  const needed = openMirror(history);
  const [list = ''] = [...history.state.objects.keys()].filter(
    (name) => name.endsWith('.erased.json') && !needed.some((each) => name.startsWith(each)),
  );
  damageObject(history, list, 'cut');
  history.takenAway.add(list.replace('.erased.json', ''));
  await ran(history, () => history.erase(sync.id, 'm2', false));
  expect(receiptsOf(history)).toMatchObject([
    { state: 'done' },
    { state: 'done', unreadable: [list.replace('.erased.json', '')] },
  ]);
  await calmDown(history, { syncs: [sync] });
  expect(await broken(history)).toEqual([]);
});

test('the present mirror stays for its mends, and the erasure goes on after them', async () => {
  const history = await begun(people, later, people.slice(2));
  const [name = ''] = openMirror(history);
  damageObject(history, name, 'flip');
  history.takenAway.add(name);
  await ran(history, () => history.erase(sync.id, 'm1', false));
  await ran(history, () => history.sweep());
  expect(receiptsOf(history)).toMatchObject([
    { state: 'waiting', error: { code: 'mirror-damaged' } },
  ]);
  expect(history.state.objects.has(name)).toBe(true);
  await ran(history, () => history.start(sync.id, { kind: 'mirror', full: true }));
  await calmDown(history, { syncs: [sync] });
  expect(receiptsOf(history)).toMatchObject([{ state: 'done' }]);
  expect(await broken(history)).toEqual([]);
});

test.each(['open', 'receipts'] as const)(
  'of an erasure whose %s object is damaged it is told, and another goes on',
  async (which) => {
    const history = await begun(people, later);
    history.platform.lockedOut = true;
    await ran(history, () => history.erase(sync.id, 'm3', true));
    const name = [...history.state.objects.keys()].find((each) =>
      each.startsWith(`erasures/${which}/`),
    );
    damageObject(history, name ?? '', 'cut');
    await ran(history, () => history.erase(sync.id, 'm1', true));
    history.platform.lockedOut = false;
    await calmDown(history, { syncs: [sync] });
    const [first, second] = receiptsOf(history);
    expect(second).toMatchObject({ state: 'done' });
    expect(first).toMatchObject(
      which === 'open'
        ? { state: 'cancelled', error: { code: 'stored-unreadable' } }
        : { state: 'done' },
    );
  },
);
