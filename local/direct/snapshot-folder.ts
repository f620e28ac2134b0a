/**
 * Snapshots as files below one folder, which stands for the warehouse's bucket: `folder/{prefix}{file}`. A file's ETag
 * is a digest of its content; it is kept beside the folder, and read anew where the file was touched since.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { SnapshotError } from '../../shared/domain/words/errors.ts';
import type { SnapshotStore } from '../../shared/ports/snapshots.ts';
import { fileState } from './file-state.ts';

/** By key. */
const Known = z.record(z.string(), z.object({ state: z.string(), etag: z.string() }));
type Known = z.infer<typeof Known>;

/** `bucket`: the one name by which syncs know the folder. */
export function createSnapshotFolder(folder: string, bucket: string): SnapshotStore {
  const etags = new Etags(folder);
  const check = (named: string) => {
    if (named === bucket) return;
    throw new SnapshotError(
      'bucket-not-named',
      `"${named}" is no snapshot bucket of this machine: its one bucket is "${bucket}". Name that one in the sync's source, and put files there with npx --no-install audience-mirror snapshot.`,
    );
  };
  return {
    async list(named, prefix) {
      check(named);
      const top = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const entries = await readdir(join(folder, top), {
        recursive: true,
        withFileTypes: true,
      }).catch(() => []);
      const keys = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .filter((key) => key.startsWith(prefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const objects = [];
      for (const key of keys) {
        const { size, mtimeMs } = await stat(join(folder, key));
        // Whole seconds, as S3 has them.
        const lastModified = Math.floor(mtimeMs / 1_000) * 1_000;
        objects.push({ key, etag: await etags.of(key), size, lastModified });
      }
      await etags.keep();
      return objects;
    },
    async read(named, object, range) {
      check(named);
      const etag = await etags.of(object.key).catch(() => undefined);
      if (etag === object.etag)
        return createReadStream(
          join(folder, object.key),
          range && { start: range.from, end: range.to },
        );
      throw new SnapshotError(
        'snapshot-changed',
        `s3://${named}/${object.key} changed while this run was reading it, so nothing was sent. The next run reads the new snapshot.`,
      );
    },
  };
}

class Etags {
  readonly #folder: string;
  readonly #file: string;
  #known: Known | undefined;
  #isNew = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = `${folder}-etags.json`;
  }

  async of(key: string): Promise<string> {
    this.#known ??= await this.#read();
    const path = join(this.#folder, key);
    const state = await fileState(path);
    const found = this.#known[key];
    if (found?.state === state) return found.etag;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const etag = `"${hash.digest('hex').slice(0, 32)}"`;
    this.#known[key] = { state, etag };
    this.#isNew = true;
    return etag;
  }

  async keep(): Promise<void> {
    if (!this.#isNew || !this.#known) return;
    this.#isNew = false;
    const next = `${this.#file}.${randomUUID()}`;
    await writeFile(next, JSON.stringify(this.#known), { mode: 0o600 });
    await rename(next, this.#file);
  }

  /** What can't be read is made anew. */
  async #read(): Promise<Known> {
    try {
      return Known.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return {};
    }
  }
}
