/**
 * The embedded AWS: S3, SQS, DynamoDB, EventBridge, its Scheduler and the Lambda host, on 127.0.0.1 alone, so that the functions run
 * here with the very calls they make on AWS. All state is kept in one folder between starts, but not what was queued: sweep,
 * which runs at each start, queues it again. `secrets.json` stands in for Secrets Manager: whoever runs it writes it.
 *
 * ```
 * folder/  lock  schedules.json  secrets.json  events.ndjson  dynamodb/  s3/  logs/<function>.log  processes/  scratch/
 * ```
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ConflictException,
  CreateScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deliveriesDue } from '../../shared/contracts/alert.ts';
import {
  type QueueName,
  sweepMinutes,
  tidyMinutes,
  queues as wiredQueues,
} from '../../shared/contracts/wiring.ts';
import { outsideDynamoDb, startDynamoDb } from './dynamodb.ts';
import { type RunningEvents, startEvents } from './events.ts';
import { lockFolder } from './folder-lock.ts';
import {
  buckets,
  type Clients,
  commonEnvironment,
  consumedQueues,
  type EmbeddedFunctions,
  expiryRules,
  functionDefinitions,
  makeBuckets,
  type Queues,
  scheduleGroup,
} from './function-wiring.ts';
import { type ClientConfig, clientConfig, functionArn, functionOf } from './identity.ts';
import { fileLog, hostLine } from './lambda/log.ts';
import { type InvocationReport, type LambdaHost, startLambdaHost } from './lambda-host.ts';
import { startS3 } from './s3.ts';
import { type RunningScheduler, startScheduler } from './scheduler.ts';
import { type RunningQueue, type RunningSqs, startSqs } from './sqs.ts';

export type { EmbeddedFunctions } from './function-wiring.ts';

/** Those that can be by somebody else. */
export type Service = 'dynamodb' | 's3' | 'sqs' | 'scheduler' | 'events';

export interface EmbeddedAwsOptions {
  /** Where all state is kept; made if missing, and free to be removed while nothing runs on it. */
  readonly folder: string;
  /** Those that run; a queue whose consumer is missing is not consumed. */
  readonly functions: EmbeddedFunctions;
  /** Processes at once of one function. @default 16 */
  readonly maxProcesses?: number;
  /** The scheduler's clock, in epoch milliseconds: it alone goes by it. @default Date.now */
  readonly schedulerNow?: () => number;
  /** Services by others, by the addresses they answer at. @default all embedded */
  readonly endpoints?: Readonly<Partial<Record<Service, string>>>;
  /** Puts something between the functions and a service, and says where that is: faults, a judge. @default nothing */
  readonly inFrontOf?: (service: Service, endpoint: string) => Promise<string>;
  /** After each invocation, also failed ones. */
  readonly onInvocation?: (report: InvocationReport) => void;
}

export interface EmbeddedAws {
  readonly clients: Clients;
  /** Of DynamoDB: here no operation is refused. */
  readonly unguardedTable: ClientConfig;
  readonly queues: Queues;
  /** Name of the one table. */
  readonly table: string;
  readonly buckets: typeof buckets;
  /** What every function got of the wiring. */
  readonly environment: Readonly<Record<string, string>>;
  readonly invoke: LambdaHost['invoke'];
  readonly invokeAsync: LambdaHost['invokeAsync'];
  /** Invocations under way. */
  readonly running: LambdaHost['running'];
  /** Fires the schedules that are due by now, without waiting for the timer. */
  readonly fireSchedules: () => void;
  /** Ends all in order. What runs gets `graceMs` (default 5,000) before it is killed. */
  close(graceMs?: number): Promise<void>;
}

type Closer = (graceMs?: number) => unknown;

/** @throws ConfigurationError `folder-in-use`, `schedules-unreadable` */
export async function startEmbeddedAws(options: EmbeddedAwsOptions): Promise<EmbeddedAws> {
  const closers: Closer[] = [];
  const close = async (graceMs?: number) => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      await closer(graceMs);
    }
  };
  try {
    const folder = resolve(options.folder);
    return { ...(await startAll({ ...options, folder }, closers)), close };
  } catch (error) {
    await close(0);
    throw error;
  }
}

