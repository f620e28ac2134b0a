/** State that went back, mirrors that are not what the pointer says, clocks that were wrong. */
import { describe, expect, test } from 'vitest';
import { recoverMirror } from '../../functions/api/recover-mirror.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import { idAbove } from '../../shared/domain/run/run-id.ts';
import { newRunId } from '../../shared/flow/start-run.ts';
import { later, people, sync } from './crash-points.ts';
import { History } from './history.ts';
import { broken } from './invariants.ts';
import { MemoryRunStore } from './memory/stores.ts';
import { adopt } from './repair.ts';
import { damages } from './trouble.ts';
import { damageObject } from './troubles.ts';

type Rows = typeof people;

async function begun(...rounds: readonly Rows[]): Promise<History> {
  const history = new History(7);
  await history.addSync(sync);
  for (const rows of rounds) await mirrored(history, rows);
  return history;
}

async function mirrored(history: History, rows: Rows | undefined, task = usualTask) {
  const { world, audiences, runs } = history;
  if (rows) audiences.get(sync.id)?.exportExactly(rows, world.now());
  await world.run(world.now() + 10_000);
  history.start(sync.id, task);
  await history.settle(200);
  const [run] = (await runs.listRuns(sync.id, 1)).items;
  return run;
}

const membersOf = ({ platform }: History) =>
  [...(platform.audiences.get(`audience-${sync.id}`)?.keys() ?? [])].sort();

test('a table that is lost beside mirrors is no first run: it is held, and the newest mirror can be taken', async () => {
  const history = await begun(people);
  const before = membersOf(history);
  history.runs.states.clear();
  history.runs.runs.clear();
  const held = await mirrored(history, later);
  expect(held).toMatchObject({ status: 'held', result: { outdated: { newest: 1, pointer: 0 } } });
  expect(held?.result?.error).toMatchObject({ code: 'state-outdated' });
  expect(membersOf(history)).toEqual(before);
  expect(await mirrored(history, undefined)).toMatchObject({ status: 'held' });
  await recoverMirror(history, sync.id);
  expect(await mirrored(history, undefined)).toMatchObject({ status: 'succeeded' });
  expect(await broken(history)).toEqual([]);
  await expect(recoverMirror(history, sync.id)).rejects.toMatchObject({ status: 409 });
});

test('a table that was set back to an older mirror is held, too; whoever approves goes on knowing', async () => {
  const history = await begun(people);
  const older = history.runs.states.get(sync.id);
  await mirrored(history, later);
  if (older) history.runs.states.set(sync.id, older);
  const held = await mirrored(history, people);
  expect(held?.result).toMatchObject({ status: 'held', outdated: { newest: 2, pointer: 1 } });
  history.approve(sync.id);
  await history.settle(200);
  expect(history.runs.states.get(sync.id)?.outdated).toBeUndefined();
  expect(await mirrored(history, later)).toMatchObject({ status: 'succeeded' });
});

test('a run that failed for want of a snapshot has taken an epoch, and hides nothing from the next', async () => {
  const history = await begun(people);
  const older = history.runs.states.get(sync.id);
  const known = new Map(history.runs.runs);
  await mirrored(history, later);
  if (older) history.runs.states.set(sync.id, older);
  for (const name of history.runs.runs.keys()) if (!known.has(name)) history.runs.runs.delete(name);
  for (const key of history.snapshots.keys('')) history.snapshots.remove(key);
  expect(await mirrored(history, undefined)).toMatchObject({ status: 'failed', epoch: 2 });
  const held = await mirrored(history, people.slice(1));
  expect(held?.result).toMatchObject({ status: 'held', outdated: { newest: 2, pointer: 1 } });
  await recoverMirror(history, sync.id);
  expect(await mirrored(history, undefined)).toMatchObject({ status: 'succeeded' });
  expect(membersOf(history)).toEqual(people.slice(1).map(({ id }) => id));
});

test('nor does it where the whole table was lost, and the first run of the new one failed', async () => {
  const history = await begun(people);
  history.runs.states.clear();
  history.runs.runs.clear();
  for (const key of history.snapshots.keys('')) history.snapshots.remove(key);
  expect(await mirrored(history, undefined)).toMatchObject({ status: 'failed', epoch: 1 });
  // As a start that found a run open leaves it.
  for (const [name, failed] of [...history.runs.runs]) {
    history.runs.runs.set(`${name}a`, {
      ...failed,
      id: `${failed.id}a`,
      epoch: 0,
      status: 'skipped',
    });
  }
  const held = await mirrored(history, people.slice(1));
  expect(held?.result).toMatchObject({ status: 'held', outdated: { newest: 1, pointer: 0 } });
  await recoverMirror(history, sync.id);
  expect(await mirrored(history, undefined)).toMatchObject({ status: 'succeeded' });
  expect(membersOf(history)).toEqual(people.slice(1).map(({ id }) => id));
});

