/** Secrets kept in the memory of a warm function for a while, and asked for once however many wait. */

import type { SecretValues } from '../contracts/authentication.ts';
import type { Secrets } from '../ports/configurations.ts';
import type { Clock } from '../ports/world.ts';

interface Kept {
  readonly values: Promise<SecretValues>;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** What failed is not kept: once it is mended, the next `get` finds it. */
export function cachedSecrets(
  read: (name: string) => Promise<SecretValues>,
  clock: Pick<Clock, 'now'>,
  keepMs: number,
): Secrets {
  const kept = new Map<string, Kept>();
  return {
    get(name) {
      const found = kept.get(name);
      if (found && clock.now() < found.until) return found.values;
      const entry: Kept = { values: read(name), until: clock.now() + keepMs };
      kept.set(name, entry);
      entry.values.catch(() => {
        if (kept.get(name) === entry) kept.delete(name);
      });
      return entry.values;
    },
    forget(name) {
      kept.delete(name);
    },
  };
}
