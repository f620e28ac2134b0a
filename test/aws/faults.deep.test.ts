/** The flow over services that fail now and then, by a seed: nobody is lost, and every run ends. */
import { expect, test } from 'vitest';
import { compare, isEqual, platformMembers, snapshotMembers } from '../../local/compare.ts';
import { sampleFiles } from '../../local/sample.ts';
import { addSync, startWorld } from '../flow/world.ts';
import { seed } from '../seed.ts';
import { faulty } from './faulty-services.ts';

const mixture = {
  busy: 0.04,
  'reset-before': 0.01,
  'reset-after': 0.01,
  slow: 0.05,
  conflict: 0.05,
  unprocessed: 0.5,
  'short-page': 0.3,
  'failed-entries': 0.3,
  'empty-receive': 0.1,
} as const;

test('under all of them at once, runs come to their end and the platform is equal', async ({
  onTestFinished,
}) => {
  const { before, met, close } = faulty(mixture);
  onTestFinished(close);
  const world = await startWorld({ inFrontOf: before });
  onTestFinished(() => world.close());
  const persist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let failures = 0; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (failures === 20) throw error;
      }
    }
  };
  await persist(() => addSync(world, 'people'));
  const run = async (parts: number[]) => {
    const files = [...(await sampleFiles(parts))].map(
      ([name, body]) => [name, Buffer.from(body)] as const,
    );
    await persist(() => world.mirror.export('exports/people/', new Map(files)));
    const id = await persist(async () => world.mirror.start('people'));
    for (;;) {
      const found = id && (await persist(() => world.mirror.runs.getRun('people', id)));
      const { openRun } = await persist(() => world.mirror.runs.getState('people'));
      if (!openRun && found && found.phase === 'closed') return found.status;
      // As the clock would after five minutes.
      await world.mirror.recover().catch(() => undefined);
    }
  };
  await run([1, 2]);
  await run([2, 3]);
  await run([2, 3]);
  const found = compare(
    await snapshotMembers([2, 3]),
    await platformMembers(world.platform.url, 'people'),
  );
  expect(isEqual(found), JSON.stringify(found)).toBe(true);
  console.log(`seed ${seed}: ${JSON.stringify(Object.fromEntries(met))}`);
}, 400_000);
