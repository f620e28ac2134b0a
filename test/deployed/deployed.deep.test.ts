/**
 * What is deployed, as it runs: the bundles of all functions under Lambda's runtime protocol, each with its template's environment
 * alone. Every call of AWS is judged by the role of its function. One story uses, as far as it can, every right there is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { eventsFile } from '../../local/aws/events.ts';
import { scheduleGroup } from '../../local/aws/function-wiring.ts';
import { buckets, functionArn } from '../../local/aws/identity.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { createDynamoTable } from '../../shared/aws/dynamo-table.ts';
import { Items } from '../../shared/aws/items.ts';
import { createRunStore } from '../../shared/aws/run-store.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { until as untilSoon } from '../local/fixtures/until.ts';
import { Judge } from './grants.ts';
import { hasReason } from './reasons.ts';
import { type DeployedSystem, startDeployed } from './system.ts';

let system: DeployedSystem;
let platform: Platform;
let runs: RunStore;
let s3: S3Client;

beforeAll(async () => {
  platform = await startPlatform();
  system = await startDeployed();
  const { aws } = system;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(aws.unguardedTable), {
    marshallOptions: { removeUndefinedValues: true },
  });
  runs = createRunStore(new Items(createDynamoTable(client, aws.table)));
  s3 = new S3Client(aws.clients.s3);
}, 600_000);
afterAll(async () => {
  await system.close();
  await platform.close();
});

/** Each function starts as on Lambda, and all of them at once here. */
const until = (holds: () => Promise<boolean>) => untilSoon(holds, 240_000);

const sync = 'people';
const schedule = { type: 'cron', expression: '17 3 * * *' } as const;
const row = (name: string, title = '1') => `${name}@example.com,${name},B,C,${title}`;
const everybody = 'ada bo cy di eve fay'.split(' ');

async function exported(rows: readonly string[]): Promise<void> {
  const body = ['email,first_name,last_name,country,title', ...rows].join('\n');
  for (const [name, Body] of [
    ['people.csv', body],
    ['_SUCCESS', ''],
  ] as const) {
    const Key = `exports/${sync}/${name}`;
    await s3.send(new PutObjectCommand({ Bucket: buckets.snapshots, Key, Body }));
  }
}

const Answer = z.object({ statusCode: z.number(), body: z.string().default('') });