/** Each part that started leaves in `closers` what ends it; they run from last to first. */
async function startAll(options: EmbeddedAwsOptions, closers: Closer[]) {
  const { folder, functions } = options;
  const log = openFolder(folder, closers);
  const outside = options.endpoints ?? {};
  const { table, ...dynamodb } = outside.dynamodb
    ? await outsideDynamoDb(outside.dynamodb)
    : await startDynamoDb({ folder: join(folder, 'dynamodb') });
  closers.push(() => dynamodb.close());
  const s3 = outside.s3
    ? bySomebodyElse(outside.s3)
    : await startS3({ folder: join(folder, 's3'), rules: expiryRules });
  closers.push(() => s3.close());
  const startedSqs = await startSqs({ queues: wiredQueues, endpoint: outside.sqs });
  closers.push(() => startedSqs.close());

  // Functions call Scheduler, and Scheduler invokes functions: its invocations wait until these are there.
  const ready = Promise.withResolvers<LambdaHost>();
  const events = await eventsOf(options, ready.promise);
  closers.push(() => events.close());
  const scheduler = await startScheduler({
    folder,
    ...(options.schedulerNow && { now: options.schedulerNow }),
    invoke: async (arn, input) =>
      (await ready.promise).invokeAsync(functionOf(arn), JSON.parse(input)),
    warn: (message, detail) => log.write('scheduler', hostLine(message, detail)),
  });
  closers.push(() => scheduler.close());
  if (outside.scheduler) await addGroup(clientConfig(outside.scheduler));
  else scheduler.addGroup(scheduleGroup);

  const front = async (service: Service, endpoint: string) =>
    clientConfig((await options.inFrontOf?.(service, endpoint)) ?? endpoint);
  const clients = {
    s3: { ...(await front('s3', s3.endpoint)), forcePathStyle: true },
    sqs: await front('sqs', startedSqs.endpoint),
    dynamodb: await front('dynamodb', dynamodb.endpoint),
    // Its own schedules are fired by the embedded one in any case.
    scheduler: await front('scheduler', outside.scheduler ?? scheduler.endpoint),
    events: await front('events', events.endpoint),
  } as const;
  await makeBuckets(clients.s3);
  const sqs = seenAt(clients.sqs.endpoint, startedSqs);
  const { queues } = sqs;
  const environment = commonEnvironment(clients, sqs, table, folder, options.maxProcesses);
  const starting = startLambdaHost({
    ...options,
    log,
    functions: functionDefinitions(functions, environment),
    eventSources: { client: clients.sqs, queues: consumedQueues(functions, queues) },
    onGivenUp: (name, event) => keepFailedStart(clients.sqs, sqs.startDeadLettersUrl, name, event),
  });
  starting.then(ready.resolve, ready.reject);
  ready.promise.catch(() => undefined);
  const host = await starting;
  closers.push((graceMs) => {
    scheduler.stop();
    return host.close(graceMs);
  });
  scheduleOwn(scheduler, functions);
  const { invoke, invokeAsync, running } = host;
  const fireSchedules = () => scheduler.look();
  return {
    clients,
    unguardedTable: clientConfig(dynamodb.unguarded),
    queues,
    table,
    buckets,
    environment,
    invoke,
    invokeAsync,
    running,
    fireSchedules,
  };
}

/** With the stack's rule that has webhooks told at once. */
async function eventsOf(
  { endpoints, folder, functions }: EmbeddedAwsOptions,
  host: Promise<LambdaHost>,
): Promise<Pick<RunningEvents, 'endpoint' | 'close'>> {
  if (endpoints?.events) return bySomebodyElse(endpoints.events);
  return startEvents({
    folder,
    heard(type) {
      if (type !== deliveriesDue || !functions.sweep) return;
      // Rejects as the host closes; what is left is told by the next sweep.
      host.then((ready) => ready.invokeAsync('sweep', { deliver: true })).catch(() => undefined);
    },
  });
}

/** Its lock and its log; snapshots that were being read stay in no scratch. */
function openFolder(folder: string, closers: Closer[]): ReturnType<typeof fileLog> {
  const lock = lockFolder(folder);
  closers.push(() => lock.release());
  closers.push(() => rmSync(join(folder, 'scratch'), { recursive: true, force: true }));
  const log = fileLog(join(folder, 'logs'));
  closers.push(() => log.close());
  return log;
}

/** What the stack's own schedules start. */
function scheduleOwn(scheduler: RunningScheduler, functions: EmbeddedFunctions): void {
  for (const [name, minutes] of [
    ['sweep', sweepMinutes] as const,
    ['tidy', tidyMinutes] as const,
  ]) {
    if (functions[name]) scheduler.replace(name, `rate(${minutes} minutes)`, functionArn(name));
  }
}

/** SDK clients call a queue where its URL is, whatever their endpoint. */
function seenAt(endpoint: string, { queues, startDeadLettersUrl }: RunningSqs<QueueName>) {
  const at = (url: string) => `${endpoint}${new URL(url).pathname}`;
  const moved = (queue: RunningQueue): RunningQueue => ({
    ...queue,
    url: at(queue.url),
    deadLetterUrl: at(queue.deadLetterUrl),
  });
  const { plan, send, close } = queues;
  return {
    queues: { plan: moved(plan), send: moved(send), close: moved(close) },
    startDeadLettersUrl: at(startDeadLettersUrl),
  };
}

const bySomebodyElse = (endpoint: string) => ({ endpoint, close: async () => {} });

async function addGroup(config: ClientConfig): Promise<void> {
  const client = new SchedulerClient(config);
  try {
    await client.send(new CreateScheduleGroupCommand({ Name: scheduleGroup }));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  } finally {
    client.destroy();
  }
}

/** As Lambda does: the record of a failed start names what it was asked for. */
async function keepFailedStart(
  config: Clients['sqs'],
  QueueUrl: string,
  name: string,
  requestPayload: unknown,
): Promise<void> {
  if (name !== 'start-run') return;
  const client = new SQSClient(config);
  const record = { version: '1.0', timestamp: new Date().toISOString(), requestPayload };
  try {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(record) }));
  } finally {
    client.destroy();
  }
}
