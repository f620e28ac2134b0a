/** What senders store of the platform's ids of a chunk's records. */

import { type ChunkAddress, idsObject, idsPrefix, itemsObject } from '../contracts/layout.ts';
import { IdsLine, ItemLine } from '../contracts/plan.ts';
import { readLines, writeLines } from '../lines.ts';
import type { StateStore } from '../ports/objects.ts';
import { unreadable } from '../stored.ts';
import { orSetAside } from './set-aside.ts';

/** The items of a chunk; undefined: none were chosen. @throws StoredError */
export async function readItems(
  state: Pick<StateStore, 'get'>,
  address: ChunkAddress,
): Promise<ItemLine[] | undefined> {
  const name = itemsObject(address);
  const body = await state.get(name);
  return body && readLines(ItemLine, body, name);
}

/** Those that were chosen first. */
export async function chooseItems(
  state: Pick<StateStore, 'get' | 'putIfAbsent'>,
  address: ChunkAddress,
  items: readonly ItemLine[],
): Promise<readonly ItemLine[]> {
  const name = itemsObject(address);
  if (await state.putIfAbsent(name, writeLines(ItemLine, items, name))) return items;
  const chosen = await readItems(state, address);
  if (!chosen) throw unreadable(name, 'it is gone');
  return chosen;
}

/** What is known of the ids of a chunk's records, beside what its lines say. */
export class LearntIds {
  readonly #lines = new Map<number, IdsLine>();
  #isStored = true;

  get(position: number): readonly string[] | undefined {
    return this.#lines.get(position)?.ids;
  }

  /** `ids`: none: the platform lacks the record. */
  note(position: number, ids: readonly string[], at: number): void {
    this.#lines.set(position, { position, ids: [...ids], at });
    this.#isStored = false;
  }

  /** What senders before this one learnt; what can't be read is asked again. */
  async read(state: Pick<StateStore, 'get' | 'list'>, address: ChunkAddress): Promise<void> {
    for (const name of await state.list(idsPrefix(address))) {
      const body = await state.get(name);
      const lines = body && (await orSetAside(() => readLines(IdsLine, body, name)));
      for (const line of lines ?? []) {
        const known = this.#lines.get(line.position);
        if (!known || known.at <= line.at) this.#lines.set(line.position, line);
      }
    }
  }

  async store(
    state: Pick<StateStore, 'put'>,
    address: ChunkAddress,
    sender: string,
  ): Promise<void> {
    if (this.#isStored) return;
    const name = idsObject(address, sender);
    await state.put(name, writeLines(IdsLine, [...this.#lines.values()], name));
    this.#isStored = true;
  }
}
