/** The one process: what listens, what a kill and a disk leave behind, and the way back from a copy. */
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backUp, takeBack } from '../../local/direct/backup.ts';
import { diskError } from '../../local/direct/disk-error.ts';
import { startDirect } from '../../local/direct/system.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import {
  sampleDestination,
  sampleFiles,
  samplePrefix,
  sampleSync,
  sampleSyncOf,
} from '../../local/sample.ts';
import type { LocalSystem } from '../../local/system.ts';
import { PassingError } from '../../shared/domain/words/errors.ts';

let top: string;
let folder: string;
let platform: Platform;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'one-process-'));
  folder = join(top, 'state');
  platform = await startPlatform();
});
afterEach(async () => {
  await platform.close();
  await rm(top, { recursive: true, force: true });
});

async function mirrored(system: LocalSystem, parts: readonly number[]) {
  await system.save(sampleDestination(platform.url), sampleSyncOf());
  await system.export(samplePrefix, await sampleFiles(parts));
  const run = await system.start(sampleSync);
  return system.follow(sampleSync, run ?? '');
}

/** Ports at which this process listens, as the kernel has them; elsewhere their number as Node counts it. */
async function listeners(): Promise<readonly string[]> {
  if (process.platform !== 'linux')
    return process.getActiveResourcesInfo().filter((resource) => resource === 'TCPServerWrap');
  const fds = await readdir('/proc/self/fd');
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(inode))
    .map(([, address = '']) => address)
    .sort();
}

/** As the kernel writes 127.0.0.1, and its port. */
const loopbackAt = (url: string) =>
  `0100007F:${Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')}`;

test('nothing listens but the API, and nothing is anybody else’s to read', async () => {
  const before = await listeners();
  if (process.platform === 'linux') expect(before).toEqual([loopbackAt(platform.url)]);
  const system = await startDirect(folder);
  try {
    expect(await mirrored(system, [1])).toMatchObject({ phase: 'closed' });
    expect((await system.ask(new Request('http://localhost/v1/syncs'))).status).toBe(200);
    expect(await listeners()).toEqual(before);
    const { url } = await system.serve();
    const after = await listeners();
    expect(after).toHaveLength(before.length + 1);
    if (process.platform === 'linux') expect(after).toContain(loopbackAt(url));
    const found = await readdir(folder, { recursive: true });
    for (const name of found) {
      const { mode } = await stat(join(folder, name));
      expect(mode & 0o077, name).toBe(0);
    }
  } finally {
    await system.close();
  }
});

test('a second start on the folder is refused; after the first ended it goes on where that was', async () => {
  const first = await startDirect(folder);
  await mirrored(first, [1, 2]);
  await expect(startDirect(folder)).rejects.toMatchObject({ code: 'folder-in-use' });
  await first.close();
  const second = await startDirect(folder);
  try {
    const run = await mirrored(second, [1, 2]);
    expect(run.result?.status).toBe('unchanged');
  } finally {
    await second.close();
  }
});

test('a table that is damaged is told, and nothing starts on it', async () => {
  const system = await startDirect(folder);
  await mirrored(system, [1]);
  await system.close();
  const file = join(folder, 'state.db');
  const bytes = await readFile(file);
  bytes.fill(0xa5, 100, 4_000);
  await writeFile(file, bytes);
  await expect(startDirect(folder)).rejects.toMatchObject({ code: 'state-damaged' });
});

test('a copy is whole, and taken back it knows what it knew', async () => {
  const copy = join(top, 'copy');
  const system = await startDirect(folder);
  await mirrored(system, [1, 2]);
  await expect(backUp(folder, copy)).rejects.toMatchObject({ code: 'folder-in-use' });
  const before = await system.runs.getState(sampleSync);
  await system.close();

  await backUp(folder, copy);
  await expect(backUp(folder, copy)).rejects.toMatchObject({ code: 'backup-exists' });
  const later = await startDirect(folder);
  await mirrored(later, [2, 3]);
  await later.close();

  const { aside } = await takeBack(folder, copy);
  expect(await readdir(aside ?? '')).toContain('state.db');
  const back = await startDirect(folder);
  try {
    expect(await back.runs.getState(sampleSync)).toEqual(before);
    const run = await mirrored(back, [1, 2]);
    expect(run.result?.status).toBe('unchanged');
  } finally {
    await back.close();
  }
  await expect(takeBack(folder, top)).rejects.toMatchObject({ code: 'backup-empty' });
});

test.each([
  [{ code: 'ENOSPC' }, 'disk-full'],
  [{ code: 'EROFS' }, 'disk-read-only'],
  [{ code: 'EMFILE' }, 'files-exhausted'],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, 'disk-full'],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 10 + 3 * 256 }, 'disk-failing'],
])('%j is told as %s, and tried again', (given, code) => {
  const error = diskError('/data', Object.assign(new Error('as the system says it'), given));
  expect(error).toBeInstanceOf(PassingError);
  expect(error).toMatchObject({ code });
});