test.each(damages)(
  'a mirror that is %s is named, and a full run goes on from an older one',
  async (damage) => {
    const history = await begun(people, later);
    const pointer = history.runs.states.get(sync.id)?.mirror;
    const newest = pointer && layersOf(pointer).at(-1);
    damageObject(history, newest?.location ?? '', damage);
    const failed = await mirrored(history, people);
    expect(failed).toMatchObject({
      status: 'failed',
      result: { error: { code: 'mirror-damaged' } },
    });
    const full = await mirrored(history, undefined, { kind: 'mirror', full: true });
    expect(full?.result).toMatchObject({ warnings: [{ code: 'mirror-older' }] });
    expect(history.runs.states.get(sync.id)?.mirror?.resend).toBeUndefined();
    expect(await mirrored(history, later)).toMatchObject({ status: 'succeeded' });
    const others = (await broken(history)).filter(
      (each) => !each.startsWith(`${newest?.location} is gone`),
    );
    expect(others).toEqual([]);
  },
);

describe.each(damages)('without the present mirror, which is %s', (damage) => {
  const rowsOf = (rows: Rows) => [...new Set(rows.flatMap(({ id }) => id ?? []))].sort();

  async function damaged(rounds: readonly Rows[]) {
    const history = await begun(...rounds);
    const pointer = history.runs.states.get(sync.id)?.mirror;
    damageObject(history, (pointer && layersOf(pointer).at(-1))?.location ?? '', damage);
    const mirrored = [...history.runs.runs.values()].filter(({ result }) => result?.mirror);
    return { history, first: mirrored[0]?.id ?? '' };
  }

  test('a rollback goes on from an older one', async () => {
    const { history, first } = await damaged([people, later]);
    const back = await mirrored(history, undefined, { kind: 'rollback', to: first });
    expect(back?.result).toMatchObject({ warnings: [{ code: 'mirror-older' }] });
    // Of the rows in conflict nobody knew better; whoever joined since stays, as the warning says.
    expect(membersOf(history)).toEqual(expect.arrayContaining(rowsOf(people)));
    expect(await mirrored(history, undefined)).toMatchObject({ status: 'succeeded' });
  });

  test('emptying goes on from an older one', async () => {
    const { history } = await damaged([people, people.slice(1)]);
    const emptied = await mirrored(history, undefined, { kind: 'empty' });
    expect(emptied?.result).toMatchObject({ warnings: [{ code: 'mirror-older' }] });
    expect(membersOf(history)).toEqual([]);
  });

  test('where there is no older one, it is said what to do, and that works', async () => {
    const { history } = await damaged([people]);
    for (const task of [{ kind: 'empty' }, { kind: 'mirror', full: true }] as const) {
      const { status, result } = (await mirrored(history, undefined, task)) ?? {};
      expect(status).toBe('failed');
      expect(result?.error?.message).toMatch(/backup.*"full".*adopt.*leaves behind/);
    }
    expect(membersOf(history)).toEqual(rowsOf(people));
    await adopt(history, sync.id);
    await history.settle(200);
    expect(await mirrored(history, people.slice(1))).toMatchObject({ status: 'succeeded' });
    expect(membersOf(history)).toEqual(rowsOf(people.slice(1)));
  });
});

test('another mirror in the place of the present one is not taken for it', async () => {
  const history = await begun(people, later);
  const [base] = history.runs.states.get(sync.id)?.mirror?.base ?? [];
  const other = [...history.state.objects].find(([name]) => name.endsWith('/plan.parquet'));
  if (base && other) history.state.objects.set(base.location, other[1]);
  expect(await mirrored(history, people)).toMatchObject({ status: 'failed' });
});

test('ids of runs go on from the last one, however far its clock was ahead', async () => {
  const ahead = `${(1_800_000_000_000).toString(36).padStart(10, '0')}${'a'.repeat(16)}`;
  const now = `${(1_700_000_000_000).toString(36).padStart(10, '0')}${'b'.repeat(16)}`;
  expect(idAbove(now, ahead) > ahead).toBe(true);
  expect(idAbove(now, ahead)).toHaveLength(26);
  expect(idAbove(ahead, now)).toBe(ahead);
  const runs = new MemoryRunStore();
  runs.states.set('s', { epoch: 1, marker: false, lastRun: ahead });
  expect((await newRunId({ runs, ids: { next: () => now } }, 's')) > ahead).toBe(true);
});

test('a start is not lost to a run that lets go of its lease at the same moment', async () => {
  const history = await begun(people);
  const { runs } = history;
  const claim = runs.claimLease.bind(runs);
  let refused = 0;
  // As if it was held when it was claimed, and free when it was looked at.
  runs.claimLease = async (open) => (refused++ === 0 ? undefined : claim(open));
  expect(await mirrored(history, later)).toMatchObject({ status: 'succeeded' });
  expect(refused).toBeGreaterThan(1);
});
