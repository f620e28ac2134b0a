/** The one table in DynamoDB. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { table as names } from '../contracts/wiring.ts';
import { PassingError } from '../domain/words/errors.ts';
import type { Condition, ItemKey, Table, TableUpdate } from '../ports/table.ts';

/** What one call of BatchWriteItem takes. */
const batchSize = 25;
const batchTries = 8;

export function createDynamoTable(client: DynamoDBDocumentClient, TableName: string): Table {
  return {
    async get(Key) {
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item;
    },
    put: (item, condition) =>
      isDone(client.send(new PutCommand({ TableName, Item: item, ...expression(condition) }))),
    remove: (Key, condition) =>
      isDone(client.send(new DeleteCommand({ TableName, Key, ...expression(condition) }))),
    async putAll(items) {
      for (let at = 0; at < items.length; at += batchSize) {
        await putBatch(client, TableName, items.slice(at, at + batchSize));
      }
    },
    update: (key, update) => updateItem(client, TableName, key, update),
    async page(pk, { prefix = '', after, newestFirst = false, limit }) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          ...keyCondition(pk, prefix),
          ScanIndexForward: !newestFirst,
          // One more than is asked for tells whether there is more.
          ...(limit !== undefined && { Limit: limit + 1 }),
          ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
        }),
      );
      const items = limit === undefined ? Items : Items.slice(0, limit);
      return { items, isMore: LastEvaluatedKey !== undefined || Items.length > items.length };
    },
  };
}

const expression = (condition: Condition | undefined) =>
  condition && {
    ConditionExpression: condition.when,
    ...(condition.names && { ExpressionAttributeNames: condition.names }),
    ...(condition.values && { ExpressionAttributeValues: condition.values }),
  };

/** No word of the sort key where the prefix is empty: DynamoDB takes no empty value for a key, also in a condition. */
function keyCondition(pk: string, prefix: string) {
  const isWhole = prefix === '';
  return {
    KeyConditionExpression: isWhole ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :prefix)',
    ExpressionAttributeNames: {
      '#pk': names.partitionKey,
      ...(!isWhole && { '#sk': names.sortKey }),
    },
    ExpressionAttributeValues: { ':pk': pk, ...(!isWhole && { ':prefix': prefix }) },
  };
}

/** The item after the write is asked for; what it was before follows from no answer, so it is asked for where needed. */
async function updateItem(
  client: DynamoDBDocumentClient,
  TableName: string,
  Key: ItemKey,
  { set = {}, add = {}, remove = [], condition, returns = 'after' }: TableUpdate,
) {
  const assigned = Object.entries(set).filter(([, value]) => value !== undefined);
  const added = Object.entries(add);
  const parts = [
    assigned.length > 0 && `SET ${assigned.map(([name]) => `#s_${name} = :s_${name}`).join(', ')}`,
    remove.length > 0 && `REMOVE ${remove.map((name) => `#r_${name}`).join(', ')}`,
    added.length > 0 && `ADD ${added.map(([name]) => `#a_${name} :a_${name}`).join(', ')}`,
  ].filter(Boolean);
  const ExpressionAttributeNames = {
    ...Object.fromEntries(assigned.map(([name]) => [`#s_${name}`, name])),
    ...Object.fromEntries(remove.map((name) => [`#r_${name}`, name])),
    ...Object.fromEntries(added.map(([name]) => [`#a_${name}`, name])),
    ...condition?.names,
  };
  const values = {
    ...Object.fromEntries(assigned.map(([name, value]) => [`:s_${name}`, value])),
    ...Object.fromEntries(added.map(([name, value]) => [`:a_${name}`, value])),
    ...condition?.values,
  };
  try {
    const { Attributes = {} } = await client.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression: parts.join(' '),
        ReturnValues: returns === 'before' ? 'ALL_OLD' : 'ALL_NEW',
        ...(condition && { ConditionExpression: condition.when }),
        ...(Object.keys(ExpressionAttributeNames).length > 0 && { ExpressionAttributeNames }),
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      }),
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** What the service did not take is sent again, with growing pauses. */
async function putBatch(
  client: DynamoDBDocumentClient,
  TableName: string,
  items: readonly (Readonly<Record<string, unknown>> & ItemKey)[],
): Promise<void> {
  let left = items.map((Item) => ({ PutRequest: { Item } }));
  for (let tries = 0; left.length > 0; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** tries));
    if (tries === batchTries)
      throw new PassingError('table-throttled', 'The table takes no more writes at the moment.');
    const { UnprocessedItems } = await client.send(
      new BatchWriteCommand({ RequestItems: { [TableName]: left } }),
    );
    left = z.array(z.custom<(typeof left)[number]>()).parse(UnprocessedItems?.[TableName] ?? []);
  }
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
