/** A disk that is full: told in a sentence, nothing lost, and once there is room it goes on. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compare, isEqual, platformMembers, snapshotMembers } from '../../local/compare.ts';
import { startDirect } from '../../local/direct/system.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import {
  sampleAudience,
  sampleDestination,
  sampleFiles,
  samplePrefix,
  sampleSync,
  sampleSyncOf,
} from '../../local/sample.ts';

const folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
/** Only root may mount one; elsewhere `disk-error` is tested by its codes alone. */
const isMounted =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]).status === 0;

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  await platform.close();
  if (isMounted) spawnSync('umount', [folder]);
  await rm(folder, { recursive: true, force: true });
});

/** Takes all the room that is left. */
async function fill(path: string): Promise<void> {
  for (let size = 8 * 1_048_576; size >= 1_024; size /= 2) {
    for (let full = false; !full; )
      full = await writeFile(path, Buffer.alloc(size), { flag: 'a' }).then(
        () => false,
        () => true,
      );
  }
}

test.skipIf(!isMounted)('a full disk', async () => {
  const state = join(folder, 'state');
  const system = await startDirect(state);
  try {
    await system.save(sampleDestination(platform.url), sampleSyncOf());
    await system.export(samplePrefix, await sampleFiles([1, 2]));
    await system.follow(sampleSync, (await system.start(sampleSync)) ?? '');
    await system.export(samplePrefix, await sampleFiles([2, 3]));

    const ballast = join(folder, 'ballast');
    await fill(ballast);
    await expect(system.start(sampleSync)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(
        /^The disk is full\. Make room on it: .+ tried again by itself\.$/,
      ),
    });
    await rm(ballast);

    const run = await system.start(sampleSync);
    const { result } = await system.follow(sampleSync, run ?? '');
    expect(result?.status, result?.error?.message).toBe('succeeded');
    const found = await platformMembers(platform.url, sampleAudience);
    expect(isEqual(compare(await snapshotMembers([2, 3]), found))).toBe(true);
  } finally {
    await system.close();
  }
});
