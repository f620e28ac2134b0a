/**
 * The embedded SQS: in memory, on 127.0.0.1 alone. It forgets on restart; the truth lives in S3 and DynamoDB, and
 * sweep queues again what was lost.
 */
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { type QueueWiring, queues as wiredQueues } from '../../shared/contracts/wiring.ts';
import { accountId, clientConfig, region } from './identity.ts';

export interface SqsOptions<Name extends string> {
  readonly queues: Readonly<Record<Name, QueueWiring>>;
  /** @default any free port */
  readonly port?: number;
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
  const app = buildApp({ logger: false, defaultRegion: region });
  answerToAnyHost(app);
  const endpoint = await app.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  const client = new SQSClient(clientConfig(endpoint));
  const running: Record<string, RunningQueue> = {};
  for (const [name, wiring] of Object.entries(options.queues)) {
    running[name] = await createQueue(client, endpoint, name, wiring);
  }
  await create(client, startDeadLetters, {});
  client.destroy();
  return {
    endpoint,
    queues: running,
    startDeadLettersUrl: `${endpoint}/${accountId}/${startDeadLetters}`,
    close: () => app.close(),
  };
}

type App = ReturnType<typeof buildApp>;

/**
 * A queue is found by its whole URL, and the server gives its queues a host name that not every machine resolves.
 * Here the URL's path decides, whatever its host: ours can then name 127.0.0.1.
 */
function answerToAnyHost(app: App): void {
  app.addHook('preHandler', async (request) => {
    const { body } = request;
    if (typeof body !== 'object' || body === null || !('QueueUrl' in body)) return;
    if (typeof body.QueueUrl !== 'string' || !URL.canParse(body.QueueUrl)) return;
    const port = request.socket.localPort;
    body.QueueUrl = `http://sqs.${region}.localhost:${port}${new URL(body.QueueUrl).pathname}`;
  });
}

async function createQueue(
  client: SQSClient,
  endpoint: string,
  name: string,
  wiring: QueueWiring,
): Promise<RunningQueue> {
  const suffix = wiring.fifo ? '.fifo' : '';
  const queue = `audience-mirror-${name}${suffix}`;
  const dead = `audience-mirror-${name}-dead${suffix}`;
  const kind = wiring.fifo ? { FifoQueue: 'true' } : {};
  await create(client, dead, {
    ...kind,
    MessageRetentionPeriod: String(deadLetterDays * daySeconds),
  });
  await create(client, queue, {
    ...kind,
    VisibilityTimeout: String(wiring.visibilitySeconds),
    MessageRetentionPeriod: String(wiring.retentionDays * daySeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: queueArn(dead),
      maxReceiveCount: wiring.maxReceives,
    }),
  });
  const base = `${endpoint}/${accountId}`;
  return {
    ...wiring,
    url: `${base}/${queue}`,
    arn: queueArn(queue),
    deadLetterUrl: `${base}/${dead}`,
  };
}

async function create(
  client: SQSClient,
  name: string,
  attributes: Record<string, string>,
): Promise<void> {
  await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
}

function queueArn(name: string): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}
