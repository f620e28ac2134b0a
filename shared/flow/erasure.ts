/** The two objects of an erasure: its request, which names members until it is over, and its receipt, which names nobody. */

import { ErasureReceipt, ErasureRequest } from '../contracts/erasure.ts';
import { erasureObject, receiptObject, receiptPrefix } from '../contracts/layout.ts';
import { ConfigurationError, PassingError } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';
import { readObject, writeObject } from '../stored.ts';
import { orSetAside } from './set-aside.ts';

type Reader = Pick<StateStore, 'get'>;

/** Whoever dies in between leaves a request, which is gone on with, and no receipt that waits for nothing. */
export async function putErasure(state: StateStore, request: ErasureRequest): Promise<void> {
  const name = erasureObject(request.sync, request.id);
  await state.put(name, writeObject(ErasureRequest, request, name));
  await putReceipt(state, request);
}

/** Does nothing where there is one. */
export async function putReceipt(state: StateStore, request: ErasureRequest): Promise<void> {
  await state.putIfAbsent(receiptObject(request.sync, request.id), firstReceipt(request));
}

function firstReceipt({ sync, id, requestedAt, keys }: ErasureRequest): Uint8Array {
  const members = keys.length;
  const receipt: ErasureReceipt = { sync, id, requestedAt, members, state: 'waiting', tries: 0 };
  return writeObject(ErasureReceipt, receipt, receiptObject(sync, id));
}

/** While the request is there, a receipt that can't be read is begun anew: the next try tells the rest again. */
export async function mendReceipt(state: StateStore, sync: string, id: string): Promise<void> {
  const name = receiptObject(sync, id);
  const tag = await state.tag(name);
  const isRead = await orSetAside(async () => {
    await readReceipt(state, sync, id);
    return true;
  });
  if (tag === undefined || isRead) return;
  const request = await findErasure(state, sync, id);
  if (request) await state.replace(name, tag, firstReceipt(request));
}

/** Undefined where the erasure is over. */
export async function findErasure(
  state: Reader,
  sync: string,
  id: string,
): Promise<ErasureRequest | undefined> {
  const name = erasureObject(sync, id);
  const body = await state.get(name);
  return body && readObject(ErasureRequest, body, name);
}

/** @throws ConfigurationError `erasure-over` */
export async function readErasure(
  state: Reader,
  sync: string,
  id: string,
): Promise<ErasureRequest> {
  const found = await findErasure(state, sync, id);
  if (found) return found;
  throw new ConfigurationError(
    'erasure-over',
    `The erasure ${id} of the sync "${sync}" is over: its receipt says how it ended.`,
  );
}

export async function readReceipt(
  state: Reader,
  sync: string,
  id: string,
): Promise<ErasureReceipt | undefined> {
  const name = receiptObject(sync, id);
  const body = await state.get(name);
  return body && readObject(ErasureReceipt, body, name);
}

/** Of all erasures of a sync that were ever asked for, oldest first. */
export async function receiptIds(state: Pick<StateStore, 'list'>, sync: string): Promise<string[]> {
  const prefix = receiptPrefix(sync);
  const objects = await state.list(prefix);
  return objects.map((object) => object.slice(prefix.length).replace(/\.json$/, '')).sort();
}

/** Writers that meet try again, each over what the other wrote. */
const maxTries = 10;

/**
 * `change` is given the receipt as it is; undefined leaves it so. A receipt that is not waiting is never changed: who
 * comes late has nothing to say.
 */
export async function changeReceipt(
  state: StateStore,
  sync: string,
  id: string,
  change: (receipt: ErasureReceipt) => Partial<ErasureReceipt> | undefined,
): Promise<void> {
  const object = receiptObject(sync, id);
  await mendReceipt(state, sync, id);
  for (let tries = 0; tries < maxTries; tries++) {
    const tag = await state.tag(object);
    const receipt = await readReceipt(state, sync, id);
    if (tag === undefined || receipt?.state !== 'waiting') return;
    const changes = change(receipt);
    if (!changes) return;
    const next = writeObject(ErasureReceipt, { ...receipt, ...changes }, object);
    if (await state.replace(object, tag, next)) return;
  }
  throw new PassingError('receipt-raced', `The receipt of the erasure ${id} is written by many.`);
}

/** The erasure is over: the receipt says how, and then nobody is named any more. */
export async function endErasure(
  state: StateStore,
  sync: string,
  id: string,
  end: Partial<ErasureReceipt>,
): Promise<void> {
  await changeReceipt(state, sync, id, () => end);
  await state.delete([erasureObject(sync, id)]);
}
