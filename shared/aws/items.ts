/**
 * Reading and writing the one table: keys, conditions and the shapes of its items. An item is written only as the schema
 * that reads it takes it, bears the number of its format, and is left alone where that number is a later release's.
 */
import { z } from 'zod';
import { table } from '../contracts/wiring.ts';
import { InvariantError, StoredError, summarise } from '../domain/words/errors.ts';
import type { Unreadable } from '../ports/listed.ts';
import type { Condition, ItemKey, Table } from '../ports/table.ts';
import { asStored, readStored, storedFormat } from '../stored.ts';

/** Of no later release than this. */
const isOurs = '(attribute_not_exists(#format) OR #format <= :format)';

const guarded = ({ when, names, values }: Partial<Condition> = {}): Condition => ({
  when: when ? `${isOurs} AND (${when})` : isOurs,
  names: { '#format': 'format', ...names },
  values: { ':format': storedFormat, ...values },
});

/** Of an item that can't be read. */
export interface UnreadableItem {
  readonly key: ItemKey;
  readonly error: StoredError;
}

/** What of a partition can be read, and what is set aside. */
export interface Found<T> {
  readonly items: T[];
  readonly unreadable: UnreadableItem[];
}

/** A conditional write: `set` and `remove` name attributes, `when` is a condition over `#names` and `:values`. */
export interface ItemUpdate extends Partial<Condition> {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
  /** Epoch seconds. */
  readonly expiresAt?: number | undefined;
}

/** One table through strongly consistent reads and conditional writes only. */
export class Items {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @throws StoredError */
  async get<T>(schema: z.ZodType<T>, key: ItemKey): Promise<T | undefined> {
    const item = await this.#table.get(key);
    return item && readStored(schema, bare(item), nameOf(key));
  }

  /** As `get`, of what is not worth waiting for: one that can't be read is taken away. */
  async getOrDrop<T>(schema: z.ZodType<T>, key: ItemKey): Promise<T | undefined> {
    try {
      return await this.get(schema, key);
    } catch (error) {
      if (error instanceof StoredError && (await this.discard(schema, key))) return undefined;
      throw error;
    }
  }

  /** False where `when` does not hold. `expiresAt`: epoch seconds. @throws InvariantError */
  async put<S extends z.ZodType<unknown, object>>(
    schema: S,
    key: ItemKey,
    item: z.input<S>,
    options: Partial<Condition> & { readonly expiresAt?: number | undefined } = {},
  ): Promise<boolean> {
    return this.#table.put(this.#whole(schema, key, item, options.expiresAt), guarded(options));
  }

  /** @throws PassingError `table-throttled` */
  async putAll<S extends z.ZodType<unknown, object>>(
    schema: S,
    entries: readonly (readonly [ItemKey, z.input<S>])[],
    expiresAt: number,
  ): Promise<void> {
    await this.#table.putAll(
      entries.map(([key, item]) => this.#whole(schema, key, item, expiresAt)),
    );
  }

