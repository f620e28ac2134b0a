/** The three queues and their dead-letter queues, made at the embedded SQS or at another one. */
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type QueueWiring, queues as wiredQueues } from '../../shared/contracts/wiring.ts';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import { clientConfig, region } from './identity.ts';
import { startSqsService } from './sqs/service.ts';

export interface SqsOptions<Name extends string> {
  readonly queues: Readonly<Record<Name, QueueWiring>>;
  /** Of another SQS. @default an embedded one */
  readonly endpoint?: string | undefined;
}

export interface RunningQueue extends QueueWiring {
  readonly url: string;
  readonly arn: string;
  /** Where a message goes after `maxReceives`. */
  readonly deadLetterUrl: string;
}

export interface RunningSqs<Name extends string> {
  readonly endpoint: string;
  readonly queues: Readonly<Record<Name, RunningQueue>>;
  /** Where starts go that failed on every try. */
  readonly startDeadLettersUrl: string;
  close(): Promise<void>;
}

const startDeadLetters = 'audience-mirror-start-dead';
const deadLetterDays = 14;
const daySeconds = 86_400;

export async function startSqs(): Promise<RunningSqs<keyof typeof wiredQueues>>;
export async function startSqs<Name extends string>(
  options: SqsOptions<Name>,
): Promise<RunningSqs<Name>>;
export async function startSqs(
  options: SqsOptions<string> = { queues: wiredQueues },
): Promise<RunningSqs<string>> {
  const service =
    options.endpoint === undefined
      ? await startSqsService()
      : { endpoint: options.endpoint, close: async () => {} };
  const client = new SQSClient(clientConfig(service.endpoint));
  const running: Record<string, RunningQueue> = {};
  for (const [name, wiring] of Object.entries(options.queues)) {
    running[name] = await createQueue(client, name, wiring);
  }
  const startDeadLettersUrl = await create(client, startDeadLetters, {});
  client.destroy();
  return { ...service, queues: running, startDeadLettersUrl };
}

async function createQueue(
  client: SQSClient,
  name: string,
  wiring: QueueWiring,
): Promise<RunningQueue> {
  const suffix = wiring.fifo ? '.fifo' : '';
  const queue = `audience-mirror-${name}${suffix}`;
  const dead = `audience-mirror-${name}-dead${suffix}`;
  const kind = wiring.fifo ? { FifoQueue: 'true' } : {};
  const deadLetterUrl = await create(client, dead, {
    ...kind,
    MessageRetentionPeriod: String(deadLetterDays * daySeconds),
  });
  const url = await create(client, queue, {
    ...kind,
    VisibilityTimeout: String(wiring.visibilitySeconds),
    MessageRetentionPeriod: String(wiring.retentionDays * daySeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: arnOf(deadLetterUrl),
      maxReceiveCount: wiring.maxReceives,
    }),
  });
  return { ...wiring, url, arn: arnOf(url), deadLetterUrl };
}

async function create(
  client: SQSClient,
  QueueName: string,
  Attributes: Record<string, string>,
): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  if (QueueUrl === undefined)
    throw new InvariantError(`The queue ${QueueName} came without a URL.`);
  return QueueUrl;
}

/** A queue's URL ends with its account and its name. */
function arnOf(url: string): string {
  const [account, name] = url.split('/').slice(-2);
  return `arn:aws:sqs:${region}:${account}:${name}`;
}
