/** What senders store of a chunk, and what becomes of it. */

import {
  type ChunkAddress,
  outcomesObject,
  progressObject,
  progressPrefix,
} from '../contracts/layout.ts';
import { type OutcomeLine, ProgressLine } from '../contracts/plan.ts';
import type { ChunkAccount } from '../domain/request/account.ts';
import { readLines, writeLines } from '../lines.ts';
import type { StateStore } from '../ports/objects.ts';

/** Everything any sender of the chunk stored. */
export async function readProgress(
  state: StateStore,
  address: ChunkAddress,
): Promise<ProgressLine[]> {
  const objects = await state.list(progressPrefix(address));
  const parts = await Promise.all(
    objects.map(async (object) => {
      const body = await state.get(object);
      return body ? readLines(ProgressLine, body) : [];
    }),
  );
  return parts.flat();
}

export async function storeProgress(
  state: StateStore,
  address: ChunkAddress,
  sender: string,
  account: ChunkAccount,
): Promise<void> {
  await state.put(progressObject(address, sender), writeLines(account.lines()));
}

/** The first account of a chunk stays its account. */
export async function storeOutcomes(
  state: StateStore,
  address: ChunkAddress,
  lines: readonly OutcomeLine[],
): Promise<void> {
  await state.putIfAbsent(outcomesObject(address), writeLines(lines));
}
