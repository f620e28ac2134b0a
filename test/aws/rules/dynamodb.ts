/** The rules of DynamoDB. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Place, Rule } from '../rule.ts';

type Item = Record<string, AttributeValue>;

const guide = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';
const limits = `${guide}/Constraints.html`;
const batches =
  'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html';
const emptyKey = 'https://github.com/getmoto/moto/issues/7062';
const sizes = `${guide}/CapacityUnitCalculations.html`;
const types = `${guide}/HowItWorks.NamingRulesDataTypes.html`;

const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
const put = (item: Item) => (place: Place) =>
  place.dynamodb.send(
    new PutItemCommand({ TableName: place.table, Item: { ...key('p', 's'), ...item } }),
  );
const update = (value: AttributeValue) => (place: Place) =>
  place.dynamodb.send(
    new UpdateItemCommand({
      TableName: place.table,
      Key: key('p', 'u'),
      UpdateExpression: 'SET #a = :a',
      ExpressionAttributeNames: { '#a': 'a' },
      ExpressionAttributeValues: { ':a': value },
    }),
  );
const query = (input: Partial<QueryCommandInput>) => (place: Place) =>
  place.dynamodb.send(
    new QueryCommand({
      TableName: place.table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'p' } },
      ...input,
    }),
  );
const prefixed = (pk: string, sk: string) =>
  query({
    KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk } },
  });
const nested = (levels: number): AttributeValue =>
  levels === 0 ? { S: 'x' } : { M: { m: nested(levels - 1) } };
const writes = (items: readonly Item[]) => (place: Place) =>
  place.dynamodb.send(
    new BatchWriteItemCommand({
      RequestItems: { [place.table]: items.map((Item) => ({ PutRequest: { Item } })) },
    }),
  );
/** An item of `pk`, `sk` and `a` (6 bytes with their values) and this many bytes more. */
const ofBytes = (bytes: number, text = 'x') => ({
  a: { S: text.repeat(Math.floor((bytes - 7) / Buffer.byteLength(text))) },
});
const mostBytes = 409_600;
const condition = (bytes: number) => {
  const name = (i: number) => `a${String(i).padStart(6, '0')}`;
  const one = (i: number) => `attribute_exists(${name(i)})`;
  const parts = Array.from({ length: Math.ceil(bytes / 30) }, (_, i) => one(i));
  return parts.join(' AND ');
};

const rows: readonly Omit<Rule, 'service'>[] = [
  {
    what: 'an empty prefix of the sort key in a query',
    send: prefixed('p', ''),
    error: 'ValidationException',
    source: emptyKey,
  },
  {
    what: 'an empty partition key in a query',
    send: prefixed('', 's'),
    error: 'ValidationException',
    source: emptyKey,
  },
  {
    what: 'an empty sort key to go on after',
    send: query({ ExclusiveStartKey: key('p', '') }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a sort key of 1,025 bytes in a query',
    send: prefixed('p', 'é'.repeat(512).concat('x')),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an empty sort key in an item',
    send: put({ sk: { S: '' } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an empty partition key in an item',
    send: put({ pk: { S: '' } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an empty sort key to read',
    send: (at) => at.dynamodb.send(new GetItemCommand({ TableName: at.table, Key: key('p', '') })),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an empty partition key to delete',
    send: (at) =>
      at.dynamodb.send(new DeleteItemCommand({ TableName: at.table, Key: key('', 's') })),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an empty sort key in a batch',
    send: writes([key('p', '')]),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a sort key of 1,025 bytes',
    send: put({ sk: { S: 'x'.repeat(1_025) } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a sort key of 1,025 bytes in 342 characters',
    send: put({ sk: { S: '㍿'.repeat(341).concat('é') } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a sort key of 1,024 bytes',
    send: put({ sk: { S: '㍿'.repeat(341).concat('x') } }),
    error: 'none',
    source: limits,
  },
  {
    what: 'a partition key of 2,049 bytes',
    send: put({ pk: { S: 'é'.repeat(1_024).concat('x') } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a partition key of 2,048 bytes',
    send: put({ pk: { S: 'é'.repeat(1_024) } }),
    error: 'none',
    source: limits,
  },
  {
    what: 'an item without its sort key',
    send: (at) =>
      at.dynamodb.send(new PutItemCommand({ TableName: at.table, Item: { pk: { S: 'p' } } })),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an attribute without a name',
    send: put({ '': { S: 'x' } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an attribute without a name in a map',
    send: put({ m: { M: { '': { S: 'x' } } } }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an attribute without a name in a map of a list, in an update',
    send: update({ L: [{ M: { '': { S: 'x' } } }] }),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a text that is half a character',
    send: put({ a: { S: 'a\ud800' } }),
    error: 'any',
    source: types,
  },
  {
    what: 'a name that is half a character, in a map',
    send: update({ M: { 'a\ud800': { S: 'x' } } }),
    error: 'any',
    source: types,
  },
  {
    what: 'an item 33 levels deep',
    send: put({ m: nested(33) }),
    error: 'ValidationException',
    source: limits,
  },
  { what: 'an item 32 levels deep', send: put({ m: nested(32) }), error: 'none', source: limits },
  {
    what: 'an item of 400 KB and a byte',
    send: put(ofBytes(mostBytes + 1)),
    error: 'ValidationException',
    source: sizes,
  },
  { what: 'an item of 400 KB', send: put(ofBytes(mostBytes)), error: 'none', source: sizes },
  {
    what: 'an item of 400 KB and more in 137,000 characters',
    send: put(ofBytes(411_000, '㍿')),
    error: 'ValidationException',
    source: sizes,
  },
  {
    what: 'an update to more than 400 KB in 137,000 characters',
    send: update({ S: '㍿'.repeat(137_000) }),
    error: 'ValidationException',
    source: sizes,
  },
  {
    what: 'an empty set',
    send: put({ a: { SS: [] } }),
    error: 'ValidationException',
    source: types,
  },
  {
    what: 'an expression of more than 4 KB',
    send: (at) =>
      at.dynamodb.send(
        new PutItemCommand({
          TableName: at.table,
          Item: key('p', 's'),
          ConditionExpression: condition(4_200),
        }),
      ),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'a value of an expression that nothing uses',
    send: query({ ExpressionAttributeValues: { ':pk': { S: 'p' }, ':x': { S: 'x' } } }),
    error: 'ValidationException',
    source:
      'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html',
  },
  {
    what: 'an empty expression',
    send: (at) =>
      at.dynamodb.send(
        new PutItemCommand({ TableName: at.table, Item: key('p', 's'), ConditionExpression: '' }),
      ),
    error: 'ValidationException',
    source: limits,
  },
  {
    what: 'an update of a key attribute',
    send: (at) =>
      at.dynamodb.send(
        new UpdateItemCommand({
          TableName: at.table,
          Key: key('p', 's'),
          UpdateExpression: 'SET sk = :v',
          ExpressionAttributeValues: { ':v': { S: 'x' } },
        }),
      ),
    error: 'ValidationException',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html',
  },
  {
    what: 'a batch of 26 writes',
    send: writes(Array.from({ length: 26 }, (_, i) => key('p', `b${i}`))),
    error: 'ValidationException',
    source: batches,
  },
  { what: 'a batch of no writes', send: writes([]), error: 'ValidationException', source: batches },
  {
    what: 'a batch that writes an item twice',
    send: writes([key('p', 'b'), key('p', 'b')]),
    error: 'ValidationException',
    source: batches,
  },
];

export const dynamodbRules: readonly Rule[] = rows.map((row) => ({ service: 'dynamodb', ...row }));
