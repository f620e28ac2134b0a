/** The newest complete snapshot of a sync, as it lies in the warehouse's bucket now. */

import type { Snapshot } from '../contracts/snapshot.ts';
import type { Source } from '../contracts/sync.ts';
import { findSnapshot } from '../domain/words/snapshot.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import type { Clock } from '../ports/world.ts';

export interface SnapshotPorts {
  readonly snapshots: SnapshotStore;
  readonly clock: Pick<Clock, 'now'>;
  /** SHA-256 of a text, in hex. */
  readonly digest: (text: string) => string;
}

/**
 * `markerSeen`: a marker once completed a snapshot of this sync.
 * @throws SnapshotError where none is complete, as `findSnapshot` tells
 */
export async function newestSnapshot(
  { snapshots, clock, digest }: SnapshotPorts,
  source: Source,
  markerSeen: boolean,
): Promise<Snapshot> {
  return findSnapshot({
    source,
    objects: await snapshots.list(source.bucket, source.prefix),
    now: clock.now(),
    markerSeen,
    read: async (object) => {
      const decoder = new TextDecoder();
      let text = '';
      for await (const part of await snapshots.read(source.bucket, object)) {
        text += decoder.decode(part, { stream: true });
      }
      return text + decoder.decode();
    },
    digest,
  });
}
