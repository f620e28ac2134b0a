/** What becomes of what nobody could finish: dead letters, plans that die, and syncs that had no good run for long. */

import { expect, test } from 'vitest';
import { planRun } from '../../functions/plan-run/plan-run.ts';
import type { DeadLetterPorts } from '../../functions/sweep/dead-letters.ts';
import { settleDeadLetters } from '../../functions/sweep/dead-letters.ts';
import { raiseStale, type StalePorts } from '../../functions/sweep/stale-syncs.ts';
import { sampleDestination } from '../../local/sample.ts';
import { Alert } from '../../shared/contracts/alert.ts';
import type { Counts } from '../../shared/contracts/counts.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import { outcomesObject } from '../../shared/contracts/layout.ts';
import type { RunMessage } from '../../shared/contracts/messages.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { Run, RunPhase, RunResult } from '../../shared/contracts/run.ts';
import { Sync, SyncInput } from '../../shared/contracts/sync.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { noOutcomes } from '../../shared/domain/run/counts.ts';
import { finishRun } from '../../shared/flow/finish-run.ts';
import { pinConfig } from '../../shared/flow/run-config.ts';
import { readLines } from '../../shared/lines.ts';
import type { DeadLetter } from '../../shared/ports/queues.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { noCounts } from '../no-counts.ts';
import { plainMapping } from '../simulation/audience.ts';
import { MemoryConfigStore } from '../simulation/memory/configs.ts';
import { MemoryRunStore, MemoryStateStore } from '../simulation/memory/stores.ts';
import { syncOf } from '../simulation/settings.ts';

const hour = 3_600_000;
const turn = { id: 'turn', remainingMs: () => 60_000 };

const counts: Counts = {
  ...noCounts,
  snapshot: { ...noCounts.snapshot, rows: 3, members: 3 },
  mirror: { ...noCounts.mirror, after: 3 },
};

/** One sync with a run in the phase that is told, and everything that is said or queued. */
async function world() {
  const runs = new MemoryRunStore();
  const configs = new MemoryConfigStore();
  const state = new MemoryStateStore();
  const raised: Alert[] = [];
  const closes: RunMessage[] = [];
  const letters = new Map<string, DeadLetter>();
  const world = { now: Date.UTC(2026, 0, 1), alertsFail: false };
  const input = syncOf({ id: 'people', retryFailed: true }, plainMapping);
  const sync = await configs.putSync(
    SyncInput.parse({ ...input, alerts: { withoutSuccessHours: 24 } }),
  );
  const alerts = {
    raise: async (alert: Alert) => {
      if (world.alertsFail) throw new Error('refused');
      raised.push(Alert.parse(alert));
    },
  };
  const ports = {
    runs,
    configs,
    state,
    alerts,
    nextTimes,
    clock: { now: () => world.now, sleep: async () => {} },
    queue: {
      sendPlan: async () => {},
      sendChunks: async () => {},
      sendClose: async (message: RunMessage) => void closes.push(message),
    },
    deadLetters: {
      take: async () => [...letters.values()],
      done: async ({ id }: DeadLetter) => void letters.delete(id),
    },
    engine: {
      open: async () => {
        throw new Error('The engine is not to be asked.');
      },
    },
  } as unknown as DeadLetterPorts & Parameters<typeof planRun>[0] & Pick<StalePorts, 'nextTimes'>;

  async function open(phase: RunPhase, id = 'run1'): Promise<Run> {
    const lease = { run: id, trigger: 'schedule', task: usualTask, startedAt: world.now } as const;
    const claimed = await runs.claimLease({ sync: 'people', ...lease });
    const run: Run = {
      ...{ sync: 'people', id, epoch: claimed?.epoch ?? 0, trigger: 'schedule', task: usualTask },
      ...{
        phase,
        startedAt: world.now,
        movedAt: world.now,
        deadline: world.now + hour,
        attempts: 0,
      },
      ...(phase !== 'planning' && {
        plan: { attempt: 'p1', chunks: { deleting: 0, upserting: 1 }, counts },
      }),
    };
    await runs.createRun(run);
    const destination = Destination.parse({
      ...sampleDestination('http://127.0.0.1:1'),
      version: 1,
    });
    const task = {
      kind: 'mirror',
      snapshot: {
        bucket: 'warehouse',
        prefix: 'a/',
        format: 'csv',
        completedBy: 'settled',
        writtenAt: 0,
        objects: [],
        identity: 'x',
      },
    } as const;
    await pinConfig(state, run, {
      sync: Sync.parse(sync),
      destination,
      task: { ...task, snapshot: { ...task.snapshot, objects: [] } },
    });
    return run;
  }

  const drop = (queue: DeadLetter['queue'], body: unknown) => {
    const id = `letter${letters.size + raised.length}`;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    letters.set(id, { queue, id, receipt: id, sentAt: world.now, body: text });
  };
  const settle = () => settleDeadLetters(ports, turn);
  const now = () => runs.getRun('people', 'run1');
  return { world, runs, state, raised, closes, letters, ports, open, drop, settle, now };
}