  #whole(schema: z.ZodType, key: ItemKey, item: object, expiresAt: number | undefined) {
    asStored(schema, item, nameOf(key));
    return {
      ...item,
      ...key,
      format: storedFormat,
      ...(expiresAt !== undefined && { [table.expiry]: expiresAt }),
    };
  }

  /** False where `when` does not hold. */
  remove(key: ItemKey, condition?: Condition): Promise<boolean> {
    return this.#table.remove(key, guarded(condition));
  }

  /** Takes an item away that can't be read. False where it can, or a later release wrote it. */
  async discard(schema: z.ZodType, key: ItemKey): Promise<boolean> {
    const error = await this.get(schema, key).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof StoredError) || error.code === 'format-newer') return false;
    return this.remove(key);
  }

  /** The item before (`ALL_OLD`) or after (`ALL_NEW`) the write; undefined where `when` does not hold. */
  async update<T>(
    schema: z.ZodType<T> & z.ZodObject,
    key: ItemKey,
    update: ItemUpdate,
    returns: 'ALL_OLD' | 'ALL_NEW' = 'ALL_NEW',
  ): Promise<T | undefined> {
    const { set = {}, add = {}, remove = [], expiresAt } = update;
    const given = Object.entries(set).filter(([, value]) => value !== undefined);
    for (const [name, value] of given) checkAttribute(schema, key, name, value);
    const item = await this.#table.update(key, {
      set: {
        ...Object.fromEntries(given),
        format: storedFormat,
        ...(expiresAt !== undefined && { [table.expiry]: expiresAt }),
      },
      add,
      remove,
      condition: guarded(update),
      returns: returns === 'ALL_OLD' ? 'before' : 'after',
    });
    if (!item) return undefined;
    // Of an item that was not there before there is nothing old, or a map of nothing.
    const told = bare(item);
    return Object.keys(told).length > 0 ? readStored(schema, told, nameOf(key)) : schema.parse({});
  }

  /**
   * Items of one partition in order of their sort keys, which begin with `prefix`; `after`: those that follow the
   * place of this sort key, whether it is there or not. `limit`: of those that can be read.
   */
  async query<T>(
    schema: z.ZodType<T>,
    pk: string,
    prefix: string,
    options: {
      readonly limit?: number;
      readonly newestFirst?: boolean;
      readonly after?: string | undefined;
      /** Only these are taken, by what they hold before they are looked at. */
      readonly only?: (item: Readonly<Record<string, unknown>>) => boolean;
    } = {},
  ): Promise<Found<T>> {
    const found: Found<T> = { items: [], unreadable: [] };
    const { newestFirst = false, limit, only = () => true } = options;
    let { after } = options;
    for (;;) {
      const page = await this.#table.page(pk, {
        prefix,
        after,
        newestFirst,
        ...(limit !== undefined && { limit: limit - found.items.length }),
      });
      for (const item of page.items.filter(only)) sort(schema, item, found);
      const last = page.items.at(-1)?.[table.sortKey];
      const isFull = found.items.length >= (limit ?? Number.POSITIVE_INFINITY);
      if (!page.isMore || isFull || typeof last !== 'string') return found;
      after = last;
    }
  }

  /** Items of a partition from one sort key to another, both included. */
  async between<T>(schema: z.ZodType<T>, pk: string, from: string, to: string): Promise<Found<T>> {
    const found: Found<T> = { items: [], unreadable: [] };
    for (let after = rightBefore(from); ; ) {
      const { items, isMore } = await this.#table.page(pk, { after, limit: betweenPage });
      const keys = items.map((item) => String(item[table.sortKey]));
      for (const [at, item] of items.entries()) {
        if ((keys[at] ?? '') <= to) sort(schema, item, found);
      }
      const last = keys.at(-1);
      if (!isMore || last === undefined || last >= to) return found;
      after = last;
    }
  }

  /**
   * At most `limit` items of a partition, and no more than the service reads at once (1 MB); `next` is the sort key
   * to go on after, and absent where nothing follows.
   */
  async page<T>(
    schema: z.ZodType<T>,
    pk: string,
    options: {
      readonly limit: number;
      readonly newestFirst?: boolean;
      readonly after?: string | undefined;
    },
  ): Promise<Found<T> & { readonly next?: string }> {
    const { items, isMore } = await this.#table.page(pk, options);
    const last = items.at(-1)?.[table.sortKey];
    const page: Found<T> = { items: [], unreadable: [] };
    for (const item of items) sort(schema, item, page);
    return isMore && typeof last === 'string' ? { ...page, next: last } : page;
  }
}

/** Items a page, where it is not known how many there are. */
const betweenPage = 100;

/** A place that nothing stands at, and nothing between it and the key. */
const rightBefore = (key: string): string =>
  `${key.slice(0, -1)}${String.fromCharCode(key.charCodeAt(key.length - 1) - 1)}\uffff`;

/** What is kept as JSON in one attribute. */
export const jsonText = z.string().transform((text): unknown => JSON.parse(text));

/** As the ports show it: by the last part of its key. */
export const unreadableOf = ({ key, error }: UnreadableItem): Unreadable => ({
  id: key.sk,
  error: summarise(error),
});

/** As errors name it. */
const nameOf = ({ pk, sk }: ItemKey) => `${pk}/${sk}`;

const Key = z.looseObject({ pk: z.string(), sk: z.string() });

/** Puts an item where it belongs: with those that can be read, or aside. */
function sort<T>(schema: z.ZodType<T>, item: unknown, found: Found<T>): void {
  const { pk, sk, ...rest } = Key.parse(item);
  try {
    found.items.push(readStored(schema, bare(rest), nameOf({ pk, sk })));
  } catch (error) {
    if (!(error instanceof StoredError)) throw error;
    found.unreadable.push({ key: { pk, sk }, error });
  }
}

/** @throws InvariantError where the attribute could not be read again */
function checkAttribute(schema: z.ZodObject, key: ItemKey, name: string, value: unknown): void {
  const place = `${nameOf(key)}, ${name}`;
  const { shape }: { readonly shape: Readonly<Record<string, z.core.$ZodType | undefined>> } =
    schema;
  const attribute = shape[name];
  if (!attribute)
    throw new InvariantError(`Nobody would read what was to be stored as "${place}".`);
  asStored({ parse: (read) => z.parse(attribute, read) }, value, place);
}

/** An item without what only the table needs. */
function bare(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { pk: _pk, sk: _sk, [table.expiry]: _expiry, ...rest } = item;
  return rest;
}
