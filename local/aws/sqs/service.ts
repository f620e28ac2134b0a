/**
 * The embedded SQS: in memory, on 127.0.0.1 alone, for real AWS SDK clients. It forgets on restart; the truth lives in S3 and
 * DynamoDB, and sweep queues again what was lost.
 */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { guarded, listening } from '../../loopback.ts';
import { accountId, serviceGuard } from '../identity.ts';
import { calls, type Ground } from './calls.ts';
import { invalidValue, SqsError } from './error.ts';
import { MessageQueue } from './message-queue.ts';

export interface RunningSqsService {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** One short poll of so many that could find something finds nothing. */
const emptyPolls = 4;

export async function startSqsService(now: () => number = Date.now): Promise<RunningSqsService> {
  const queues = new Map<string, MessageQueue>();
  let polls = 0;
  const take: RequestListener = (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const ground: Ground = {
      queueOf: (url) => queueOf(queues, url),
      findsNothing: () => ++polls % emptyPolls === 0,
      gone: gone.signal,
    };
    void answer(request, response, async (operation, call) => {
      if (operation === 'CreateQueue') return createQueue(queues, call, request, now);
      const work = calls[operation];
      if (work) return work(ground, call);
      throw new SqsError('UnsupportedOperation', `${operation} is not embedded.`);
    });
  };
  return listening(createServer(guarded(take, serviceGuard('application/x-amz-json-1.0'))));
}

/** Never rejects. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  work: (operation: string, call: unknown) => Promise<object>,
): Promise<void> {
  try {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^AmazonSQS\./, '');
    reply(response, 200, await work(operation, await json(request)));
  } catch (error) {
    if (error instanceof SqsError) refuse(response, error);
    else if (error instanceof SyntaxError)
      reply(response, 400, { __type: 'SerializationException' });
    else if (!request.destroyed)
      reply(response, 500, { __type: 'InternalFailure', message: String(error) });
    else response.destroy();
  }
}

/** Of errors with a shape of their own: the name that the older protocol has for each. */
const shaped: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
  InvalidMessageContents: 'InvalidMessageContents',
  ReceiptHandleIsInvalid: 'ReceiptHandleIsInvalid',
  OverLimit: 'OverLimit',
};

function refuse(response: ServerResponse, { code, message }: SqsError): void {
  const older = shaped[code];
  response.setHeader('x-amzn-query-error', `${older ?? code};Sender`);
  const __type = older ? `com.amazonaws.sqs#${code}` : `com.amazon.coral.service#${code}Exception`;
  reply(response, 400, { __type, message });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}

/** The URL's path decides, whatever its host. */
function queueOf(queues: ReadonlyMap<string, MessageQueue>, url: string): MessageQueue {
  const queue = queues.get(url.slice(url.lastIndexOf('/') + 1));
  if (queue) return queue;
  throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

const Whole = z.coerce.number().int();
const NewQueue = z.object({
  QueueName: z.string(),
  Attributes: z
    .strictObject({
      FifoQueue: z.literal('true').optional(),
      VisibilityTimeout: Whole.min(0).max(43_200).default(30),
      MessageRetentionPeriod: Whole.min(60).max(1_209_600).default(345_600),
      RedrivePolicy: z.string().optional(),
    })
    .prefault({}),
});
const Redrive = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: Whole.min(1).max(1_000),
});

function createQueue(
  queues: Map<string, MessageQueue>,
  call: unknown,
  { socket }: IncomingMessage,
  now: () => number,
): object {
  const asked = NewQueue.safeParse(call);
  if (!asked.success) throw invalidValue('Attributes', z.prettifyError(asked.error));
  const { QueueName: name, Attributes: attributes } = asked.data;
  const fifo = attributes.FifoQueue === 'true';
  if (
    !/^[\w-]{1,80}$/.test(name.replace(/\.fifo$/, '')) ||
    name.length > 80 ||
    name.endsWith('.fifo') !== fifo
  ) {
    throw invalidValue(
      'QueueName',
      'Up to 80 letters, digits, - and _; that of a FIFO queue ends with .fifo.',
    );
  }
  const policy = attributes.RedrivePolicy && Redrive.parse(JSON.parse(attributes.RedrivePolicy));
  const dead = policy ? policy.deadLetterTargetArn.replace(/^.*:/, '') : '';
  if (policy && queues.get(dead)?.settings.fifo !== fifo) {
    throw invalidValue(
      'RedrivePolicy',
      'The dead-letter queue must be there, and of the same type.',
    );
  }
  queues.set(
    name,
    new MessageQueue(
      name,
      {
        fifo,
        visibilitySeconds: attributes.VisibilityTimeout,
        retentionSeconds: attributes.MessageRetentionPeriod,
        ...(policy && {
          redrive: { to: () => queues.get(dead), maxReceives: policy.maxReceiveCount },
        }),
      },
      now,
    ),
  );
  return { QueueUrl: `http://127.0.0.1:${socket.localPort}/${accountId}/${name}` };
}
