/**
 * What AWS refuses, asked of the implementations by others. Where one of them answers otherwise, the row's source decides, and
 * the embedded service follows that; such rows are printed.
 */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from 'vitest';
import { outsideDynamoDb } from '../../local/aws/dynamodb.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { dropQueues, dropTables, forgetAll } from '../ports/services.ts';
import { other } from './others.ts';
import { answerTo, holds, type Place, type Service } from './rule.ts';
import { rules } from './rules.ts';

const by: Record<Service, string> = {
  dynamodb: 'dynoxide',
  sqs: 'ElasticMQ',
  s3: 'moto',
  scheduler: 'moto',
  events: 'moto',
};

let place: Place;
beforeAll(async () => {
  place = await placeAtOthers();
});

async function placeAtOthers(): Promise<Place> {
  const [table, queues, rest] = [other('dynoxide'), other('elasticmq'), other('moto')];
  const once = { maxAttempts: 1 };
  await Promise.all([dropTables(table), dropQueues(queues), forgetAll(rest)]);
  const clients = {
    dynamodb: new DynamoDBClient({ ...clientConfig(table), ...once }),
    sqs: new SQSClient({ ...clientConfig(queues), ...once }),
    s3: new S3Client({ ...clientConfig(rest), ...once, forcePathStyle: true }),
    scheduler: new SchedulerClient({ ...clientConfig(rest), ...once }),
    events: new EventBridgeClient({ ...clientConfig(rest), ...once }),
  };
  const queue = async (QueueName: string, Attributes = {}) =>
    (await clients.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'rules-bucket' }));
  await clients.scheduler.send(new CreateScheduleGroupCommand({ Name: 'rules' }));
  await clients.events.send(new CreateEventBusCommand({ Name: 'rules' }));
  return {
    ...clients,
    table: (await outsideDynamoDb(table)).table,
    bucket: 'rules-bucket',
    standardQueue: await queue('rules'),
    fifoQueue: await queue('rules.fifo', { FifoQueue: 'true' }),
    group: 'rules',
    bus: 'rules',
  };
}

describe.each([...new Set(rules.map(({ service }) => service))])('%s', (service) => {
  const own = rules.filter((rule) => rule.service === service);

  test(`${own.length} rows at ${by[service]}: where it answers otherwise, the row names what decides`, async () => {
    const otherwise: string[] = [];
    for (const rule of own) {
      const answer = await answerTo(rule, place);
      if (holds(rule, answer)) continue;
      expect(rule.source).toMatch(/^https:\/\//);
      otherwise.push(`  ${rule.what}: ${answer}, not ${rule.error}; ${rule.source} decides`);
    }
    const agree = own.length - otherwise.length;
    process.stdout.write(`${by[service]} agrees on ${agree} of ${own.length} rows of ${service}\n`);
    for (const line of otherwise) process.stdout.write(`${line}\n`);
    expect(agree).toBeGreaterThan(0);
  });
});
