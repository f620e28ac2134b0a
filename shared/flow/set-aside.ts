/** Going on without what can't be read. */
import { StoredError } from '../domain/words/errors.ts';

/** Undefined where it can't be read. What a later release wrote is left to that release: then it throws. */
export async function orSetAside<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoredError && error.code !== 'format-newer') return undefined;
    throw error;
  }
}
