/**
 * What is sent of a chunk whose requests name the platform's ids. An item is a change with one such id: a change has as many
 * as the platform has ids of its record. Those that go out as they are come first, then updates of whom the platform lacks,
 * which are inserts, and last what no request is made of. They are chosen once for a chunk, so that every sender of it makes
 * the same requests; its account counts items, and tells of changes.
 */
import { platformId } from '../../contracts/destination.ts';
import type { ChunkLine, ItemLine, OutcomeLine } from '../../contracts/plan.ts';
import type { Fault } from '../words/problem.ts';
import { type Range, runsOf } from './request.ts';

/** A record with the platform's id in the place where templates find it. */
export const withId = (record: string, id: string): string =>
  `${record.slice(0, -1)}${record === '{}' ? '' : ','}${JSON.stringify(platformId)}:${JSON.stringify(id)}}`;

/** Tells requests that name different ids apart, without telling one: FNV-1a. */
export function idMark(id: string): string {
  let mark = 0x811c9dc5;
  for (const character of id)
    mark = Math.imul(mark ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return `i${mark.toString(36)}`;
}

/** What was looked up of a change: the ids, none where the platform lacks it; or why it is not sent. */
export type Found =
  | { readonly ids: readonly string[]; readonly fault?: undefined }
  | { readonly outcome: 'uncertain' | 'rejected' | 'invalid'; readonly fault: Fault };

/**
 * @param found by position, of all changes whose ids are not known
 * @param canInsert an update of whom the platform lacks can be an insert, which names no id
 */
export function itemsOf(
  lines: readonly ChunkLine[],
  found: ReadonlyMap<number, Found>,
  canInsert: boolean,
): ItemLine[] {
  const items = lines.flatMap((line, position): ItemLine[] => {
    const told = found.get(position) ?? { ids: line.ids ?? [], fault: undefined };
    if (told.fault) return [{ position, outcome: told.outcome, ...told.fault }];
    if (told.ids.length > 0) return told.ids.map((id) => ({ position, id }));
    if (line.action === 'delete') return [{ position, outcome: 'delivered' }];
    return [canInsert ? { position, as: 'insert' } : { position, outcome: 'rejected', ...lacking }];
  });
  return items.sort((a, b) => rank(a) - rank(b));
}

const rank = ({ id, as }: ItemLine): number => (id === undefined ? (as === undefined ? 2 : 1) : 0);

/** Of one who can only be named by the platform's id. */
export const lacking: Fault = {
  code: 'platform-lacks',
  reason:
    'The platform does not know this member, and the destination has no insert that would make them known there. Add them at the platform, or give the destination such an insert.',
};

/** The line of each item, with the platform's id in its record. */
export const linesOf = (lines: readonly ChunkLine[], items: readonly ItemLine[]): ChunkLine[] =>
  items.flatMap(({ position, id, as }) => {
    const line = lines[position];
    if (!line) return [];
    const record = id === undefined ? line.record : withId(line.record, id);
    return [{ ...line, record, action: as ?? line.action }];
  });

/** Neighbours that requests are made of: those with ids, and the inserts. */
export function sentRanges(items: readonly ItemLine[]): Range[] {
  const [own, added] = [0, 1].map((each) => items.filter((item) => rank(item) === each).length);
  const ranges = [
    { from: 0, to: own ?? 0 },
    { from: own ?? 0, to: (own ?? 0) + (added ?? 0) },
  ];
  return ranges.filter(({ from, to }) => from < to);
}

/** Outcomes of items, told of their changes. One of several items has their outcome where they agree. */
export function outcomesOfChanges(
  lines: readonly OutcomeLine[],
  changes: readonly number[],
): OutcomeLine[] {
  const told = new Map<number, OutcomeLine>();
  for (const line of lines) {
    for (const position of changes.slice(line.from, line.to)) {
      const known = told.get(position);
      told.set(position, known ? both(known, line) : line);
    }
  }
  const groups = Map.groupBy(
    [...told.keys()].sort((a, b) => a - b),
    (position) => told.get(position),
  );
  return [...groups]
    .flatMap(([line, at]) => (line ? runsOf(at).map((range) => ({ ...line, ...range })) : []))
    .sort((a, b) => a.from - b.from);
}

/** Where one of its requests was taken and another was not, a change is neither. */
function both(a: OutcomeLine, b: OutcomeLine): OutcomeLine {
  const told = a.outcome === 'delivered' ? b : a;
  return a.outcome === b.outcome ? a : { ...told, outcome: 'uncertain' };
}
