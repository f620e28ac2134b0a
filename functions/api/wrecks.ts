/** What is stored and can't be read: whoever says `If-Match: *` may delete it, or replace it by its settings. */
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { StoredError } from '../../shared/domain/words/errors.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { Caller } from './asked.ts';
import { audited } from './audited.ts';
import { checkRemoval, membersUnknown, type Words } from './ground.ts';
import { alone, withoutStarts } from './locks.ts';
import type { ApiPorts } from './ports.ts';
import { notFound } from './problem.ts';
import { checkUnused } from './save-destination.ts';

export const wreck = Symbol('wreck');

/** @throws StoredError where a version is named, or a later release wrote it */
export async function orWreck<T>(
  headers: { readonly 'if-match'?: string | undefined },
  read: () => Promise<T>,
): Promise<T | typeof wreck> {
  try {
    return await read();
  } catch (error) {
    const isWreck = error instanceof StoredError && error.code === 'stored-unreadable';
    if (!isWreck || headers['if-match']?.trim() !== '*') throw error;
    return wreck;
  }
}

/** @throws Refusal 404, 409 */
export async function removeSyncWreck(
  ports: ApiPorts,
  caller: Caller,
  id: string,
  words: Words,
): Promise<void> {
  const { configs, runs, schedules } = ports;
  const remove = async () => {
    // Of a state that can't be read either, nobody knows whom it mirrored.
    const state = await orSetAside((): Promise<SyncState> => runs.getState(id));
    if (state) checkRemoval(id, state, words);
    else if (words.members !== 'leave') throw membersUnknown(id);
    await audited(ports, caller, { what: 'deleted', kind: 'sync', thing: id }, async () => {
      if (!(await configs.discardSync(id))) throw notFound(`sync "${id}" that can't be read`);
    });
    await runs.forgetMirror(id);
  };
  const isStateRead = await orSetAside(() => runs.getState(id));
  await (caller.onlyTries || !isStateRead ? remove() : withoutStarts(ports, id, remove));
  await schedules.remove(id).catch((error: unknown) => ports.failed(error));
}

/** Its secret stays: which it was is not known. @throws Refusal 404, 409 `destination-used` */
export const removeDestinationWreck = (
  ports: ApiPorts,
  caller: Caller,
  id: string,
): Promise<void> =>
  alone(ports, caller, id, async () => {
    await checkUnused(ports, id);
    await audited(ports, caller, { what: 'deleted', kind: 'destination', thing: id }, async () => {
      if (await ports.configs.discardDestination(id)) return;
      throw notFound(`destination "${id}" that can't be read`);
    });
  });
