/** Stores as folders, for whoever runs an engine outside the embedded system; a bench is one. */
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogStore } from '../../shared/ports/objects.ts';
import type { SnapshotStore } from '../../shared/ports/snapshots.ts';

export const fileSnapshots = (folder: string): SnapshotStore => ({
  list: () => Promise.reject(new Error('not called')),
  read: async (_bucket, object, range) =>
    createReadStream(
      join(folder, encodeURIComponent(object.key)),
      range && { start: range.from, end: range.to },
    ),
});

export function fileState(folder: string): LogStore {
  const file = (key: string) => join(folder, encodeURIComponent(key));
  return {
    put: (key, body) => writeFile(file(key), body),
    putIfAbsent: async (key, body) => {
      if (existsSync(file(key))) return false;
      await writeFile(file(key), body instanceof Uint8Array ? body : await readFile(body.file));
      return true;
    },
    get: async (key) => (existsSync(file(key)) ? await readFile(file(key)) : undefined),
    list: async (prefix) =>
      (await readdir(folder)).map(decodeURIComponent).filter((key) => key.startsWith(prefix)),
    delete: async (keys) => {
      for (const key of keys) await unlink(file(key));
    },
    copy: async (from, to) => {
      if (!existsSync(file(from))) return false;
      await copyFile(file(from), file(to));
      return true;
    },
    upload: (key, from) => copyFile(from, file(key)),
    download: (key, to) => copyFile(file(key), to),
    tag: async (key) =>
      existsSync(file(key)) ? String((await stat(file(key))).mtimeMs) : undefined,
    replace: async (key, _, body) => {
      await writeFile(file(key), body instanceof Uint8Array ? body : await readFile(body.file));
      return true;
    },
  };
}
