/**
 * A power cut leaves what was synced: of each folder the names it had when it was synced last, of each file its content if
 * that was synced. The table is left as it is, which is the worst: all that it tells of must be there.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
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

let top: string;
let platform: Platform;
/** Inodes of files whose content is on the disk; of folders, what they held when they were synced. */
const written = new Set<number>();
const named = new Map<number, ReadonlyMap<string, number>>();
const own: { sync?: () => Promise<void>; datasync?: () => Promise<void> } = {};

function note(handle: FileHandle): void {
  const path = readlinkSync(`/proc/self/fd/${handle.fd}`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) written.add(found.ino);
  else
    named.set(
      found.ino,
      new Map(readdirSync(path).map((name) => [name, inodeOf(join(path, name))])),
    );
}

const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino ?? 0;

let handles: Record<'sync' | 'datasync', (this: FileHandle) => Promise<void>>;
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'power-cut-'));
  platform = await startPlatform();
  const probe = await open(top, 'r');
  handles = Object.getPrototypeOf(probe);
  await probe.close();
  for (const name of ['sync', 'datasync'] as const) {
    const real = handles[name];
    own[name] = real as () => Promise<void>;
    handles[name] = async function (this: FileHandle) {
      await real.call(this);
      note(this);
    };
  }
});
afterAll(async () => {
  Object.assign(handles, own);
  await platform.close();
  await rm(top, { recursive: true, force: true });
});

/** What would be found at the next start. */
function cut(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of ['state.db', 'state.db-wal', 'secrets.json'])
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  for (const [name, inode] of named.get(inodeOf(from)) ?? [])
    if (['state', 'sync-logs'].includes(name)) left(join(from, name), join(to, name), inode);
}

function left(from: string, to: string, inode: number): void {
  const found = statSync(from, { throwIfNoEntry: false });
  // What was deleted since, or has another's name by now, is gone either way.
  if (!found || found.ino !== inode) return;
  if (!found.isDirectory()) {
    if (written.has(inode)) copyFileSync(from, to);
    return;
  }
  mkdirSync(to);
  for (const [name, each] of named.get(inode) ?? []) left(join(from, name), join(to, name), each);
}

const parts = [
  [1, 2],
  [2, 3],
] as const;

test.skipIf(process.platform !== 'linux')(
  'wherever the power goes, the next start goes on, and ends where the snapshot does',
  async () => {
    const folder = join(top, 'whole');
    const images: string[] = [];
    const system = await startDirect(folder);
    await system.save(sampleDestination(platform.url), sampleSyncOf());
    for (const each of parts) {
      await system.export(samplePrefix, await sampleFiles(each));
      const run = (await system.start(sampleSync)) ?? '';
      let last = '';
      await system.follow(sampleSync, run, ({ run: { phase }, settled }) => {
        // Once in each phase, and amid those that send.
        const place = `${phase} ${Math.floor(settled / 4)}`;
        if (place === last) return;
        last = place;
        const image = join(top, `image-${images.length}`);
        cut(folder, image);
        images.push(image);
      });
    }
    const done = join(top, 'done');
    cut(folder, done);
    await system.close();
    expect(images.length).toBeGreaterThan(4);

    for (const image of [...images, done]) {
      const next = await startDirect(image);
      try {
        await next.recover();
        const [before] = (await next.runs.listRuns(sampleSync, 1)).items;
        // The copy of the export that the run was reading may be gone, and may: that is told, and nothing was sent.
        const code = before?.result?.error?.code;
        expect([undefined, 'snapshot-changed'], before?.result?.error?.message).toContain(code);
        await next.export(samplePrefix, await sampleFiles([2, 3]));
        const run = await next.start(sampleSync);
        const { result } = await next.follow(sampleSync, run ?? '');
        expect(['succeeded', 'unchanged'], `${image} ${result?.error?.message}`).toContain(
          result?.status,
        );
        const found = await platformMembers(platform.url, sampleAudience);
        expect(isEqual(compare(await snapshotMembers([2, 3]), found)), image).toBe(true);
      } finally {
        await next.close();
      }
    }
  },
);
