/**
 * The calls of SQS that are answered, and what is refused of them, by
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ and its quotas.
 */
import { z } from 'zod';
import { invalidValue, missing, SqsError } from './error.ts';
import type { Message, MessageQueue } from './message-queue.ts';

/** What a call is answered with; queues by their names. */
export interface Ground {
  readonly queueOf: (url: string) => MessageQueue;
  /** Of a short poll: it asks some of the servers, and may find nothing where there is something. */
  readonly findsNothing: () => boolean;
  readonly gone: AbortSignal;
}

const Count = (parameter: string, least: number, most: number) =>
  z.number().refine((value) => Number.isInteger(value) && value >= least && value <= most, {
    error: `${parameter}: Must be a whole number between ${least} and ${most}.`,
  });
/** Of groups and of messages that are sent once. */
const Id = z.string().regex(/^[!-~]{1,128}$/);
const Url = z.string();
const Visibility = Count('VisibilityTimeout', 0, 43_200);

const Entry = z.object({
  MessageBody: z.string().optional(),
  DelaySeconds: Count('DelaySeconds', 0, 900).optional(),
  MessageAttributes: z.record(z.string(), z.unknown()).default({}),
  MessageGroupId: Id.optional(),
  MessageDeduplicationId: Id.optional(),
});
type Entry = z.infer<typeof Entry>;

/** One million bytes and some, since August 2025. */
const mostBytes = 1_048_576;
/** All but what a message may hold. */
const notText = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

function send(queue: MessageQueue, entry: Entry): Message {
  const { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: once } = entry;
  if (body === undefined || body === '') throw missing('MessageBody');
  if (notText.test(body)) {
    throw new SqsError('InvalidMessageContents', 'Invalid characters found in the message body.');
  }
  if (Buffer.byteLength(body) > mostBytes) {
    throw invalidValue('MessageBody', `Message must be shorter than ${mostBytes} bytes.`);
  }
  const { fifo } = queue.settings;
  if (fifo && group === undefined) throw missing('MessageGroupId');
  if (fifo && once === undefined) {
    throw invalidValue('MessageDeduplicationId', 'The queue has no ContentBasedDeduplication.');
  }
  if ((!fifo && once !== undefined) || (fifo && (entry.DelaySeconds ?? 0) !== 0)) {
    const parameter = fifo ? 'DelaySeconds' : 'MessageDeduplicationId';
    throw invalidValue(
      parameter,
      'The request include parameter that is not valid for this queue type.',
    );
  }
  const delaySeconds = entry.DelaySeconds ?? 0;
  return queue.send({ body, attributes: entry.MessageAttributes, delaySeconds, group, once });
}

const sent = (queue: MessageQueue, message: Message) => ({
  MessageId: message.id,
  MD5OfMessageBody: message.md5,
  ...(queue.settings.fifo && { SequenceNumber: message.sequence }),
});

const Batch = z.object({
  QueueUrl: Url,
  Entries: z.array(z.looseObject({ Id: z.string() })).default([]),
});