/** As API Gateway hands it to the function. */
async function call(method: string, path: string, body?: unknown, version?: number) {
  const [rawPath = '', rawQueryString = ''] = `/v1${path}`.split('?');
  const answer = Answer.parse(
    await system.aws.invoke('api', {
      version: '2.0',
      routeKey: `${method} /{proxy+}`,
      rawPath,
      rawQueryString,
      headers: {
        host: 'api.example.com',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
      },
      requestContext: {
        requestId: 'one',
        domainName: 'api.example.com',
        http: { method, path: rawPath, sourceIp: '127.0.0.1' },
        authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/ada' } },
        stage: '$default',
      },
      isBase64Encoded: false,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  expect(answer.statusCode, `${method} ${path}: ${answer.body}`).toBeLessThan(300);
  return z
    .looseObject({ id: z.string().optional(), version: z.number().optional() })
    .parse(answer.body === '' ? {} : JSON.parse(answer.body));
}

async function closed(run: string | undefined): Promise<Run> {
  let found: Run | undefined;
  await until(async () => {
    found = await runs.getRun(sync, run ?? '');
    const state = await runs.getState(sync);
    return found?.phase === 'closed' && state.openRun === undefined;
  });
  if (found === undefined) throw new Error('The run is gone.');
  return found;
}

const started = async (path: string, body?: unknown) => closed((await call('POST', path, body)).id);
const outcome = ({ status, result }: Run) => ({ status, code: result?.error?.code });

const removed = async (path: string, query: string) =>
  call('DELETE', path + query, undefined, (await call('GET', path)).version);

async function byTheClock(): Promise<Run> {
  const before = (await runs.listRuns(sync, 100)).items.length;
  const now = Date.now();
  system.ahead((nextTimes(schedule, now, 1)[0] ?? now) - now);
  system.aws.fireSchedules();
  await until(async () => (await runs.listRuns(sync, 100)).items.length > before);
  return closed((await runs.listRuns(sync, 1)).items[0]?.id);
}

test('the story goes through', { timeout: 900_000 }, async () => {
  const authentication = { type: 'bearer' } as const;
  const destination = {
    ...sampleDestination(platform.url),
    id: 'to-people',
    name: 'To people',
    authentication,
  };
  await call('POST', '/destinations', destination);
  for (const token of ['a-token', 'another'])
    await call('PUT', '/destinations/to-people/secret', { token });
  const settings = {
    ...sampleSyncOf(),
    id: sync,
    name: sync,
    destination: 'to-people',
    audience: { id: sync, name: sync },
    source: { bucket: buckets.snapshots, prefix: `exports/${sync}/` },
    schedule,
    guards: { deletesAbove: 2 },
  };
  await exported([...everybody.map((name) => row(name)), ',No,Key,C,1']);
  await call('POST', '/syncs', settings);

  await call('GET', `/syncs/${sync}/columns`);
  expect(outcome(await byTheClock())).toMatchObject({ status: 'succeeded' });
  await exported([row('ada', '2'), ...everybody.slice(1).map((name) => row(name)), row('gus')]);
  expect(outcome(await started(`/syncs/${sync}/runs`, {}))).toMatchObject({ status: 'succeeded' });
  await exported(everybody.slice(3).map((name) => row(name)));
  const held = await started(`/syncs/${sync}/runs`, {});
  expect(outcome(held)).toEqual({ status: 'held', code: 'guard-deletes' });
  const approved = await started(`/syncs/${sync}/runs/${held.id}/approve`);
  expect(approved.status).toBe('succeeded');
  expect([...platform.members(sync).keys()]).toHaveLength(3);

  const dry = await started(`/syncs/${sync}/runs`, { dryRun: true });
  await call('GET', `/syncs/${sync}/runs/${dry.id}/report`);
  await call('GET', `/syncs/${sync}/runs/${approved.id}/records?key=fay%40example.com`);
  await exported(everybody.slice(3, 5).map((name) => row(name)));
  await call('POST', `/syncs/${sync}/erasures`, { keys: [['fay@example.com']] });
  await until(async () => (await runs.getState(sync)).openRun === undefined);
  await deadLetters();
  await disturbSchedules();
  await system.aws.invoke('sweep', {});
  await system.aws.invoke('tidy', {});
  await removed(`/syncs/${sync}`, '?members=leave');
  await removed('/destinations/to-people', '');
  expect(readFileSync(eventsFile(join(system.folder, 'aws')), 'utf8')).toContain('run-held');
});

/** What nobody could do anything with, in each of the dead-letter queues. */
async function deadLetters(): Promise<void> {
  const { aws } = system;
  const client = new SQSClient(aws.clients.sqs);
  for (const { deadLetterUrl, fifo } of Object.values(aws.queues)) {
    const group = fifo ? { MessageGroupId: 'g', MessageDeduplicationId: 'd' } : {};
    await client.send(
      new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: '{}', ...group }),
    );
  }
  client.destroy();
}

/** Takes the sync's schedules away, and adds one of nobody: sweep puts both right. */
async function disturbSchedules(): Promise<void> {
  const client = new SchedulerClient(system.aws.clients.scheduler);
  const GroupName = scheduleGroup;
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName }));
  for (const { Name } of Schedules)
    await client.send(new DeleteScheduleCommand({ GroupName, Name }));
  await client.send(
    new CreateScheduleCommand({
      GroupName,
      Name: 'nobody.0',
      ScheduleExpression: 'rate(1 day)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: functionArn('start-run'),
        RoleArn: 'arn:aws:iam::000000000000:role/schedules',
      },
    }),
  );
  client.destroy();
}

test('no function did what its role does not allow', () => {
  expect([...system.judge.denied]).toEqual([]);
});

test('a call that is not granted is told', () => {
  const judge = new Judge(system.deployed);
  const send = { action: 'sqs:SendMessage', resource: '<Queues/Plan>' };
  expect(judge.allows('start-run', send)).toBe(true);
  expect(judge.allows('tidy', send)).toBe(false);
  expect([...judge.denied]).toEqual(['tidy: sqs:SendMessage on <Queues/Plan>']);
});

test('no right went unused, but those that have a reason', () => {
  const unused = system.judge.unused();
  process.stdout.write(`${unused.length} of ${system.judge.count} rights were not used\n`);
  expect(unused.filter((grant) => !hasReason(grant))).toEqual([]);
});
