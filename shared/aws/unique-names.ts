/**
 * Names that only one thing may bear, without transactions: a name is claimed by an item of its own before the thing
 * is saved with it, and given up once no thing bears it. Each save has a token; whoever gives a name up names the
 * token it was claimed with, so that a claim made meanwhile stays. A claim that led to nothing, because its maker
 * died, may be taken over once that maker surely is gone. An item's key holds the name's digest: some names are longer, once
 * they are compared, than a key may be.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { nameTaken } from '../domain/settings/configuration.ts';
import { nameKey } from '../domain/settings/name-key.ts';
import { sinceMs } from '../domain/words/clock.ts';
import type { Items } from './items.ts';

const NameItem = z.object({ id: z.string(), token: z.string(), at: z.number() });
type NameItem = z.infer<typeof NameItem>;

/** No function that saves runs as long. */
const deadAfterMs = 120_000;
const maxTries = 5;

export interface NameClaim {
  readonly name: string;
  /** Of the thing that is to bear it. */
  readonly id: string;
  readonly token: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export class UniqueNames {
  readonly #items: Items;
  readonly #pk: string;
  /** The name the thing of this id bears now. */
  readonly #nameOf: (id: string) => Promise<string | undefined>;

  constructor(items: Items, pk: string, nameOf: (id: string) => Promise<string | undefined>) {
    this.#items = items;
    this.#pk = pk;
    this.#nameOf = nameOf;
  }

  /** @throws ConfigurationError `name-taken` */
  async claim({ name, id, token, now }: NameClaim): Promise<void> {
    const key = this.#key(name);
    const item = { id, token, at: now };
    for (let tries = 0; tries < maxTries; tries += 1) {
      const isMine = await this.#items.put(NameItem, key, item, {
        when: 'attribute_not_exists(#pk) OR #id = :id',
        names: { '#pk': 'pk', '#id': 'id' },
        values: { ':id': id },
      });
      if (isMine) return;
      const holder = await this.#items.getOrDrop(NameItem, key);
      if (!holder) continue;
      const bears = await this.#nameOf(holder.id);
      const isBorne = bears !== undefined && nameKey(bears) === nameKey(name);
      if (isBorne || sinceMs(holder.at, now) < deadAfterMs) throw nameTaken(name, holder.id);
      const tookOver = await this.#items.put(NameItem, key, item, {
        when: '#token = :token',
        names: { '#token': 'token' },
        values: { ':token': holder.token },
      });
      if (tookOver) return;
    }
    throw nameTaken(name, undefined);
  }

  /** The id of what bears the name; undefined where nothing does. */
  async holder(name: string): Promise<string | undefined> {
    const found = await this.#items.getOrDrop(NameItem, this.#key(name));
    const bears = found && (await this.#nameOf(found.id));
    return bears !== undefined && nameKey(bears) === nameKey(name) ? found?.id : undefined;
  }

  /** Gives the name up, unless it was claimed anew since. */
  async release(name: string, token: string): Promise<void> {
    await this.#items.remove(this.#key(name), {
      when: '#token = :token',
      names: { '#token': 'token' },
      values: { ':token': token },
    });
  }

  /** The save this was claimed for came to nothing, and the thing bears the name by an earlier one. */
  async giveBack(name: string, token: string, earlier: NameItem): Promise<void> {
    await this.#items.put(NameItem, this.#key(name), earlier, {
      when: '#token = :token',
      names: { '#token': 'token' },
      values: { ':token': token },
    });
  }

  #key(name: string) {
    return { pk: this.#pk, sk: `NAME#${hash('sha256', nameKey(name))}` };
  }
}
