/** Many steps at once: each item once, never more under way than allowed, and nothing begun after a failure; so a cancelled run ends. */
import { expect, test } from 'vitest';
import { type CloseRunPorts, closeRun } from '../../functions/close-run/close-run.ts';
import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import { outcomesObject } from '../../shared/contracts/layout.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { inFlight, mostInFlight } from '../../shared/in-flight.ts';
import { readLines } from '../../shared/lines.ts';
import fc from '../fast-check.ts';
import { noCounts } from '../no-counts.ts';
import { MemoryRunStore, MemoryStateStore } from '../simulation/memory/stores.ts';

const turns = async (count: number) => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('each item once, at most so many under way, and after a failure none is begun', async () => {
  const steps = fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      async (items, most, ends) => {
        const begun: unknown[] = [];
        let running = 0;
        let failed = false;
        const work = async (item: (typeof items)[number]) => {
          expect(failed).toBe(false);
          begun.push(item);
          running += 1;
          expect(running).toBeLessThanOrEqual(most);
          await turns(item.turns);
          running -= 1;
          if (!ends || !item.fails) return;
          // Those that are taken in the same turn can not know of it yet.
          void Promise.resolve()
            .then(() => turns(1))
            .then(() => (failed = true));
          throw new Error('as told');
        };
        const all = inFlight(items, work, most);
        const fails = ends && items.some((item) => item.fails);
        await (fails ? expect(all).rejects.toThrow('as told') : all);
        expect(running).toBe(0);
        expect(begun).toEqual(fails ? items.slice(0, begun.length) : items);
      },
    ),
    { numRuns: 100 },
  );
});

test('a further item is taken only while those under way weigh less than allowed', async () => {
  const steps = fc.array(fc.record({ turns: fc.nat(4), weight: fc.nat(9) }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 20 }), async (items, most) => {
      let weighed = 0;
      const begun: unknown[] = [];
      const work = async (item: (typeof items)[number]) => {
        expect(weighed).toBeLessThan(most);
        weighed += item.weight;
        begun.push(item);
        await turns(item.turns);
        weighed -= item.weight;
      };
      await inFlight(items, work, mostInFlight, { of: ({ weight }) => weight, most });
      expect(begun).toEqual(items);
    }),
    { numRuns: 100 },
  );
});

test('what a cancelled run did not send is settled many at once, each as unsent', async () => {
  const chunks = 200;
  const runs = new MemoryRunStore();
  const state = new MemoryStateStore();
  const claimed = await runs.claimLease({
    ...{ sync: 'people', run: 'run1', trigger: 'manual', task: usualTask, startedAt: 0 },
  });
  const run: Run = {
    ...{ sync: 'people', id: 'run1', epoch: claimed?.epoch ?? 0, trigger: 'manual' },
    ...{ task: usualTask, phase: 'closing', startedAt: 0, movedAt: 0, deadline: 1e9, attempts: 0 },
    plan: { attempt: 'p1', chunks: { deleting: 0, upserting: chunks }, counts: noCounts },
  };
  await runs.createRun(run);
  const pending = Array.from({ length: chunks }, (_, chunk): PendingChunk => {
    return { phase: 'upserting', chunk, changes: 3, clean: true, tries: 0 };
  });
  await runs.putPending(run, 'p1', pending);
  let running = 0;
  let most = 0;
  const counted = new Proxy(state, {
    get: (target, name) =>
      name !== 'putIfAbsent'
        ? Reflect.get(target, name).bind(target)
        : async (key: string, body: Uint8Array) => {
            running += 1;
            most = Math.max(most, running);
            await turns(2);
            running -= 1;
            return target.putIfAbsent(key, body);
          },
  });
  const ports = { runs, state: counted, clock: { now: () => 0 } } as unknown as CloseRunPorts;
  const message = { sync: run.sync, run: run.id, epoch: run.epoch };
  // Its configuration is not there: what comes after the leftovers does not matter here.
  await closeRun(ports, message, { id: 'turn', remainingMs: () => 60_000 }).catch(() => undefined);
  expect(most).toBe(mostInFlight);
  expect((await runs.listPending(run, 'p1', 'upserting')).items).toEqual([]);
  for (const { phase, chunk } of pending) {
    const address = { sync: run.sync, run: run.id, attempt: 'p1', phase, chunk };
    const body = (await state.get(outcomesObject(address))) ?? new Uint8Array();
    const lines = await readLines(OutcomeLine, body, 'outcomes');
    expect(lines).toMatchObject([{ from: 0, to: 3, outcome: 'unsent' }]);
  }
});