/** Each for itself: what one is refused for is named under its id, and the others are done. */
function each(
  ground: Ground,
  call: unknown,
  work: (queue: MessageQueue, entry: object) => object,
): object {
  const { QueueUrl, Entries } = parsed(Batch, call);
  const queue = ground.queueOf(QueueUrl);
  if (Entries.length === 0) throw new SqsError('EmptyBatchRequest', 'There are no entries.');
  if (Entries.length > 10) {
    throw new SqsError('TooManyEntriesInBatchRequest', 'There can be ten entries at most.');
  }
  if (Entries.some(({ Id }) => !/^[\w-]{1,80}$/.test(Id))) {
    throw new SqsError('InvalidBatchEntryId', 'An id is 1 to 80 letters, digits, - or _.');
  }
  if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length) {
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two entries have one id.');
  }
  const bytes = Entries.reduce(
    (sum, { MessageBody }) => sum + Buffer.byteLength(String(MessageBody ?? '')),
    0,
  );
  if (bytes > mostBytes) {
    throw new SqsError('BatchRequestTooLong', `The entries are more than ${mostBytes} bytes.`);
  }
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of Entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(queue, entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

const Receive = z.object({
  QueueUrl: Url,
  MaxNumberOfMessages: Count('MaxNumberOfMessages', 1, 10).default(1),
  VisibilityTimeout: Visibility.optional(),
  WaitTimeSeconds: Count('WaitTimeSeconds', 0, 20).default(0),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});

async function receive(ground: Ground, call: unknown): Promise<object> {
  const asked = parsed(Receive, call);
  const queue = ground.queueOf(asked.QueueUrl);
  const isShort = asked.WaitTimeSeconds === 0;
  if (isShort && queue.depth().ready > 0 && ground.findsNothing()) return {};
  const seconds = asked.VisibilityTimeout ?? queue.settings.visibilitySeconds;
  const messages = await queue.receive(
    asked.MaxNumberOfMessages,
    seconds * 1_000,
    asked.WaitTimeSeconds * 1_000,
    ground.gone,
  );
  if (messages.length === 0) return {};
  return { Messages: messages.map((message) => received(message, asked)) };
}

function received(message: Message, asked: z.infer<typeof Receive>): object {
  const { MessageSystemAttributeNames: wanted, MessageAttributeNames: own } = asked;
  const all = {
    SenderId: 'embedded',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.once !== undefined && {
      MessageDeduplicationId: message.once,
      SequenceNumber: message.sequence,
    }),
    ...(message.group !== undefined && { MessageGroupId: message.group }),
  };
  const given = Object.entries(all).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: message.md5,
    ...(given.length > 0 && { Attributes: Object.fromEntries(given) }),
    ...(own.includes('All') && { MessageAttributes: message.attributes }),
  };
}

const Receipt = z.object({ QueueUrl: Url, ReceiptHandle: z.string() });
const Hide = z.object({ QueueUrl: Url, ReceiptHandle: z.string(), VisibilityTimeout: Visibility });
const About = z.object({ QueueUrl: Url });

export const calls: Readonly<
  Record<string, (ground: Ground, call: unknown) => object | Promise<object>>
> = {
  SendMessage(ground, call) {
    const queue = ground.queueOf(parsed(About, call).QueueUrl);
    return sent(queue, send(queue, parsed(Entry, call)));
  },
  SendMessageBatch: (ground, call) =>
    each(ground, call, (queue, entry) => sent(queue, send(queue, parsed(Entry, entry)))),
  ReceiveMessage: receive,
  DeleteMessage(ground, call) {
    const { QueueUrl, ReceiptHandle } = parsed(Receipt, call);
    ground.queueOf(QueueUrl).delete(ReceiptHandle);
    return {};
  },
  DeleteMessageBatch: (ground, call) =>
    each(ground, call, (queue, entry) => {
      queue.delete(parsed(Receipt.omit({ QueueUrl: true }), entry).ReceiptHandle);
      return {};
    }),
  ChangeMessageVisibility(ground, call) {
    const { QueueUrl, ReceiptHandle, VisibilityTimeout } = parsed(Hide, call);
    ground.queueOf(QueueUrl).hide(ReceiptHandle, VisibilityTimeout);
    return {};
  },
  GetQueueAttributes(ground, call) {
    const { ready, inFlight, delayed } = ground.queueOf(parsed(About, call).QueueUrl).depth();
    return {
      Attributes: {
        ApproximateNumberOfMessages: String(ready),
        ApproximateNumberOfMessagesNotVisible: String(inFlight),
        ApproximateNumberOfMessagesDelayed: String(delayed),
      },
    };
  },
};

function parsed<T>(schema: z.ZodType<T>, call: unknown): T {
  const result = schema.safeParse(call);
  if (result.success) return result.data;
  const { path = [], message = '' } = result.error.issues[0] ?? {};
  const parameter = String(path[0] ?? '');
  const isAbsent = message.endsWith('received undefined');
  throw isAbsent ? missing(parameter) : invalidValue(parameter, message);
}
