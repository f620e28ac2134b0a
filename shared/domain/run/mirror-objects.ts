/** The objects of a mirror: a base, and deltas of what changed since, so that closing a run costs what it changed. */
import { attemptOfMirror, erasedObject, pointerObject } from '../../contracts/layout.ts';
import type { MirrorObject, MirrorObjects } from '../../contracts/mirror.ts';
import { StoredError } from '../words/errors.ts';

/**
 * One of its objects is gone, cut or altered. The mends work without it, in this order: with "full" an older mirror that
 * is whole is taken, and everybody is sent again.
 */
export const mirrorDamaged = (location: string, how: 'gone' | 'not what was written') =>
  new StoredError(
    'mirror-damaged',
    `The object ${location} of the mirror is ${how}, so it can't be told what the platform holds, and nothing was sent. Bring it back from a backup; or start a run with "full", which goes on from the newest older mirror that is whole and sends everybody again; or reset the sync and adopt a file of what the platform holds; or reset it alone, which leaves behind whoever is at the platform and not in the next snapshot.`,
  );

/** When the base is to be written anew. */
export interface Compaction {
  /** More deltas than these are never kept: each is one more object to read. */
  readonly maxDeltas: number;
  /** Nor more rows in them, as a share of the base's: each is looked at beside its key in the base. */
  readonly maxShare: number;
}

/** A run of 1 % writes everything every ninth time, one of 10 % every third. */
export const usualCompaction: Compaction = { maxDeltas: 8, maxShare: 0.25 };

/** Those that a mirror is read from, in order: of a key that several have, the last counts. */
export const layersOf = ({ base, deltas }: MirrorObjects): readonly MirrorObject[] => [
  ...base,
  ...deltas,
];

/** Everything that must stay for the mirror to be read. */
export const neededFor = (mirror: MirrorObjects): string[] =>
  layersOf(mirror).flatMap(({ location }) => [
    location,
    erasedObject(location),
    pointerObject(attemptOfMirror(location)),
  ]);

/** The mirror with what changed since. */
export const withDelta = (
  { format, base, deltas }: MirrorObjects,
  delta: readonly MirrorObject[],
): MirrorObjects => ({ format, base, deltas: [...deltas, ...delta] });

/** Whether the next mirror is written whole, where a delta would have these rows. */
export function isCompacted(
  mirror: MirrorObjects | undefined,
  rows: number,
  { maxDeltas, maxShare }: Compaction = usualCompaction,
): boolean {
  if (!mirror) return true;
  // Deltas of one run in several parts count as one.
  const runs = new Set(mirror.deltas.map(({ location }) => location.replace(/\/[^/]*$/, '')));
  if (runs.size >= maxDeltas) return true;
  const rowsOf = (objects: readonly MirrorObject[]) =>
    objects.reduce((sum, each) => sum + each.rows, 0);
  return rowsOf(mirror.deltas) + rows > rowsOf(mirror.base) * maxShare;
}
