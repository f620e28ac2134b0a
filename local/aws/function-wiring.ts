/** From the wiring shared with the stack to what the embedded parts are started with. */
import { join } from 'node:path';
import { CreateBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import {
  env,
  type FunctionName,
  historyDays,
  type QueueName,
  functions as wiredFunctions,
} from '../../shared/contracts/wiring.ts';
import { accountId, buckets, type ClientConfig, functionArn, region } from './identity.ts';
import { embeddedProcesses, type FunctionDefinition } from './lambda-host.ts';
import type { ExpiryRule } from './s3/store.ts';
import type { RunningQueue, RunningSqs } from './sqs.ts';

export { buckets } from './identity.ts';

/** Of the syncs' own schedules. */
export const scheduleGroup = 'audience-mirror';

/** The stack's lifecycle rules. */
export const expiryRules: readonly ExpiryRule[] = [
  { bucket: buckets.state, prefix: 'history/', days: historyDays },
  ...logRetentionDays.map((days) => ({
    bucket: buckets.logs,
    prefix: `sync-logs/retain=${days}/`,
    days,
  })),
];

/** For SDK clients: `new SQSClient(aws.clients.sqs)`. */
export interface Clients {
  readonly s3: ClientConfig & { readonly forcePathStyle: true };
  readonly sqs: ClientConfig;
  readonly dynamodb: ClientConfig;
  readonly scheduler: ClientConfig;
  readonly events: ClientConfig;
}

/** The bus that alerts are put on. */
export const alertBus = 'audience-mirror';

export type Queues = Readonly<Record<QueueName, RunningQueue>>;

export interface EmbeddedFunction {
  /** Absolute path of a module that exports `handler(event, context)`. */
  readonly handlerFile: string;
  /** What it sees of the environment, of what the wiring gives every function. @default all of it */
  readonly environment?: (common: Readonly<Record<string, string>>) => Record<string, string>;
}

export type EmbeddedFunctions = Readonly<Partial<Record<FunctionName, EmbeddedFunction>>>;

/** What every function gets. The SDK takes the endpoints from it by itself, so the functions know nothing of them. */
export function commonEnvironment(
  clients: Clients,
  { queues, startDeadLettersUrl }: Pick<RunningSqs<QueueName>, 'queues' | 'startDeadLettersUrl'>,
  table: string,
  folder: string,
  senders = embeddedProcesses,
) {
  // A client goes where the queue's URL says, so that has to lead through what stands in front.
  const at = (url: string) => clients.sqs.endpoint + new URL(url).pathname;
  return {
    AWS_ENDPOINT_URL_S3: clients.s3.endpoint,
    AWS_ENDPOINT_URL_SQS: clients.sqs.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: clients.dynamodb.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: clients.scheduler.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: clients.events.endpoint,
    [env.table]: table,
    [env.stateBucket]: buckets.state,
    [env.logBucket]: buckets.logs,
    [env.snapshotBuckets]: buckets.snapshots,
    [env.planQueue]: at(queues.plan.url),
    [env.sendQueue]: at(queues.send.url),
    [env.closeQueue]: at(queues.close.url),
    [env.planDeadLetters]: at(queues.plan.deadLetterUrl),
    [env.sendDeadLetters]: at(queues.send.deadLetterUrl),
    [env.closeDeadLetters]: at(queues.close.deadLetterUrl),
    [env.startDeadLettersUrl]: at(startDeadLettersUrl),
    [env.scheduleGroup]: scheduleGroup,
    [env.startFunction]: functionArn('start-run'),
    [env.scheduleRole]: `arn:aws:iam::${accountId}:role/schedules`,
    [env.startDeadLetters]: `arn:aws:sqs:${region}:${accountId}:start-dead-letters`,
    [env.alertBus]: alertBus,
    [env.allowLoopback]: 'true',
    [env.senders]: `${senders}`,
    [env.secretsFile]: join(folder, 'secrets.json'),
  };
}

export function functionDefinitions(
  functions: EmbeddedFunctions,
  common: Readonly<Record<string, string>>,
): Record<string, FunctionDefinition> {
  const definitions: Record<string, FunctionDefinition> = {};
  for (const [name, wiring] of Object.entries(wiredFunctions)) {
    const given = Object.entries(functions).find(([each]) => each === name)?.[1];
    if (given === undefined) continue;
    const { timeoutSeconds, memoryMb } = wiring;
    const { handlerFile, environment = () => ({ ...common }) } = given;
    definitions[name] = { handlerFile, timeoutSeconds, memoryMb, env: environment(common) };
  }
  return definitions;
}

/** Those whose consumer runs. What a new account may do at once is no limit here: the number of processes is. */
export function consumedQueues(functions: EmbeddedFunctions, queues: Queues): RunningQueue[] {
  const consumed = Object.values(queues).filter(({ consumer }) => functions[consumer]);
  return consumed.map((queue) => ({ ...queue, maxConcurrency: Number.POSITIVE_INFINITY }));
}

export async function makeBuckets(config: Clients['s3']): Promise<void> {
  const client = new S3Client(config);
  try {
    for (const Bucket of Object.values(buckets)) {
      await client.send(new CreateBucketCommand({ Bucket })).catch(unlessOwned);
    }
  } finally {
    client.destroy();
  }
}

function unlessOwned(error: unknown): void {
  const owned = error instanceof S3ServiceException && error.name === 'BucketAlreadyOwnedByYou';
  if (!owned) throw error;
}
