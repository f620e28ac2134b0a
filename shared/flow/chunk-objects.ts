/** What senders store of a chunk, and what becomes of it. */

import type { PendingChunk } from '../contracts/chunk.ts';
import {
  type ChunkAddress,
  outcomesObject,
  progressObject,
  progressPrefix,
} from '../contracts/layout.ts';
import { type ItemLine, OutcomeLine, ProgressLine } from '../contracts/plan.ts';
import { ChunkAccount } from '../domain/request/account.ts';
import { readLines, writeLines } from '../lines.ts';
import type { StateStore } from '../ports/objects.ts';
import { readItems } from './chunk-ids.ts';
import { orSetAside } from './set-aside.ts';

/**
 * The account of a chunk, from everything its senders stored. Where some of that can't be read, whatever has no line may
 * have been sent.
 * @param chosen the chunk's items, where they are read already
 */
export async function accountOf(
  state: StateStore,
  address: ChunkAddress,
  { changes, clean }: Pick<PendingChunk, 'changes' | 'clean'>,
  chosen?: readonly ItemLine[],
): Promise<ChunkAccount> {
  const objects = await state.list(progressPrefix(address));
  const parts = await Promise.all(
    objects.map(async (object) => {
      const body = await state.get(object);
      return body && (await orSetAside(() => readLines(ProgressLine, body, object)));
    }),
  );
  const lines = parts.flatMap((part) => part ?? []);
  const isOfItems = lines.some((line) => line.items);
  const items =
    chosen ?? (isOfItems ? await orSetAside(() => readItems(state, address)) : undefined);
  // Places of items that are lost are nobody's.
  const isLost = isOfItems && !items;
  const isWhole = parts.every((part) => part !== undefined) && !isLost;
  return new ChunkAccount(
    changes,
    clean && isWhole,
    isLost ? [] : lines,
    items?.map(({ position }) => position),
  );
}

/** Undefined where nobody stored any that can be read. */
export async function readOutcomes(
  state: Pick<StateStore, 'get'>,
  address: ChunkAddress,
): Promise<OutcomeLine[] | undefined> {
  const name = outcomesObject(address);
  const body = await state.get(name);
  return body && orSetAside(() => readLines(OutcomeLine, body, name));
}

export async function storeProgress(
  state: StateStore,
  address: ChunkAddress,
  sender: string,
  account: ChunkAccount,
): Promise<void> {
  const name = progressObject(address, sender);
  await state.put(name, writeLines(ProgressLine, account.lines(), name));
}

/** The first account of a chunk stays its account. */
export async function storeOutcomes(
  state: StateStore,
  address: ChunkAddress,
  lines: readonly OutcomeLine[],
): Promise<void> {
  const name = outcomesObject(address);
  await state.putIfAbsent(name, writeLines(OutcomeLine, lines, name));
}
