/**
 * Reading and writing the one table: keys, conditions and the shapes of its items. An item is written only as the schema
 * that reads it takes it, bears the number of its format, and is left alone where that number is a later release's.
 */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { table } from '../contracts/wiring.ts';
import { InvariantError, PassingError, StoredError, summarise } from '../domain/words/errors.ts';
import type { Unreadable } from '../ports/listed.ts';
import { asStored, readStored, storedFormat } from '../stored.ts';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Holds, or the write does nothing. */
export interface Condition {
  readonly when: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Of no later release than this. */
const isOurs = '(attribute_not_exists(#format) OR #format <= :format)';

function guarded(condition: Partial<Condition> = {}) {
  return {
    ConditionExpression: condition.when ? `${isOurs} AND (${condition.when})` : isOurs,
    ExpressionAttributeNames: { '#format': 'format', ...condition.names },
    ExpressionAttributeValues: { ':format': storedFormat, ...condition.values },
  };
}

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
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#table = tableName;
  }

  /** @throws StoredError */
  async get<T>(schema: z.ZodType<T>, key: ItemKey): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    );
    return Item && readStored(schema, bare(Item), nameOf(key));
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
    const Item = this.#whole(schema, key, item, options.expiresAt);
    return isDone(
      this.#client.send(new PutCommand({ TableName: this.#table, Item, ...guarded(options) })),
    );
  }

  /** In batches, what the service did not take again, with growing pauses. @throws PassingError `table-throttled` */
  async putAll<S extends z.ZodType<unknown, object>>(
    schema: S,
    entries: readonly (readonly [ItemKey, z.input<S>])[],
    expiresAt: number,
  ): Promise<void> {
    const puts = entries.map(([key, item]) => ({
      PutRequest: { Item: this.#whole(schema, key, item, expiresAt) },
    }));
    for (let at = 0; at < puts.length; at += batchSize) {
      let left = puts.slice(at, at + batchSize);
      for (let tries = 0; left.length > 0; tries++) {
        if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** tries));
        if (tries === 8)
          throw new PassingError(
            'table-throttled',
            'The table takes no more writes at the moment.',
          );
        const { UnprocessedItems } = await this.#client.send(
          new BatchWriteCommand({ RequestItems: { [this.#table]: left } }),
        );
        left = z
          .array(z.custom<(typeof puts)[number]>())
          .parse(UnprocessedItems?.[this.#table] ?? []);
      }
    }
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
    return isDone(
      this.#client.send(
        new DeleteCommand({ TableName: this.#table, Key: key, ...guarded(condition) }),
      ),
    );
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
    const values = Object.entries(set).filter(([, value]) => value !== undefined);
    for (const [name, value] of values) checkAttribute(schema, key, name, value);
    const assigned = [
      ...values,
      ['format', storedFormat] as const,
      ...(expiresAt === undefined ? [] : [[table.expiry, expiresAt] as const]),
    ];
    return this.#update(schema, key, { ...update, add, remove, assigned }, returns);
  }

  async #update<T>(
    schema: z.ZodType<T>,
    key: ItemKey,
    update: Required<Pick<ItemUpdate, 'add' | 'remove'>> &
      Partial<Condition> & { readonly assigned: readonly (readonly [string, unknown])[] },
    returns: 'ALL_OLD' | 'ALL_NEW',
  ): Promise<T | undefined> {
    const { assigned, add, remove } = update;
    const condition = guarded(update);
    const parts = [
      `SET ${assigned.map(([name]) => `#s_${name} = :s_${name}`).join(', ')}`,
      remove.length > 0 && `REMOVE ${remove.map((name) => `#r_${name}`).join(', ')}`,
      Object.keys(add).length > 0 &&
        `ADD ${Object.keys(add)
          .map((name) => `#a_${name} :a_${name}`)
          .join(', ')}`,
    ].filter(Boolean);
    const names = {
      ...Object.fromEntries(assigned.map(([name]) => [`#s_${name}`, name])),
      ...Object.fromEntries(remove.map((name) => [`#r_${name}`, name])),
      ...Object.fromEntries(Object.keys(add).map((name) => [`#a_${name}`, name])),
      ...condition.ExpressionAttributeNames,
    };
    const values = {
      ...Object.fromEntries(assigned.map(([name, value]) => [`:s_${name}`, value])),
      ...Object.fromEntries(Object.entries(add).map(([name, value]) => [`:a_${name}`, value])),
      ...condition.ExpressionAttributeValues,
    };
    try {
      const { Attributes } = await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: key,
          UpdateExpression: parts.join(' '),
          ReturnValues: returns,
          ConditionExpression: condition.ConditionExpression,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        }),
      );
      // Of an item that was not there before there is nothing old, or a map of nothing.
      const told = bare(Attributes ?? {});
      return Object.keys(told).length > 0
        ? readStored(schema, told, nameOf(key))
        : schema.parse({});
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
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
    } = {},
  ): Promise<Found<T>> {
    const found: Found<T> = { items: [], unreadable: [] };
    const { after } = options;
    let from: QueryCommandInput['ExclusiveStartKey'] =
      after === undefined ? undefined : { pk, sk: after };
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          ...keyCondition(pk, prefix),
          ScanIndexForward: !options.newestFirst,
          ...(options.limit && { Limit: options.limit - found.items.length }),
          ...(from && { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) sort(schema, item, found);
      from = page.LastEvaluatedKey;
    } while (from && found.items.length < (options.limit ?? Number.POSITIVE_INFINITY));
    return found;
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
    const { limit, after } = options;
    const { Items: read = [], LastEvaluatedKey } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        ...keyCondition(pk, ''),
        ScanIndexForward: !options.newestFirst,
        Limit: limit + 1,
        ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
      }),
    );
    const found = read.slice(0, limit);
    const last: unknown = found.at(-1)?.[table.sortKey];
    const page: Found<T> = { items: [], unreadable: [] };
    for (const item of found) sort(schema, item, page);
    const isMore = read.length > limit || LastEvaluatedKey !== undefined;
    return isMore && typeof last === 'string' ? { ...page, next: last } : page;
  }
}

/** No word of the sort key where the prefix is empty: DynamoDB takes no empty value for a key, also in a condition. */
function keyCondition(pk: string, prefix: string) {
  const { partitionKey, sortKey } = table;
  return prefix === ''
    ? {
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': partitionKey },
        ExpressionAttributeValues: { ':pk': pk },
      }
    : {
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: { '#pk': partitionKey, '#sk': sortKey },
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      };
}

/** What is kept as JSON in one attribute. */
export const jsonText = z.string().transform((text): unknown => JSON.parse(text));

const batchSize = 25;

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

async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
