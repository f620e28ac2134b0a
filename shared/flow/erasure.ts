/** The objects of erasures. */
import { ErasureRequest } from '../contracts/erasure.ts';
import { erasureObject } from '../contracts/layout.ts';
import { ConfigurationError } from '../domain/errors.ts';
import type { StateStore } from '../ports.ts';

/** @throws ConfigurationError `erasure-over` */
export async function readErasure(
  state: Pick<StateStore, 'get'>,
  sync: string,
  erasure: string,
): Promise<ErasureRequest> {
  const body = await state.get(erasureObject(sync, erasure));
  if (body) return ErasureRequest.parse(JSON.parse(new TextDecoder().decode(body)));
  throw new ConfigurationError(
    'erasure-over',
    `The erasure ${erasure} of the sync "${sync}" is over: its receipt says how it ended.`,
  );
}
