/**
 * The whole flow over implementations by others (the embedded table, where there is no other): started by hand, through the API and by the clock; sent, held, told, approved and closed.
 * It ends in the very state that the embedded services end in.
 */
import { readFile } from 'node:fs/promises';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { eventsFile } from '../../local/aws/events.ts';
import { alertBus } from '../../local/aws/function-wiring.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { alertSource } from '../../shared/contracts/alert.ts';
import { dropQueues, dropTables, forgetAll } from '../ports/services.ts';
import { other, others } from './others.ts';
import { type Left, play } from './scenario.ts';

const Event = z.object({
  detail: z.object({ kind: z.string(), code: z.string(), count: z.number(), of: z.string() }),
});
const alertIn = (text: string) => Event.parse(JSON.parse(text)).detail;

let embedded: Left;
let byOthers: Left;
beforeAll(async () => {
  embedded = await play({}, async ({ folder }) =>
    (await readFile(eventsFile(folder), 'utf8')).trim().split('\n').map(alertIn),
  );
  byOthers = await overOthers();
}, 600_000);

async function overOthers(): Promise<Left> {
  const [dynamodb, sqs, moto] = [others.dynoxide, other('elasticmq'), other('moto')];
  await Promise.all([dynamodb && dropTables(dynamodb), dropQueues(sqs), forgetAll(moto)]);
  const alerts = await queueOfAlerts(moto);
  return play(
    { endpoints: { ...(dynamodb && { dynamodb }), sqs, s3: moto, events: moto } },
    alerts,
  );
}

/** What a rule of moto's EventBridge hands to a queue of moto's SQS. */
async function queueOfAlerts(moto: string): Promise<() => Promise<unknown[]>> {
  const events = new EventBridgeClient(clientConfig(moto));
  const queues = new SQSClient(clientConfig(moto));
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'alerts' }));
  await events.send(new CreateEventBusCommand({ Name: alertBus }));
  const rule = { EventBusName: alertBus, Rule: 'alerts' };
  const EventPattern = JSON.stringify({ source: [alertSource] });
  await events.send(new PutRuleCommand({ ...rule, Name: rule.Rule, EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:alerts';
  await events.send(new PutTargetsCommand({ ...rule, Targets: [{ Id: 'queue', Arn }] }));
  return async () => {
    const { Messages = [] } = await queues.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body }) => alertIn(Body ?? ''));
  };
}

test('the story goes as it is told', () => {
  expect(embedded.answers).toMatchObject([
    { statusCode: 202 },
    { status: 'succeeded', trigger: 'manual' },
    { status: 'succeeded', trigger: 'schedule' },
    { status: 'held', error: 'guard-deletes' },
    { statusCode: 202 },
    { status: 'succeeded' },
  ]);
  expect(embedded.members).toHaveLength(3);
  expect(embedded.alerts).toMatchObject([{ kind: 'run-held' }, { kind: 'sync-recovered' }]);
});

test.each(['answers', 'items', 'keys', 'members', 'alerts'] as const)(
  'the %s are the same over others',
  (what) => {
    expect(embedded[what].length).toBeGreaterThan(0);
    expect(byOthers[what]).toEqual(embedded[what]);
  },
);
