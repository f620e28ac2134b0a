/** The platform's ids while a chunk is sent: those that answers tell, and those that it no longer knows. */

import { type Found, idMark } from '../../shared/domain/request/chunk-items.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { FinderEnd, IdFinder } from './id-finder.ts';
import type { Lane } from './lane.ts';

export interface SenderIdsSettings {
  readonly lane: Lane;
  /** Undefined: the destination has no lookup. */
  readonly finder: IdFinder | undefined;
  /** Of each item, the position of its change; undefined: they are the same. */
  readonly changes: readonly number[] | undefined;
  readonly learn: (position: number, ids: readonly string[]) => void;
  readonly store: () => Promise<void>;
}

/** What to do about a member whose id the platform does not know, or whom it has and we have no id of. */
export type NextId =
  | { readonly kind: 'id'; readonly id: string; readonly mark: string }
  /** It knows no other. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly found: Extract<Found, { fault: Fault }> }
  | { readonly kind: 'ended'; readonly end: FinderEnd };

export class SenderIds {
  readonly lane: Lane;
  readonly #settings: SenderIdsSettings;
  /** Of items that were looked up again: ids that are still to be named. */
  readonly #again = new Map<number, string[]>();

  constructor(settings: SenderIdsSettings) {
    this.#settings = settings;
    this.lane = settings.lane;
  }

  /** By an answer. */
  learn(item: number, ids: readonly string[]): void {
    this.#settings.learn(this.#changeOf(item), ids);
  }

  /** Asks once for each item; what it was told is stored before anybody is named by it. */
  async next(item: number): Promise<NextId> {
    const { finder, learn, store } = this.#settings;
    const position = this.#changeOf(item);
    if (!this.#again.has(item)) {
      const told: Found[] = [];
      const end = await finder?.find([position], (_, what) => told.push(what));
      if (end) return { kind: 'ended', end };
      const [found = { ids: [] }] = told;
      if (found.fault) return { kind: 'unknown', found };
      this.#again.set(item, [...found.ids]);
      learn(position, found.ids);
      await store();
    }
    return this.more(item) ?? { kind: 'gone' };
  }

  /** One more id of an item that was looked up again. */
  more(item: number): Extract<NextId, { kind: 'id' }> | undefined {
    const id = this.#again.get(item)?.shift();
    return id === undefined ? undefined : { kind: 'id', id, mark: idMark(id) };
  }

  #changeOf(item: number): number {
    return this.#settings.changes?.[item] ?? item;
  }
}
