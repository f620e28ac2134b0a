/**
 * Objects as files below one folder, each at the path that its key is. An object comes into being by one rename or
 * link, whole and on the disk, or not at all; nobody writes into one, so whoever reads it may share its file.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, renameSync, type Stats, statSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import type { LocalFile, LogStore } from '../../shared/ports/objects.ts';
import { unreadable } from '../../shared/stored.ts';
import { diskError } from './disk-error.ts';

/** Objects below the prefix go once they are there for so many days. */
export interface Expiry {
  readonly prefix: string;
  readonly days: number;
}

export interface ObjectFiles extends LogStore {
  /** `now`: epoch milliseconds. */
  expire(rules: readonly Expiry[], now: number): Promise<void>;
}

const day = 86_400_000;
/** No key begins so. */
const incoming = '.incoming';

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** `folder` is there for these objects alone; what an ended process left half-written goes. */
export async function openObjectFiles(folder: string): Promise<ObjectFiles> {
  await rm(join(folder, incoming), { recursive: true, force: true });
  await mkdir(join(folder, incoming), { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));

  const pathOf = (key: string) => pathIn(folder, key);

  /** A new file with this content, on the disk, under a name of its own. */
  async function prepare(body: Uint8Array | LocalFile): Promise<string> {
    const path = join(folder, incoming, randomUUID());
    if (!(body instanceof Uint8Array)) await shareOrCopy(body.file, path);
    const handle = await open(path, body instanceof Uint8Array ? 'wx' : 'r+', 0o600);
    try {
      if (body instanceof Uint8Array) await handle.writeFile(body);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    return path;
  }

  async function write(key: string, body: Uint8Array | LocalFile): Promise<void> {
    const path = pathOf(key);
    const fresh = await prepare(body);
    await inFolder(path, () => renameSync(fresh, path));
  }

  const told = tellingOf(folder);

  return {
    put: told(write),
    upload: told((key: string, file: string) => write(key, { file })),
    putIfAbsent: told(async (key: string, body: Uint8Array | LocalFile) => {
      const path = pathOf(key);
      const fresh = await prepare(body);
      try {
        await inFolder(path, () => linkSync(fresh, path));
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        await rm(fresh, { force: true });
      }
    }),
    get: (key) => readFile(pathOf(key)).catch(absent),
    async list(prefix) {
      const keys = (await listFiles(folder, prefix)).map(({ key }) => key);
      return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    },
    async delete(keys) {
      for (const key of keys) await remove(folder, pathOf(key));
    },
    async download(key, file) {
      await rm(file, { force: true });
      if (!(await stat(pathOf(key)).catch(absent))) throw unreadable(key, 'it is gone');
      await shareOrCopy(pathOf(key), file);
    },
    async tag(key) {
      const found = await stat(pathOf(key)).catch(absent);
      return found && tagOf(found);
    },
    async replace(key, tag, body) {
      const path = pathOf(key);
      const fresh = await prepare(body);
      let isSame = false;
      // No `await` between the look and the rename: this process alone writes here.
      await inFolder(path, () => {
        isSame = tagIfThere(path) === tag;
        if (isSame) renameSync(fresh, path);
      });
      if (!isSame) await rm(fresh, { force: true });
      return isSame;
    },
    async copy(from, to) {
      const fresh = join(folder, incoming, randomUUID());
      const isCopied = await copyFile(pathOf(from), fresh).then(
        () => true,
        (error: unknown) => absent(error) ?? false,
      );
      if (!isCopied) return false;
      await syncFile(fresh);
      await inFolder(pathOf(to), () => renameSync(fresh, pathOf(to)));
      return true;
    },
    expire: (rules, now) => expire(folder, rules, now),
  };
}

async function listFiles(folder: string, prefix: string): Promise<{ key: string; path: string }[]> {
  const top = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const found = await readdir(join(folder, top), { recursive: true, withFileTypes: true }).catch(
    absent,
  );
  return (found ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, key: path.slice(folder.length + 1) }))
    .filter(({ key }) => key.startsWith(prefix) && !key.startsWith(incoming));
}

/** With the folders above it that are empty then. */
async function remove(folder: string, path: string): Promise<void> {
  await rm(path, { force: true });
  for (let above = dirname(path); above.length > folder.length; above = dirname(above)) {
    const isGone = await rmdir(above).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

async function expire(folder: string, rules: readonly Expiry[], now: number): Promise<void> {
  for (const { prefix, days } of rules) {
    for (const { path } of await listFiles(folder, prefix)) {
      const found = await stat(path).catch(absent);
      if (found && found.mtimeMs + days * day <= now) await remove(folder, path);
    }
  }
}

function pathIn(folder: string, key: string): string {
  const parts = key.split('/');
  const isPath = parts.every(
    (part) => part !== '' && !part.startsWith('.') && !part.includes('\0'),
  );
  if (!isPath) throw new InvariantError(`${JSON.stringify(key)} is no key of an object.`);
  return join(folder, ...parts);
}

/** Errors of the disk in words of ours. */
const tellingOf =
  (folder: string) =>
  <Args extends unknown[], T>(work: (...args: Args) => Promise<T>) =>
  async (...args: Args): Promise<T> => {
    try {
      return await work(...args);
    } catch (error) {
      throw diskError(folder, error);
    }
  };

/** Undefined where there is none; any other error stays one. */
function absent(error: unknown): undefined {
  const code = codeOf(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EISDIR') throw error;
}

const tagOf = ({ ino, size, mtimeMs }: Stats) => `${ino}-${size}-${mtimeMs}`;

function tagIfThere(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && tagOf(found);
}

/** A file that nobody writes into may have two names; on another file system it is copied. */
async function shareOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV' && codeOf(error) !== 'EPERM') throw error;
    await copyFile(from, to);
  }
}

/** Makes the folder where it is missing, and has the new name in it on the disk, and the folder in those above it. */
async function inFolder(path: string, give: () => void): Promise<void> {
  const above = dirname(path);
  let made: string | undefined;
  for (let tries = 0; ; tries += 1) {
    made = (await mkdir(above, { recursive: true, mode: 0o700 })) ?? made;
    try {
      give();
      break;
    } catch (error) {
      // Whoever deleted the last object of the folder took it along.
      if (codeOf(error) !== 'ENOENT' || tries === 3) throw error;
    }
  }
  await syncFolder(above);
  if (made === undefined) return;
  for (let folder = above; folder.length >= made.length; folder = dirname(folder))
    await syncFolder(dirname(folder));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** What a folder holds is on the disk from now on. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
