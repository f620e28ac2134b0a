/** What the keys of a sync's log are hashed with: made once, and kept for as long as the sync has logs. */

import { logKeyObject } from '../contracts/layout.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';

/** Undefined where the sync never hashed a key. */
export const readLogKey = (state: StateStore, sync: string): Promise<Uint8Array | undefined> =>
  state.get(logKeyObject(sync));

/** `random`: 32 bytes nobody can guess. */
export async function logKeyOf(
  state: StateStore,
  sync: string,
  random: () => Uint8Array,
): Promise<Uint8Array> {
  const known = await readLogKey(state, sync);
  if (known) return known;
  await state.putIfAbsent(logKeyObject(sync), random());
  const kept = await readLogKey(state, sync);
  if (!kept) throw new InvariantError(`The log key of the sync "${sync}" is gone.`);
  return kept;
}
