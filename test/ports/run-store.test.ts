/** One suite over the stand-in of the simulator and the adapter over both tables: all keep the same promises. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Items } from '../../shared/aws/items.ts';
import { createRunStore } from '../../shared/aws/run-store.ts';
import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import type { OpenRun, RunStore } from '../../shared/ports/runs.ts';
import { mirrorAt } from '../mirror-at.ts';
import { MemoryRunStore } from '../simulation/memory/stores.ts';
import { inSqlite, onDynamoDb, type TableWorld } from './tables.ts';

interface Stores {
  readonly runs: RunStore;
  readonly close: () => Promise<void>;
}

const over = (make: () => Promise<TableWorld>) => async (): Promise<Stores> => {
  const { table, close } = await make();
  return { runs: createRunStore(new Items(table)), close };
};

const inMemory = async (): Promise<Stores> => ({
  runs: new MemoryRunStore(),
  close: async () => {},
});

const now = 1_700_000_000_000;
let count = 0;
const newSync = () => `sync-${++count}`;
const entryOf = (sync: string, run = 'run1'): OpenRun => ({
  sync,
  run,
  trigger: 'manual',
  task: usualTask,
  startedAt: now,
});
const runOf = (sync: string, changes: Partial<Run> = {}): Run => ({
  sync,
  id: 'run1',
  epoch: 1,
  trigger: 'manual',
  task: usualTask,
  phase: 'starting',
  startedAt: now,
  movedAt: now,
  deadline: now + 1,
  attempts: 0,
  ...changes,
});
const marked = (run: Run): Run => ({ ...run, markerSeen: true });
const chunk = (number: number): PendingChunk => ({
  phase: 'deleting',
  chunk: number,
  changes: 3,
  tries: 0,
  clean: true,
});
const by = (name: string, until = now + 1_000) => ({ by: name, until });

describe.each([
  { name: 'in memory', make: inMemory },
  { name: 'on DynamoDB', make: over(onDynamoDb) },
  { name: 'in SQLite', make: over(inSqlite) },
])('the stores $name', ({ make }) => {
  let stores: Stores;
  let runs: RunStore;
  beforeAll(async () => {
    stores = await make();
    runs = stores.runs;
  });
  afterAll(() => stores.close());

  test('list the state of every sync, with the runs that are open', async () => {
    const [open, closed] = [newSync(), newSync()];
    await runs.claimLease(entryOf(closed));
    await runs.freeLease(runOf(closed), { status: 'failed' });
    await runs.claimLease(entryOf(open));
    const { states } = await runs.listStates();
    const { sync: _, ...lease } = entryOf(open);
    expect(states.get(open)).toEqual({ epoch: 1, marker: false, openRun: lease });
    expect(states.get(closed)).toEqual({ epoch: 1, marker: false, lastRun: 'run1' });
  });

  test('give a lease to one of many racing runs, and the same answer to its holder', async () => {
    const sync = newSync();
    const names = Array.from({ length: 10 }, (_, i) => `run${i}`);
    const taken = await Promise.all(names.map((run) => runs.claimLease(entryOf(sync, run))));
    const winners = names.filter((_, i) => taken[i]);
    expect(winners).toHaveLength(1);
    const state = await runs.claimLease(entryOf(sync, winners[0]));
    expect(state).toMatchObject({ epoch: 1, openRun: { run: winners[0] } });
    expect(state).toEqual(await runs.getState(sync));
  });

  test('free a lease and move the pointer only for its holder of that epoch', async () => {
    const sync = newSync();
    const mirror = mirrorAt('mirrors/x', { members: 5, uncertain: 2 });
    const mirrored = { snapshot: 's', configuration: 'c' };
    await runs.claimLease(entryOf(sync));
    await runs.freeLease(marked(runOf(sync, { id: 'other' })), { status: 'succeeded', mirror });
    await runs.freeLease(marked(runOf(sync, { epoch: 7 })), { status: 'succeeded', mirror });
    expect((await runs.getState(sync)).openRun?.run).toBe('run1');
    await runs.freeLease(marked(runOf(sync)), { status: 'succeeded', mirror, mirrored });
    const freed = { epoch: 1, marker: true, lastRun: 'run1', mirror, mirrored };
    expect(await runs.getState(sync)).toEqual(freed);
    await runs.freeLease(runOf(sync), { status: 'failed' });
    expect(await runs.getState(sync)).toEqual(freed);
  });

  test('forget what was mirrored when the mirror moves without it, and keep it when nothing moves', async () => {
    const sync = newSync();
    const mirror = mirrorAt('mirrors/x', { members: 5, uncertain: 2 });
    const mirrored = { snapshot: 's', configuration: 'c' };
    await runs.claimLease(entryOf(sync, 'run1'));
    await runs.freeLease(runOf(sync), { status: 'succeeded', mirror, mirrored });
    await runs.claimLease(entryOf(sync, 'run2'));
    await runs.freeLease(runOf(sync, { id: 'run2', epoch: 2 }), { status: 'failed' });
    expect(await runs.getState(sync)).toMatchObject({ mirror, mirrored, marker: false });
    await runs.claimLease(entryOf(sync, 'run3'));
    const next = { ...mirror, epoch: 3 };
    await runs.freeLease(runOf(sync, { id: 'run3', epoch: 3 }), {
      status: 'partial',
      mirror: next,
    });
    expect(await runs.getState(sync)).toEqual({
      epoch: 3,
      marker: false,
      lastRun: 'run3',
      mirror: next,
    });
  });

  test('remember when a run last succeeded, and set a snapshot aside until a run goes on', async () => {
    const sync = newSync();
    const setAside = {
      snapshot: 's',
      configuration: 'c',
      why: 'held' as const,
      run: 'run1',
    };
    const end = async (id: string, epoch: number, result: RunResult) => {
      await runs.claimLease(entryOf(sync, id));
      await runs.freeLease(runOf(sync, { id, epoch, closedAt: now + epoch }), result);
      return runs.getState(sync);
    };
    expect(await end('run1', 1, { status: 'held', setAside })).toMatchObject({ setAside });
    expect(await end('run2', 2, { status: 'skipped' })).toMatchObject({ setAside });
    const unchanged = await end('run3', 3, { status: 'unchanged' });
    expect(unchanged).toMatchObject({ setAside, succeededAt: now + 3 });
    const mirrored = { snapshot: 's', configuration: 'c' };
    const gone = await end('run4', 4, { status: 'succeeded', mirrored });
    const recent = ['held', 'skipped', 'unchanged', 'succeeded'].map((status, at) => ({
      ...{ run: `run${at + 1}`, closedAt: now + at + 1, status },
      ...{ added: 0, updated: 0, removed: 0, failing: 0 },
    }));
    expect(gone).toEqual({
      epoch: 4,
      marker: false,
      lastRun: 'run4',
      lastEnd: { run: 'run4', status: 'succeeded', closedAt: now + 4 },
      recent,
      mirrored,
      succeededAt: now + 4,
    });
  });

  test('forget a mirror only while no run is open', async () => {
    const sync = newSync();
    const mirror = mirrorAt('mirrors/x', { members: 5, uncertain: 2 });
    await runs.claimLease(entryOf(sync));
    expect(await runs.forgetMirror(sync)).toBe(false);
    await runs.freeLease(runOf(sync), { status: 'succeeded', mirror });
    expect(await runs.forgetMirror(sync)).toBe(true);
    expect(await runs.getState(sync)).toEqual({ epoch: 2, marker: false, lastRun: 'run1' });
  });

  test('refuse a lease to a run that a later one has overtaken', async () => {
    const sync = newSync();
    await runs.claimLease(entryOf(sync, 'run2'));
    await runs.freeLease(runOf(sync, { id: 'run2' }), { status: 'failed' });
    expect(await runs.claimLease(entryOf(sync, 'run1'))).toBeUndefined();
    expect(await runs.claimLease(entryOf(sync, 'run2'))).toBeUndefined();
    expect(await runs.claimLease(entryOf(sync, 'run3'))).toMatchObject({ epoch: 2 });
  });

  test('move a run from its phase and epoch only; a new phase drops claim and attempts', async () => {
    const sync = newSync();
    expect(await runs.createRun(runOf(sync))).toBe(true);
    expect(await runs.createRun(runOf(sync, { epoch: 9 }))).toBe(false);
    const claimed = await runs.claimRun(runOf(sync), 'starting', by('a'), now);
    expect(claimed).toEqual(runOf(sync, { claim: by('a'), attempts: 1 }));
    expect(await runs.claimRun(runOf(sync), 'starting', by('b'), now)).toBeUndefined();
    expect(await runs.claimRun(runOf(sync), 'planning', by('b'), now)).toBeUndefined();
    expect(await runs.claimRun(runOf(sync), 'starting', by('b'), now + 2_000)).toMatchObject({
      attempts: 2,
    });
    expect(await runs.moveRun(runOf(sync), ['planning'], { phase: 'closing', at: now })).toBe(
      false,
    );
    expect(
      await runs.moveRun(runOf(sync, { epoch: 2 }), ['starting'], { phase: 'planning', at: now }),
    ).toBe(false);
    expect(
      await runs.moveRun(runOf(sync), ['starting', 'planning'], { phase: 'closing', at: now + 5 }),
    ).toBe(true);
    expect(await runs.getRun(sync, 'run1')).toEqual(
      runOf(sync, { phase: 'closing', movedAt: now + 5, closingAt: now + 5 }),
    );
  });

  test('let only the claimant release, and count no attempt back', async () => {
    const sync = newSync();
    await runs.createRun(runOf(sync));
    await runs.claimRun(runOf(sync), 'starting', by('a'), now);
    await runs.releaseRun(runOf(sync), by('b'));
    expect((await runs.getRun(sync, 'run1'))?.claim).toEqual(by('a'));
    await runs.releaseRun(runOf(sync), by('a'));
    expect(await runs.getRun(sync, 'run1')).toEqual(runOf(sync, { attempts: 1 }));
  });

  test('write the answer to a held run once, and to no other', async () => {
    const sync = newSync();
    const held = runOf(sync, { phase: 'closed', status: 'held' });
    await runs.createRun({ ...held, status: 'failed', id: 'run0' });
    expect(await runs.answerHeld({ ...held, id: 'run0' }, undefined, { approvedBy: 'a' })).toBe(
      false,
    );
    await runs.createRun(held);
    const names = ['a', 'b', 'c', 'd'];
    const answered = await Promise.all(
      names.map((approvedBy) => runs.answerHeld(held, undefined, { approvedBy })),
    );
    expect(answered.filter(Boolean)).toHaveLength(1);
    const approvedBy = names[answered.indexOf(true)];
    expect(await runs.getRun(sync, 'run1')).toEqual({ ...held, approvedBy });
    expect(await runs.answerHeld(held, 'another', { approvedBy: 'e' })).toBe(false);
    expect(await runs.answerHeld({ ...held, epoch: 2 }, approvedBy, { approvedBy: 'e' })).toBe(
      false,
    );
    const cancelled = { status: 'cancelled', result: { status: 'cancelled' } } as const;
    expect(await runs.answerHeld(held, approvedBy, cancelled)).toBe(true);
    expect(await runs.answerHeld(held, approvedBy, { approvedBy: 'e' })).toBe(false);
    expect(await runs.getRun(sync, 'run1')).toEqual({ ...held, ...cancelled, approvedBy });
  });

  test('list runs newest first', async () => {
    const sync = newSync();
    for (const id of ['run2', 'run1', 'run3']) await runs.createRun(runOf(sync, { id }));
    expect((await runs.listRuns(sync, 2)).items.map(({ id }) => id)).toEqual(['run3', 'run2']);
    expect((await runs.listRuns(sync, 2, 'run3')).items.map(({ id }) => id)).toEqual([
      'run2',
      'run1',
    ]);
    expect((await runs.listRuns(sync, 2, 'run20')).items.map(({ id }) => id)).toEqual([
      'run2',
      'run1',
    ]);
    expect((await runs.listRuns(sync, 2, 'run1')).items).toEqual([]);
  });

  test('list the runs of all syncs newest first, and states between two', async () => {
    const [one, other] = [newSync(), newSync()].sort();
    const ids = ['zzz3', 'zzz1', 'zzz2'].map((id) => `${id}${newSync()}`);
    for (const [at, id] of ids.entries()) {
      await runs.createRun(runOf((at % 2 === 0 ? one : other) ?? '', { id }));
    }
    const first = await runs.pageRuns(2);
    expect(first.items.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    expect((await runs.pageRuns(1, first.next)).items.map(({ id }) => id)).toEqual([ids[1]]);
    await runs.claimLease({
      sync: other ?? '',
      run: 'zzz9',
      trigger: 'manual',
      task: usualTask,
      startedAt: 1,
    });
    const { states } = await runs.getStatesBetween(other ?? '', other ?? '');
    expect([...states.keys()]).toEqual([other]);
  });

  test('keep pending chunks of attempts and phases apart, in the order of their numbers', async () => {
    const run = runOf(newSync(), { id: newSync() });
    const numbers = Array.from({ length: 60 }, (_, i) => 59 - i);
    await runs.putPending(run, 'p1', numbers.map(chunk));
    await runs.putPending(run, 'p1', [{ ...chunk(3), phase: 'upserting' }]);
    await runs.putPending(run, 'p10', [chunk(0)]);
    const { items: listed } = await runs.listPending(run, 'p1', 'deleting');
    expect(listed).toEqual(numbers.reverse().map(chunk));
    expect((await runs.listPending(run, 'p1', 'upserting')).items).toHaveLength(1);
    expect((await runs.listPending(run, 'p1', 'deleting', 1)).items).toEqual([chunk(0)]);
    await runs.deletePending(run, 'p1', chunk(0));
    await runs.deletePending(run, 'p1', chunk(0));
    expect(await runs.getPending(run, 'p1', 'deleting', 0)).toBeUndefined();
    expect(await runs.getPending(run, 'p1', 'deleting', 1)).toEqual(chunk(1));
  });

  test('give a chunk to one of many racing senders, as it was before', async () => {
    const run = runOf(newSync(), { id: newSync() });
    await runs.putPending(run, 'p1', [chunk(0)]);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const claimed = await Promise.all(
      names.map((name) => runs.claimChunk(run, 'p1', chunk(0), by(name), now, 'due')),
    );
    expect(claimed.filter(Boolean)).toEqual([chunk(0)]);
    const winner = names[claimed.findIndex(Boolean)] ?? '';
    const held = { ...chunk(0), tries: 1, clean: false, claim: by(winner) };
    expect(await runs.getPending(run, 'p1', 'deleting', 0)).toEqual(held);
    await runs.releaseChunk(run, 'p1', chunk(0), by('nobody'));
    expect(await runs.getPending(run, 'p1', 'deleting', 0)).toEqual(held);
    await runs.releaseChunk(run, 'p1', { ...chunk(0), waitUntil: now + 9 }, by(winner));
    const waiting = { ...chunk(0), tries: 1, waitUntil: now + 9 };
    expect(await runs.getPending(run, 'p1', 'deleting', 0)).toEqual(waiting);
    expect(await runs.claimChunk(run, 'p1', chunk(0), by('e'), now + 8, 'due')).toBeUndefined();
    expect(await runs.claimChunk(run, 'p1', chunk(0), by('f'), now, 'any')).toEqual(waiting);
    expect(await runs.claimChunk(run, 'p1', chunk(0), by('g'), now + 1_001, 'due')).toMatchObject({
      tries: 2,
    });
    expect(await runs.claimChunk(run, 'p1', chunk(1), by('h'), now, 'due')).toBeUndefined();
    expect(await runs.getPending(run, 'p1', 'deleting', 1)).toBeUndefined();
  });
});