const messageOf = ({ sync, id, epoch }: Run) => ({ sync, run: id, epoch });

test('a plan that died three times is given up, and its run says what to do', async () => {
  const { ports, runs, open, world: at, now } = await world();
  const run = await open('planning');
  for (let death = 1; death <= 3; death += 1) {
    const claim = { by: `dead${death}`, until: at.now + 1_000 };
    expect(await runs.claimRun(run, 'planning', claim, at.now)).toBeDefined();
    // Whoever comes while it may still live does nothing.
    await planRun(ports, messageOf(run), turn);
    expect((await now())?.phase).toBe('planning');
    at.now += 60_000;
  }
  await planRun(ports, messageOf(run), turn);
  const ended = await now();
  expect(ended).toMatchObject({ phase: 'closed', status: 'failed' });
  expect(ended?.result?.error).toMatchObject({ code: 'planning-exhausted' });
  expect(ended?.result?.error?.message).toMatch(/Nothing was sent.+give plan-run more memory\.$/);
  expect((await runs.getState('people')).openRun).toBeUndefined();
});

test('a plan that throws comes again, and its third fault ends the run with what it was', async () => {
  const { ports, open, now } = await world();
  const run = await open('planning');
  for (const _ of [1, 2]) {
    await expect(planRun(ports, messageOf(run), turn)).rejects.toThrow();
    expect(await now()).toMatchObject({ phase: 'planning' });
    expect((await now())?.claim).toBeUndefined();
  }
  await planRun(ports, messageOf(run), turn);
  expect(await now()).toMatchObject({ phase: 'closed', status: 'failed' });
});

test('a letter to plan ends its run, once nobody can be planning any more', async () => {
  const { open, drop, settle, runs, raised, letters, world: at, now } = await world();
  const run = await open('planning');
  await runs.claimRun(run, 'planning', { by: 'slow', until: at.now + 1_000 }, at.now);
  drop('plan', messageOf(run));
  await settle();
  expect(letters.size).toBe(1);
  expect(raised).toEqual([]);
  at.now += 2_000;
  await settle();
  expect(await now()).toMatchObject({
    status: 'failed',
    result: { error: { code: 'planning-given-up' } },
  });
  expect(raised).toMatchObject([{ kind: 'dead-letter', sync: 'people', run: 'run1' }]);
  expect(letters.size).toBe(0);
  expect((await runs.getState('people')).openRun).toBeUndefined();
});

test('a chunk in a letter ends as uncertain, its run goes on to closing, and it is told how many', async () => {
  const { open, drop, settle, runs, state, raised, closes, letters, now } = await world();
  const run = await open('upserting');
  await runs.putPending(run, 'p1', [
    { phase: 'upserting', chunk: 0, changes: 3, tries: 1, clean: false },
  ]);
  drop('send', { ...messageOf(run), attempt: 'p1', phase: 'upserting', chunk: 0 });
  await settle();
  const address = {
    sync: 'people',
    run: 'run1',
    attempt: 'p1',
    phase: 'upserting',
    chunk: 0,
  } as const;
  const body = await state.get(outcomesObject(address));
  const lines = body ? readLines(OutcomeLine, body, 'outcomes') : [];
  expect(JSON.stringify(lines)).toContain('uncertain');
  expect(JSON.stringify(lines)).not.toContain('delivered');
  expect((await runs.listPending(run, 'p1', 'upserting')).items).toEqual([]);
  expect((await now())?.phase).toBe('closing');
  expect(closes).toEqual([messageOf(run)]);
  expect(raised).toMatchObject([{ kind: 'dead-letter', count: 3, of: 'changes in it' }]);
  expect(letters.size).toBe(0);
});

