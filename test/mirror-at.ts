/** A mirror of one object, for whoever does not read it. */
import type { MirrorPointer } from '../shared/contracts/mirror.ts';

export const mirrorAt = (
  location: string,
  numbers: Partial<Omit<MirrorPointer, 'base' | 'deltas'>> = {},
): MirrorPointer => ({
  format: 1,
  base: [{ location, bytes: 0, sha256: '0'.repeat(64), rows: 0 }],
  deltas: [],
  epoch: 1,
  members: 0,
  uncertain: 0,
  ...numbers,
});
