/** Who is at work on something that only one may be at, in the table: an item a lock. */
import { z } from 'zod';
import { Claim } from '../contracts/claim.ts';
import type { Locks } from '../ports/configurations.ts';
import type { Items } from './items.ts';

const Lock = z.object({ claim: Claim.optional() });
const keyOf = (name: string) => ({ pk: 'LOCKS', sk: name });

export const createLocks = (items: Items): Locks => ({
  async take(name, claim, now) {
    const taken = await items.update(Lock, keyOf(name), {
      set: { claim },
      when: 'attribute_not_exists(#claim) OR #claim.#until < :now OR #claim.#by = :by',
      names: { '#claim': 'claim', '#until': 'until', '#by': 'by' },
      values: { ':now': now, ':by': claim.by },
    });
    return taken !== undefined;
  },
  async free(name, by) {
    await items.remove(keyOf(name), {
      when: '#claim.#by = :by',
      names: { '#claim': 'claim', '#by': 'by' },
      values: { ':by': by },
    });
  },
});