test('a letter to close leaves the run to sweep, and tells; one to start tells which sync missed it', async () => {
  const { open, drop, settle, raised, letters, now } = await world();
  const run = await open('closing');
  drop('close', messageOf(run));
  drop('start', { requestPayload: { sync: 'people', trigger: 'schedule' } });
  await settle();
  expect((await now())?.phase).toBe('closing');
  expect(raised.map(({ sync, run: of }) => [sync, of])).toEqual([
    ['people', 'run1'],
    ['people', undefined],
  ]);
  expect(letters.size).toBe(0);
});

test('letters of other runs, epochs and attempts, or of nothing, change nothing and go', async () => {
  const { open, drop, settle, raised, letters, now, state } = await world();
  const run = await open('upserting');
  drop('plan', messageOf(run));
  drop('close', { ...messageOf(run), epoch: 9 });
  drop('send', { ...messageOf(run), attempt: 'p9', phase: 'upserting', chunk: 0 });
  drop('send', { ...messageOf(run), attempt: 'p1', phase: 'deleting', chunk: 0 });
  drop('plan', { ...messageOf(run), run: 'nobody' });
  drop('send', '{"half');
  const before = [await now(), await state.list('')];
  await settle();
  expect([await now(), await state.list('')]).toEqual(before);
  expect(raised).toHaveLength(6);
  expect(letters.size).toBe(0);
});

test('a letter stays until it is told, and keeps no other from being settled', async () => {
  const { open, drop, settle, raised, letters, now, world: at } = await world();
  const run = await open('planning');
  drop('plan', messageOf(run));
  drop('start', { sync: 'people', trigger: 'schedule' });
  at.alertsFail = true;
  await expect(settle()).rejects.toThrow();
  expect(letters.size).toBe(2);
  expect((await now())?.status).toBe('failed');
  at.alertsFail = false;
  await settle();
  expect(raised).toHaveLength(2);
  expect(letters.size).toBe(0);
});

test('a sync whose data is old is told of once, until it is new, and then anew', async () => {
  const { ports, raised, open, world: at } = await world();
  let ids = 0;
  /** The run is about the snapshot that was written then. */
  const end = async (writtenAt: number, result: RunResult) =>
    finishRun(ports, await open('closing', `run${++ids}`), ['closing'], result, {
      snapshot: { identity: String(writtenAt), writtenAt },
    });
  const mirrored = { snapshot: 'newest', configuration: 'any' };
  const after = async (hours: number) => {
    at.now += hours * hour;
    await raiseStale(ports);
    return raised.filter(({ kind }) => kind === 'sync-stale').length;
  };
  expect(await after(0)).toBe(0);
  expect(await after(23)).toBe(0);
  expect(await after(2)).toBe(1);
  expect(raised[0]).toMatchObject({ kind: 'sync-stale', sync: 'people', count: 25 });
  const first = at.now;
  await end(first, { status: 'failed', error: { code: 'http-401', message: 'No.' } });
  expect(await after(24)).toBe(1);
  await end(at.now, { status: 'succeeded', mirrored });
  const second = at.now;
  expect(await after(23)).toBe(1);
  // Runs that find nothing newer make the data no younger.
  await end(second, { status: 'unchanged' });
  expect(await after(2)).toBe(2);
  await end(second, { status: 'unchanged' });
  expect(await after(24)).toBe(2);
  // A partial run of which little was missed is good enough, one of which much was is not.
  const partly = (unsent: number): RunResult => ({
    status: 'partial',
    counts: { ...counts, insert: { ...noOutcomes(), delivered: 100 - unsent, unsent } },
  });
  await end(at.now, partly(1));
  expect(await after(23)).toBe(2);
  await end(at.now, partly(50));
  expect(await after(1)).toBe(3);
  expect(raised.map(({ kind }) => kind)).toEqual([
    ...['sync-stale', 'sync-recovered', 'sync-stale', 'sync-recovered', 'sync-stale'],
  ]);
});
