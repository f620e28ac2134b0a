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

/** Cuts a range at multiples of the batch size, so that a request is the same request on every try. */
export const cut = ({ from, to }: Range, batchSize: number): Range[] =>
  Array.from({ length: Math.ceil((to - from) / batchSize) }, (_, index) => ({
    from: from + index * batchSize,
    to: Math.min(to, from + (index + 1) * batchSize),
  }));

/** Halves, and halves of halves, of every range that `isHalved`; a range of one stays. */
export const parts = (range: Range, isHalved: (range: Range) => boolean): Range[] =>
  sizeOf(range) > 1 && isHalved(range)
    ? halves(range).flatMap((half) => parts(half, isHalved))
    : [range];

export const sizeOf = ({ from, to }: Range): number => to - from;

export const overlaps = (a: Range, b: Range): boolean => a.from < b.to && b.from < a.to;

/**
 * The same for the same records of the same run, whoever sends them and however often, and another for any others.
 * `open`: the range's positions that are sent, in order, where others of it have their outcomes.
 */
export function idempotencyKey(
  { run, attempt, phase, chunk }: ChunkAddress,
  range: Range,
  open?: readonly number[],
): string {
  const parts = open ? runsOf(open) : [range];
  const { from, to } = { from: parts[0]?.from ?? range.from, to: parts.at(-1)?.to ?? range.to };
  const name = `${run}-${attempt}-${phase === 'deleting' ? 'd' : 'u'}${chunk}-${from}-${to}`;
  return parts.length > 1 ? `${name}-x${markOf(parts)}` : name;
}

/** FNV-1a: a range is rarely sent with other gaps than once, and no more than a few times. */
function markOf(parts: readonly Range[]): string {
  let mark = 0x811c9dc5;
  for (const { from, to } of parts)
    for (const edge of [from, to]) mark = Math.imul(mark ^ edge, 0x01000193) >>> 0;
  return mark.toString(36);
}
