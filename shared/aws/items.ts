/** Reading and writing the one table: keys, conditions and the shapes of its items. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
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

const expression = (condition: Condition | undefined) =>
  condition && {
    ConditionExpression: condition.when,
    ...(condition.names && { ExpressionAttributeNames: condition.names }),
    ...(condition.values && { ExpressionAttributeValues: condition.values }),
  };

/** A conditional write: `set` and `remove` name attributes, `when` is a condition over `#names` and `:values`. */
export interface ItemUpdate extends Partial<Condition> {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

/** One table through strongly consistent reads and conditional writes only. */
export class Items {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#table = tableName;
  }

  async get<T>(schema: z.ZodType<T>, key: ItemKey): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    );
    return Item && schema.parse(bare(Item));
  }

  /** False where `when` does not hold. */
  put(key: ItemKey, item: object, condition?: Condition): Promise<boolean> {
    return isDone(
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...item, ...key },
          ...expression(condition),
        }),
      ),
    );
  }

  /** False where `when` does not hold. */
  remove(key: ItemKey, condition?: Condition): Promise<boolean> {
    return isDone(
      this.#client.send(
        new DeleteCommand({ TableName: this.#table, Key: key, ...expression(condition) }),
      ),
    );
  }

  /** The item before (`ALL_OLD`) or after (`ALL_NEW`) the write; undefined where `when` does not hold. */
  async update<T>(
    schema: z.ZodType<T>,
    key: ItemKey,
    update: ItemUpdate,
    returns: 'ALL_OLD' | 'ALL_NEW' = 'ALL_NEW',
  ): Promise<T | undefined> {
    const { set = {}, add = {}, remove = [] } = update;
    const assigned = Object.entries(set).filter(([, value]) => value !== undefined);
    const parts = [
      assigned.length > 0 &&
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
      ...update.names,
    };
    const values = {
      ...Object.fromEntries(assigned.map(([name, value]) => [`:s_${name}`, value])),
      ...Object.fromEntries(Object.entries(add).map(([name, value]) => [`:a_${name}`, value])),
      ...update.values,
    };
    try {
      const { Attributes } = await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: key,
          UpdateExpression: parts.join(' '),
          ReturnValues: returns,
          ...(update.when && { ConditionExpression: update.when }),
          ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
          ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
        }),
      );
      return schema.parse(bare(Attributes ?? {}));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  /**
   * Items of one partition in order of their sort keys, which begin with `prefix`; `after`: those that follow the
   * place of this sort key, whether it is there or not.
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
  ): Promise<T[]> {
    const found: T[] = [];
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
          ...(options.limit && { Limit: options.limit - found.length }),
          ...(from && { ExclusiveStartKey: from }),
        }),
      );
      found.push(...(page.Items ?? []).map((item) => schema.parse(bare(item))));
      from = page.LastEvaluatedKey;
    } while (from && found.length < (options.limit ?? Number.POSITIVE_INFINITY));
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
  ): Promise<{ readonly items: T[]; readonly next?: string }> {
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
    const items = found.map((item) => schema.parse(bare(item)));
    const isMore = read.length > limit || LastEvaluatedKey !== undefined;
    return isMore && typeof last === 'string' ? { items, next: last } : { items };
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

/** An item without what only the table needs. */
function bare(item: Record<string, unknown>): Record<string, unknown> {
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
