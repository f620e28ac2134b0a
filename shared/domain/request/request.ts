/** Requests: which positions of a chunk go out together, and the name each request keeps on every try. */
import type { ChunkAddress } from '../../contracts/layout.ts';

/** Positions `from` (inclusive) to `to` (exclusive) of a chunk. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The ranges of `[0, length)` that none of the settled ones covers. */
export function missing(length: number, settled: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let at = 0;
  for (const { from, to } of [...settled].sort((a, b) => a.from - b.from)) {
    if (from > at) gaps.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  if (at < length) gaps.push({ from: at, to: length });
  return gaps;
}

/** The ranges that ascending positions form. */
export function runsOf(positions: readonly number[]): Range[] {
  const runs: { from: number; to: number }[] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last?.to === position) last.to = position + 1;
    else runs.push({ from: position, to: position + 1 });
  }
  return runs;
}

/** Of a range of two or more. */
export function halves({ from, to }: Range): [Range, Range] {
  const middle = from + Math.ceil((to - from) / 2);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/** Cuts `[0, length)` at multiples of the batch size, so that a request is the same request on every try. */
export const cut = (length: number, batchSize: number): Range[] =>
  Array.from({ length: Math.ceil(length / batchSize) }, (_, index) => ({
    from: index * batchSize,
    to: Math.min(length, (index + 1) * batchSize),
  }));

/** Halves, and halves of halves, of every range that `isHalved`; a range of one stays. */
export const parts = (range: Range, isHalved: (range: Range) => boolean): Range[] =>
  sizeOf(range) > 1 && isHalved(range)
    ? halves(range).flatMap((half) => parts(half, isHalved))
    : [range];

export const sizeOf = ({ from, to }: Range): number => to - from;

export const overlaps = (a: Range, b: Range): boolean => a.from < b.to && b.from < a.to;

/**
 * The same for the same records of the same run, whoever sends them and however often. `named`: how often some of the
 * range's records were refused by name, so that this is the request of the others.
 */
export const idempotencyKey = (address: ChunkAddress, { from, to }: Range, named = 0): string =>
  `${address.run}-${address.attempt}-${address.phase === 'deleting' ? 'd' : 'u'}${address.chunk}-${from}-${to}${named > 0 ? `-r${named}` : ''}`;
