/** When each value of a secret was set, in the table; one partition, an item a secret. */

import { z } from 'zod';
import { bySecretField } from '../contracts/authentication.ts';
import { Claim } from '../contracts/claim.ts';
import type { SecretBook } from '../ports/configurations.ts';
import type { Items } from './items.ts';

const Dates = z.object(bySecretField(() => z.number().optional()));
const Entry = z.object({ dates: Dates.default({}), claim: Claim.optional() });

const keyOf = (secret: string) => ({ pk: 'SECRETS', sk: secret });

export const createSecretBook = (items: Items): SecretBook => ({
  async get(secret) {
    return (await items.getOrDrop(Entry, keyOf(secret)))?.dates ?? {};
  },
  async claim(secret, claim, now) {
    await items.getOrDrop(Entry, keyOf(secret));
    const claimed = await items.update(Entry, keyOf(secret), {
      set: { claim },
      when: 'attribute_not_exists(#claim) OR #claim.#until < :now OR #claim.#by = :by',
      names: { '#claim': 'claim', '#until': 'until', '#by': 'by' },
      values: { ':now': now, ':by': claim.by },
    });
    return claimed?.dates;
  },
  async release(secret, claim, dates) {
    await items.update(Entry, keyOf(secret), {
      set: { dates },
      remove: ['claim'],
      when: '#claim.#by = :by',
      names: { '#claim': 'claim', '#by': 'by' },
      values: { ':by': claim.by },
    });
  },
});
