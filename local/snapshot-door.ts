/** Files of this machine as the newest snapshot of a sync: into the folder that stands for a bucket, or the embedded S3. */
import { basename } from 'node:path';
import { z } from 'zod';
import type { SnapshotPlace } from './aws/snapshot-upload.ts';

/** Where the system takes snapshots; it says so in its folder while it serves. */
export const SnapshotDoor = z.union([
  z.object({ folder: z.string() }),
  /** The embedded S3, and the access key of its start. */
  z.object({ s3: z.object({ endpoint: z.string(), key: z.string() }) }),
]);
export type SnapshotDoor = z.infer<typeof SnapshotDoor>;

export type { SnapshotPlace };

/**
 * Everything that lies below the prefix goes before, so that a run in between finds nothing and no half; the marker
 * comes last. In a folder, files that are there as they are already stay.
 */
export async function putSnapshot(
  door: SnapshotDoor,
  place: SnapshotPlace,
  files: readonly string[],
): Promise<void> {
  const named = namedApart(files);
  if ('folder' in door) {
    await (await import('./direct/snapshots.ts')).copySnapshot(door.folder, place.prefix, named);
  } else {
    await (await import('./aws/snapshot-upload.ts')).uploadSnapshot(door.s3, place, named);
  }
}

/** Everything below the prefix. */
export async function removeSnapshot(door: SnapshotDoor, place: SnapshotPlace): Promise<void> {
  if ('folder' in door) {
    await (await import('./direct/snapshots.ts')).clearSnapshot(door.folder, place.prefix);
  } else {
    await (await import('./aws/snapshot-upload.ts')).removeSnapshot(door.s3, place);
  }
}

/**
 * Exports in several folders often call their files alike; one over the other would lose the members of the first. So
 * would a name that begins with `_` or `.`, as what warehouses write beside the data does: a snapshot passes over it.
 */
export function namedApart(files: readonly string[]): Map<string, string> {
  const named = new Map<string, string>();
  for (const file of new Set(files)) {
    const base = basename(file).replace(/^[._]/, 'file$&');
    let name = base;
    for (let number = 2; named.has(name); number++) name = `${number}-${base}`;
    named.set(name, file);
  }
  return named;
}
