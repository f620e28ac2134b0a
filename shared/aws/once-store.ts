/** What keys of requests stand for, in the table: one partition, each for a day. */
import { z } from 'zod';
import { table } from '../contracts/wiring.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { OnceStore } from '../ports/configurations.ts';
import type { Items } from './items.ts';

const pk = 'ONCE';
const Kept = z.object({ request: z.string(), id: z.string(), at: z.number() });
const keptMs = 86_400_000;
const tries = 3;

export const createOnceStore = (items: Items): OnceStore => ({
  async keep(name, { request, id }, now) {
    const key = { pk, sk: name };
    const item = { request, id, at: now };
    // It may be taken away between the two looks, as its day is over.
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const isNew = await items.put(Kept, key, item, {
        expiresAt: Math.ceil((now + keptMs) / 1_000),
        when: 'attribute_not_exists(#pk) OR #at < :old',
        names: { '#pk': table.partitionKey, '#at': 'at' },
        values: { ':old': now - keptMs },
      });
      if (isNew) return { request, id };
      const kept = await items.getOrDrop(Kept, key);
      if (kept) return { request: kept.request, id: kept.id };
    }
    throw new InvariantError('The key of a request comes and goes.');
  },
});
