/** Exports in memory, each version of them for ever. */
import { createHash } from 'node:crypto';
import { SnapshotError } from '../../../shared/domain/words/errors.ts';
import type { ListedObject } from '../../../shared/domain/words/snapshot.ts';
import type { SnapshotStore } from '../../../shared/ports/snapshots.ts';
import { byBytes } from './stores.ts';

export class MemorySnapshotStore implements SnapshotStore {
  readonly #objects = new Map<string, ListedObject & { body: Uint8Array }>();
  /** All there ever was, by its tag. */
  readonly past = new Map<string, Uint8Array>();

  write(key: string, body: Uint8Array, now: number): void {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const lastModified = Math.floor(now / 1000) * 1000;
    this.#objects.set(key, { key, etag, size: body.length, lastModified, body });
    this.past.set(etag, body);
  }

  remove(key: string): void {
    this.#objects.delete(key);
  }

  etag(key: string): string | undefined {
    return this.#objects.get(key)?.etag;
  }

  keys(prefix: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort(byBytes);
  }

  async list(_bucket: string, prefix: string): Promise<ListedObject[]> {
    return this.keys(prefix).flatMap((key) => {
      const found = this.#objects.get(key);
      if (!found) return [];
      const { body: _, ...listed } = found;
      return [listed];
    });
  }

  async read(...[_bucket, { key, etag }, range]: Parameters<SnapshotStore['read']>) {
    const found = this.#objects.get(key);
    if (found?.etag !== etag) {
      throw new SnapshotError('snapshot-changed', `The object ${key} changed while it was read.`);
    }
    return (async function* () {
      yield range ? found.body.subarray(range.from, range.to + 1) : found.body;
    })();
  }
}
