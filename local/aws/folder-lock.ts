/**
 * One embedded AWS at a time uses a folder. The lock is a file that names its holder; a holder that is gone, however
 * it ended, holds nothing. LevelDB's own lock below it is the last guard.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { makePrivate } from './private-folder.ts';
import { inspectProcess } from './process-identity.ts';

const Holder = z.object({ pid: z.number().int().positive(), identity: z.string().optional() });
type Holder = z.infer<typeof Holder>;

export interface FolderLock {
  release(): void;
}

/** @throws ConfigurationError `folder-in-use`, `folder-unusable`, `folder-of-others`, `folder-open` */
export function lockFolder(folder: string): FolderLock {
  makePrivate(folder);
  const file = join(folder, 'lock');
  const mine = JSON.stringify(describe(process.pid));
  for (let attempt = 0; attempt < 10; attempt++) {
    if (create(file, mine)) return { release: () => release(file, mine) };
    const found = read(file);
    if (found === undefined) continue;
    const holder = parse(found);
    if (holder === undefined ? isFresh(file) : isHeldBy(holder)) throw inUse(folder, file, holder);
    takeAway(file, found);
  }
  throw inUse(folder, file, undefined);
}

/** Somebody who lives holds the lock of a folder. */
export function isHeld(folder: string): boolean {
  const holder = parse(read(join(folder, 'lock')) ?? '');
  return holder !== undefined && isHeldBy(holder);
}

function describe(pid: number): Holder {
  const found = inspectProcess(pid);
  return found.alive && found.identity !== undefined ? { pid, identity: found.identity } : { pid };
}

function isHeldBy(holder: Holder): boolean {
  const found = inspectProcess(holder.pid);
  if (!found.alive) return false;
  // Where a start time is missing on either side, a living process is taken for the holder: better ask than corrupt.
  if (found.identity === undefined || holder.identity === undefined) return true;
  return found.identity === holder.identity;
}

/** Two that find the same stale lock: whoever moved away a newer one than it judged puts that back. */
function takeAway(file: string, judged: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved !== undefined && moved !== judged) create(file, moved);
  rmSync(aside, { force: true });
}

function release(file: string, mine: string): void {
  if (read(file) === mine) rmSync(file, { force: true });
}

function create(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Made, but not written yet: its maker has a moment, and then must have died in between. */
function isFresh(file: string): boolean {
  const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && Date.now() - made < 5_000;
}

function parse(content: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

function inUse(folder: string, file: string, holder: Holder | undefined): ConfigurationError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`;
  return new ConfigurationError(
    'folder-in-use',
    `The folder ${folder} is in use by ${who}. End that one first, or name another folder; if you are sure that nothing uses it, delete ${file}.`,
  );
}
