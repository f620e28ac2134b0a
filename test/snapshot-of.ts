/** A snapshot of these objects, whose prefix has come to rest. */

import type { PinnedObject, Snapshot } from '../shared/contracts/snapshot.ts';
export const snapshotOf = (
  format: Snapshot['format'],
  objects: PinnedObject[],
  bucket = 'exports',
): Snapshot => ({
  bucket,
  prefix: '',
  format,
  completedBy: 'settled',
  writtenAt: 0,
  objects,
  identity: '',
});
