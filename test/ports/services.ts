/** The services that the adapters' suites run over: the embedded ones, or those by others where the command started them. */
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { request } from 'undici';
import { outsideDynamoDb, startDynamoDb } from '../../local/aws/dynamodb.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { startS3 } from '../../local/aws/s3.ts';
import { type SqsOptions, startSqs } from '../../local/aws/sqs.ts';
import { others } from '../aws/others.ts';
import { MovedClock } from '../local/fixtures/moved-clock.ts';

/** A table of its own, and empty. */
export async function startTable(folder: string): ReturnType<typeof startDynamoDb> {
  if (others.dynoxide === undefined) return startDynamoDb({ folder });
  await dropTables(others.dynoxide);
  return outsideDynamoDb(others.dynoxide);
}

/** Without buckets. */
export async function startObjects(
  folder: string,
): Promise<{ endpoint: string; close(): Promise<void> }> {
  if (others.moto === undefined) return startS3({ folder });
  await forgetAll(others.moto);
  return { endpoint: others.moto, close: async () => {} };
}

/** With nothing in them. */
export async function startQueues<Name extends string>({ queues }: SqsOptions<Name>) {
  if (others.elasticmq !== undefined) await dropQueues(others.elasticmq);
  return startSqs({ queues, endpoint: others.elasticmq });
}

/** With one group, and nothing in it. */
export async function startSchedules(group: string) {
  if (others.moto === undefined) {
    const clock = new MovedClock();
    await clock.open();
    clock.addGroup(group);
    return { client: clock.client, close: () => clock.remove() };
  }
  await forgetAll(others.moto);
  const client = new SchedulerClient(clientConfig(others.moto));
  await client.send(new CreateScheduleGroupCommand({ Name: group }));
  return { client, close: () => client.destroy() };
}

export async function dropTables(endpoint: string): Promise<void> {
  const client = new DynamoDBClient(clientConfig(endpoint));
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  for (const TableName of TableNames) await client.send(new DeleteTableCommand({ TableName }));
  client.destroy();
}

export async function dropQueues(endpoint: string): Promise<void> {
  const client = new SQSClient(clientConfig(endpoint));
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls) await client.send(new DeleteQueueCommand({ QueueUrl }));
  client.destroy();
}

/** moto's own way to begin anew. */
export async function forgetAll(moto: string): Promise<void> {
  const { body } = await request(`${moto}/moto-api/reset`, { method: 'POST' });
  await body.dump();
}
