/** The rules of SQS. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { type Place, type Rule, refusedEntry } from '../rule.ts';

const reference = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference';
const sending = `${reference}/API_SendMessage.html`;
const batches = `${reference}/API_SendMessageBatch.html`;
const receiving = `${reference}/API_ReceiveMessage.html`;
const hiding = `${reference}/API_ChangeMessageVisibility.html`;
const quotas =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html';

let unlike = 0;
const once = () => `once-${++unlike}`;

const standard = (input: Partial<SendMessageCommandInput>) => (place: Place) =>
  place.sqs.send(
    new SendMessageCommand({ QueueUrl: place.standardQueue, MessageBody: 'x', ...input }),
  );
const fifo = (input: Partial<SendMessageCommandInput>) => (place: Place) =>
  place.sqs.send(
    new SendMessageCommand({
      QueueUrl: place.fifoQueue,
      MessageBody: 'x',
      MessageGroupId: 'g',
      MessageDeduplicationId: once(),
      ...input,
    }),
  );
const batch =
  (entries: readonly Partial<SendMessageBatchRequestEntry>[]) => async (place: Place) => {
    const Entries = entries.map((entry, i) => ({ Id: String(i), MessageBody: 'x', ...entry }));
    const { Failed } = await place.sqs.send(
      new SendMessageBatchCommand({ QueueUrl: place.standardQueue, Entries }),
    );
    refusedEntry(Failed);
  };
const receive = (input: Partial<ReceiveMessageCommandInput>) => (place: Place) =>
  place.sqs.send(new ReceiveMessageCommand({ QueueUrl: place.standardQueue, ...input }));

/** A message of the queue, sent and received. */
async function received(place: Place, QueueUrl: string, VisibilityTimeout: number) {
  await (QueueUrl === place.fifoQueue ? fifo({ MessageGroupId: once() }) : standard({}))(place);
  const { Messages = [] } = await place.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout, WaitTimeSeconds: 5 }),
  );
  return { QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle };
}
/** Deletes a message with a receipt whose time is over. */
const deleteLate = async (place: Place, queue: string) => {
  const message = await received(place, queue, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await place.sqs.send(new DeleteMessageCommand(message));
};

const rows: readonly Omit<Rule, 'service'>[] = [
  {
    what: 'an empty message',
    send: standard({ MessageBody: '' }),
    error: 'MissingParameter',
    source: sending,
  },
  {
    what: 'a message with a character that XML has not',
    send: standard({ MessageBody: 'a\u0001' }),
    error: 'InvalidMessageContents',
    source: sending,
  },
  {
    what: 'a message of more than 1 MiB',
    send: standard({ MessageBody: 'x'.repeat(1_048_577) }),
    error: 'InvalidParameterValue',
    source: quotas,
  },
  {
    what: 'a delay of 901 seconds',
    send: standard({ DelaySeconds: 901 }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a delay of less than nothing',
    send: standard({ DelaySeconds: -1 }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a delay of half a second',
    send: standard({ DelaySeconds: 0.5 }),
    error: 'any',
    source: sending,
  },
  {
    what: 'a deduplication id on a standard queue',
    send: standard({ MessageDeduplicationId: 'x' }),
    error: 'InvalidParameterValue',
    source: 'https://github.com/cdklabs/construct-hub/issues/905',
  },
  {
    what: 'a message to no queue',
    send: standard({ QueueUrl: 'http://localhost/000000000000/nowhere' }),
    error: 'QueueDoesNotExist',
    source: sending,
  },
  {
    what: 'a message of no group to a FIFO queue',
    send: fifo({ MessageGroupId: undefined }),
    error: 'MissingParameter',
    source: sending,
  },
  {
    what: 'a message without a deduplication id to a FIFO queue',
    send: fifo({ MessageDeduplicationId: undefined }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a delay on a FIFO queue',
    send: fifo({ DelaySeconds: 5 }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a group of 129 characters',
    send: fifo({ MessageGroupId: 'g'.repeat(129) }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a group of 128 characters',
    send: fifo({ MessageGroupId: 'g'.repeat(128) }),
    error: 'none',
    source: sending,
  },
  {
    what: 'a group with a blank',
    send: fifo({ MessageGroupId: 'a b' }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a group with a letter that is not ASCII',
    send: fifo({ MessageGroupId: 'é' }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  {
    what: 'a deduplication id of 129 characters',
    send: fifo({ MessageDeduplicationId: 'd'.repeat(129) }),
    error: 'InvalidParameterValue',
    source: sending,
  },
  { what: 'a batch of none', send: batch([]), error: 'EmptyBatchRequest', source: batches },
  {
    what: 'a batch of eleven',
    send: batch(Array.from({ length: 11 }, () => ({}))),
    error: 'TooManyEntriesInBatchRequest',
    source: batches,
  },
  {
    what: 'a batch with one id twice',
    send: batch([{ Id: 'a' }, { Id: 'a' }]),
    error: 'BatchEntryIdsNotDistinct',
    source: batches,
  },
  {
    what: 'a batch with an id that has a dot',
    send: batch([{ Id: 'a.b' }]),
    error: 'InvalidBatchEntryId',
    source: batches,
  },
  {
    what: 'a batch with an id of 81 characters',
    send: batch([{ Id: 'a'.repeat(81) }]),
    error: 'InvalidBatchEntryId',
    source: batches,
  },
  {
    what: 'a batch of more than 1 MiB in all',
    send: batch(Array.from({ length: 3 }, () => ({ MessageBody: 'x'.repeat(400_000) }))),
    error: 'BatchRequestTooLong',
    source: batches,
  },
  {
    what: 'a batch in which one delay is too long, that one alone',
    send: batch([{}, { DelaySeconds: 901 }]),
    error: 'InvalidParameterValue',
    source: batches,
  },
  {
    what: 'eleven messages in one receive',
    send: receive({ MaxNumberOfMessages: 11 }),
    error: 'InvalidParameterValue',
    source: receiving,
  },
  {
    what: 'no message in one receive',
    send: receive({ MaxNumberOfMessages: 0 }),
    error: 'InvalidParameterValue',
    source: receiving,
  },
  {
    what: 'a wait of 21 seconds',
    send: receive({ WaitTimeSeconds: 21 }),
    error: 'InvalidParameterValue',
    source: receiving,
  },
  {
    what: 'a visibility time-out of more than 12 hours',
    send: receive({ VisibilityTimeout: 43_201 }),
    error: 'InvalidParameterValue',
    source: quotas,
  },
  {
    what: 'a made-up receipt to delete by',
    send: (at) =>
      at.sqs.send(
        new DeleteMessageCommand({ QueueUrl: at.standardQueue, ReceiptHandle: 'made-up' }),
      ),
    error: 'ReceiptHandleIsInvalid',
    source: `${reference}/API_DeleteMessage.html`,
  },
  {
    what: 'a made-up receipt to delete by, on a FIFO queue',
    send: (at) =>
      at.sqs.send(new DeleteMessageCommand({ QueueUrl: at.fifoQueue, ReceiptHandle: 'made-up' })),
    error: 'ReceiptHandleIsInvalid',
    source: `${reference}/API_DeleteMessage.html`,
  },
  {
    what: 'to delete by a receipt whose time is over, on a FIFO queue',
    send: (at) => deleteLate(at, at.fifoQueue),
    error: 'InvalidParameterValue',
    source: 'https://github.com/aws/aws-sdk-js/issues/1279',
  },
  {
    what: 'to delete by a receipt whose time is over, on a standard queue',
    send: (at) => deleteLate(at, at.standardQueue),
    error: 'none',
    source: 'https://github.com/localstack/localstack/pull/12442',
  },
  {
    what: 'to hide a message for 12 hours and a second',
    send: async (at) =>
      at.sqs.send(
        new ChangeMessageVisibilityCommand({
          ...(await received(at, at.fifoQueue, 30)),
          VisibilityTimeout: 43_201,
        }),
      ),
    error: 'InvalidParameterValue',
    source: hiding,
  },
  {
    what: 'to hide a message that was deleted',
    send: async (at) => {
      const message = await received(at, at.fifoQueue, 30);
      await at.sqs.send(new DeleteMessageCommand(message));
      await at.sqs.send(new ChangeMessageVisibilityCommand({ ...message, VisibilityTimeout: 5 }));
    },
    error: 'any',
    source: 'https://github.com/mapbox/ecs-watchbot/issues/135',
  },
];

export const sqsRules: readonly Rule[] = rows.map((row) => ({ service: 'sqs', ...row }));
