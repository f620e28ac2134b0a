/** What the product relies on of DynamoDB: conditional writes have one winner, and what was answered is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RunningDynamoDb, startDynamoDb } from '../../local/aws/dynamodb.ts';
import { clientConfig } from '../../local/aws/identity.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let running: RunningDynamoDb;
let client: DynamoDBClient;

const open = async () => {
  running = await startDynamoDb({ folder });
  client = new DynamoDBClient(clientConfig(running.endpoint));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
});

afterEach(async () => {
  client.destroy();
  await running.close();
  rmSync(folder, { recursive: true });
});

const put = (sk: string, condition?: string) =>
  client.send(
    new PutItemCommand({
      TableName: running.table,
      Item: { pk: { S: 'p' }, sk: { S: sk } },
      ConditionExpression: condition,
    }),
  );

const sortKeys = async (partition: string): Promise<string[]> => {
  const keys: string[] = [];
  const query = {
    TableName: running.table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: partition } },
  };
  for await (const { Items } of paginateQuery({ client }, query)) {
    keys.push(...(Items ?? []).map(({ sk }) => sk?.S ?? ''));
  }
  return keys;
};

test('Of conditional writes of one item at the same time one wins, and the others are told', async () => {
  await open();
  const writes = Array.from({ length: 30 }, () => put('one', 'attribute_not_exists(pk)'));
  const settled = await Promise.allSettled(writes);
  const lost = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  expect(lost).toHaveLength(29);
  expect(lost.every((reason) => reason instanceof ConditionalCheckFailedException)).toBe(true);
});

test('Of counters raised from one value at the same time none is raised twice', async () => {
  await open();
  await put('counter');
  const raise = (from: number) =>
    client.send(
      new UpdateItemCommand({
        TableName: running.table,
        Key: { pk: { S: 'p' }, sk: { S: 'counter' } },
        UpdateExpression: 'SET epoch = :next',
        ConditionExpression: from === 0 ? 'attribute_not_exists(epoch)' : 'epoch = :from',
        ExpressionAttributeValues: {
          ':next': { N: String(from + 1) },
          ...(from === 0 ? {} : { ':from': { N: String(from) } }),
        },
      }),
    );
  for (let from = 0; from < 5; from++) {
    const settled = await Promise.allSettled(Array.from({ length: 10 }, () => raise(from)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }
});

test('What was answered before kill -9 is there after it', async () => {
  const writer = join(import.meta.dirname, 'fixtures', 'dynamodb-writer.ts');
  const parent = spawn(process.execPath, [writer, folder]);
  let printed = '';
  parent.stdout.on('data', (text) => {
    printed += text;
    if (printed.split('\n').length > 200) parent.kill('SIGKILL');
  });
  await once(parent, 'close');
  const answered = printed.split('\n').filter((line) => line !== '').length;
  expect(answered).toBeGreaterThanOrEqual(200);
  await open();
  const there = (await sortKeys('written')).map(Number);
  expect(there.slice(0, answered)).toEqual(Array.from({ length: answered }, (_, i) => i + 1));
  expect(there.length).toBeLessThanOrEqual(answered + 1);
});

test('A table whose making was cut short is made again', async () => {
  const server = dynalite({ path: folder, createTableMs: 60_000 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const half = new DynamoDBClient(clientConfig(`http://127.0.0.1:${port}`));
  await half.send(
    new CreateTableCommand({
      TableName: 'audience-mirror',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  half.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await open();
  await put('one');
  expect(await sortKeys('p')).toEqual(['one']);
});

test('A client that goes away in the middle of a request harms nobody else', async () => {
  await open();
  const socket = connect(Number(new URL(running.endpoint).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"half":');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await put('one');
});
