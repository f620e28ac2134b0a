/** The warehouse's buckets. */

import type { SampleRow } from '../contracts/sample.ts';
import type { PinnedObject, Snapshot } from '../contracts/snapshot.ts';
import type { Reading } from '../contracts/sync.ts';
import type { ListedObject } from '../domain/words/snapshot.ts';

/**
 * The warehouse's buckets, which the deployment names: read only, and no other bucket at all. Strongly consistent, as S3 is, but never still: what is listed may be written over
 * before it is read, which only its ETag tells. Passing failures reject with what the store says.
 */
export interface SnapshotStore {
  /**
   * All objects whose keys begin so, in byte order of their UTF-8 keys; none is no failure. What is written meanwhile
   * may be among them or not. Times are whole seconds, by the store's clock.
   * @throws SnapshotError `bucket-not-named`, `bucket-missing`, `access-denied`, `bucket-unusable`
   */
  list(bucket: string, prefix: string): Promise<ListedObject[]>;
  /**
   * The bytes of the object that was pinned, whole or not at all: `range`: these bytes alone, from the first to the last.
   * What is handed out may still end with an error on the way, and is read once.
   * @throws SnapshotError `snapshot-changed` where the object's ETag is another, or the object gone; and as `list`
   */
  read(
    bucket: string,
    object: PinnedObject,
    range?: { readonly from: number; readonly to: number },
  ): Promise<AsyncIterable<Uint8Array>>;
}

/** A look into a snapshot: what its first file begins with. */
export interface SnapshotSample {
  /** In the order of the file; `type` in the words of its format. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** False where lines that were not looked at may name more. */
  readonly isComplete: boolean;
  /** Values as a run reads them. None where even the beginning of the file is too large to be looked at. */
  readonly rows: readonly SampleRow[];
}

/** Looks into snapshots without reading them whole. The same snapshot gives the same, whoever looks. */
export interface SnapshotSampler {
  /** At most the first `rows` of its first file that is not empty. @throws SnapshotError `file-unreadable`, `snapshot-changed`; ConfigurationError `csv-dialect` */
  sample(snapshot: Snapshot, reading: Reading, rows: number): Promise<SnapshotSample>;
}
