/** A snapshot as it was found. */
import { z } from 'zod';
import { Count, Instant } from './json.ts';
import { SnapshotFormat } from './sync.ts';

/** One object of a snapshot, pinned: reading it fails once its ETag is another. */
export const PinnedObject = z.strictObject({
  key: z.string(),
  etag: z.string(),
  size: Count,
});

export type PinnedObject = z.infer<typeof PinnedObject>;

export const Snapshot = z.strictObject({
  bucket: z.string(),
  /** The folder the objects lie in. */
  prefix: z.string(),
  format: SnapshotFormat,
  completedBy: z.enum(['marker', 'settled']),
  /** When its newest object was written. */
  writtenAt: Instant,
  /** In byte order of their keys. */
  objects: z.array(PinnedObject),
  /** Of layout `folders`, where completion decides: a complete folder that is newer by its name. */
  overtakes: z.string().optional(),
  /** SHA-256 over keys and ETags: two snapshots with the same identity are the same. */
  identity: z.string(),
});

export type Snapshot = z.infer<typeof Snapshot>;

/** Which snapshot it was, and how old. */
export const SnapshotName = Snapshot.pick({ identity: true, writtenAt: true });

export type SnapshotName = z.infer<typeof SnapshotName>;
