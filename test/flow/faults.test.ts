import { afterAll, beforeAll, expect, test } from 'vitest';
import { compare, isEqual, platformMembers, snapshotMembers } from '../../local/compare.ts';
import { sampleFiles } from '../../local/sample.ts';
import { addSync, type FlowWorld, mirrorFiles, runOnce, startWorld, tellFaults } from './world.ts';

let world: FlowWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const faults = [
  { name: '500 for a while', mode: 'status', status: 500, share: 0.3, seed: 1 },
  { name: '429 that ask to wait a second', mode: 'status', status: 429, retryAfter: 1, times: 3 },
  { name: '400 to some', mode: 'status', status: 400, share: 0.3, seed: 2 },
  { name: 'connections dropped after applying', mode: 'drop-after', share: 0.4, seed: 3 },
  { name: 'connections dropped before applying', mode: 'drop-before', share: 0.4, seed: 4 },
  { name: 'slow answers', mode: 'slow', delayMs: 300, times: 4 },
];

test.each(faults)(
  'under $name, a later run makes the platform equal',
  async ({ name, ...fault }) => {
    const id = name.replaceAll(/[^a-z0-9]+/g, '-');
    await addSync(world, id);
    await mirrorFiles(world, id, await sampleFiles([1, 2]));
    await tellFaults(world, fault);
    const disturbed = await mirrorFiles(world, id, await sampleFiles([2, 3]));
    expect(['succeeded', 'partial']).toContain(disturbed.status);
    await tellFaults(world, undefined);
    await runOnce(world.mirror, id);
    const found = await platformMembers(world.platform.url, id);
    const comparison = compare(await snapshotMembers([2, 3]), found);
    expect(isEqual(comparison), JSON.stringify(comparison)).toBe(true);
  },
);

test('a platform that refuses the credentials stops the run, and loses nothing', async () => {
  const id = 'locked-out';
  await addSync(world, id);
  await tellFaults(world, { mode: 'status', status: 401 });
  const refused = await mirrorFiles(world, id, await sampleFiles([1, 2]));
  expect(refused.status).toBe('failed');
  expect(refused.result?.error?.code).toBe('http-401');
  expect(refused.result?.counts?.insert).toMatchObject({ delivered: 0 });
  await tellFaults(world, undefined);
  await runOnce(world.mirror, id);
  const found = await platformMembers(world.platform.url, id);
  expect(isEqual(compare(await snapshotMembers([1, 2]), found))).toBe(true);
});
