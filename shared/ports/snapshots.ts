/** The warehouse's bucket. */

import type { SampleRow } from '../contracts/sample.ts';
import type { PinnedObject, Snapshot } from '../contracts/snapshot.ts';
import type { Reading } from '../contracts/sync.ts';
import type { ListedObject } from '../domain/words/snapshot.ts';

/** The warehouse's bucket: read only. */
export interface SnapshotStore {
  /** All objects below the prefix in byte order of their keys. @throws SnapshotError `bucket-missing`, `access-denied` */
  list(bucket: string, prefix: string): Promise<ListedObject[]>;
  /**
   * `range`: these bytes alone, from the first to the last.
   * @throws SnapshotError `snapshot-changed` where the object's ETag is another, or the object gone
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

/** Looks into snapshots without reading them whole. */
export interface SnapshotSampler {
  /** @throws SnapshotError `file-unreadable`, `snapshot-changed`; ConfigurationError `csv-dialect` */
  sample(snapshot: Snapshot, reading: Reading, rows: number): Promise<SnapshotSample>;
}
