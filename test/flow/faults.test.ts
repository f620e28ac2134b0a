/** A platform that fails in many ways: each sync has one of its own, so that they wait for theirs at the same time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, isEqual, platformMembers, snapshotMembers } from '../../local/compare.ts';
import { startPlatform } from '../../local/platform/platform.ts';
import { sampleFiles } from '../../local/sample.ts';
import { isDeep } from '../depth.ts';
import {
  addSync,
  type FlowWorld,
  inOneProcess,
  mirrorFiles,
  overEmbeddedAws,
  runOnce,
  tellFaults,
} from './world.ts';

/** Those of which the queue and the processes of AWS take part in the mend; `npm run test:deep` plays all on both. */
const usualOnAws = ['429 that ask to wait a second', 'connections dropped after applying'];

describe.each([
  { ...inOneProcess, isMeant: () => true },
  { ...overEmbeddedAws, isMeant: (name: string) => isDeep || usualOnAws.includes(name) },
])('faults $on', ({ start, isMeant }) => {
  let shared: FlowWorld;
  beforeAll(async () => {
    shared = await start();
  });
  afterAll(() => shared.close());

  /** A sync, and its own platform, which ends with the test. */
  async function worldOf(id: string, onTestFinished: (end: () => Promise<void>) => void) {
    const platform = await startPlatform();
    onTestFinished(() => platform.close());
    const world = { ...shared, platform };
    await addSync(world, id);
    return world;
  }

  async function expectEqual({ platform }: FlowWorld, id: string, parts: number[]): Promise<void> {
    const found = await platformMembers(platform.url, id);
    const comparison = compare(await snapshotMembers(parts), found);
    expect(isEqual(comparison), JSON.stringify(comparison)).toBe(true);
  }

  const faults = [
    { name: 'connections dropped after applying', mode: 'drop-after', share: 0.4, seed: 3 },
    { name: '500 for a while', mode: 'status', status: 500, share: 0.3, seed: 1 },
    { name: '429 that ask to wait a second', mode: 'status', status: 429, retryAfter: 1, times: 3 },
    { name: '400 to some', mode: 'status', status: 400, share: 0.3, seed: 2 },
    { name: 'connections dropped before applying', mode: 'drop-before', share: 0.4, seed: 4 },
    { name: 'slow answers', mode: 'slow', delayMs: 300, times: 4 },
  ];

  describe.concurrent('a platform that fails', { timeout: 180_000 }, () => {
    test.for(faults.filter(({ name }) => isMeant(name)))(
      'under $name, a later run makes the platform equal',
      async ({ name, ...fault }, { onTestFinished }) => {
        const id = name.replaceAll(/[^a-z0-9]+/g, '-');
        const world = await worldOf(id, onTestFinished);
        await mirrorFiles(world, id, await sampleFiles([1, 2]));
        await tellFaults(world, fault);
        const disturbed = await mirrorFiles(world, id, await sampleFiles([2, 3]));
        expect(['succeeded', 'partial']).toContain(disturbed.status);
        await tellFaults(world, undefined);
        await runOnce(world.mirror, id);
        await expectEqual(world, id, [2, 3]);
      },
    );

    test('that refuses the credentials stops the run, and loses nothing', async ({
      onTestFinished,
    }) => {
      const id = 'locked-out';
      const world = await worldOf(id, onTestFinished);
      await tellFaults(world, { mode: 'status', status: 401 });
      const refused = await mirrorFiles(world, id, await sampleFiles([1, 2]));
      expect(refused.status).toBe('failed');
      expect(refused.result?.error?.code).toBe('http-401');
      expect(refused.result?.counts?.insert).toMatchObject({ delivered: 0 });
      await tellFaults(world, undefined);
      await runOnce(world.mirror, id);
      await expectEqual(world, id, [1, 2]);
    });
  });
});
