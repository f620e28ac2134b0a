/** The dead-letter queues: what failed on every try, until it is settled. */

import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type DeadLetterQueue, deadLetterQueues } from '../contracts/messages.ts';
import type { DeadLetter, DeadLetters } from '../ports/queues.ts';

/** Receives of one queue at a time, of up to ten messages each: the rest is for the next sweep. */
const maxReceives = 5;
/** A receive that does not wait asks some of the servers only, and may find nothing where there is something. */
const waitSeconds = 1;
/** Longer than a sweep: what it leaves comes back to the next one. */
const visibilitySeconds = 240;

export function createDeadLetters(
  client: SQSClient,
  urls: Readonly<Record<DeadLetterQueue, () => string>>,
): DeadLetters {
  const receive = async (queue: DeadLetterQueue): Promise<DeadLetter[]> => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urls[queue](),
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    return Messages.flatMap((message) => letterOf(queue, message) ?? []);
  };
  const takeOf = async (queue: DeadLetterQueue): Promise<DeadLetter[]> => {
    const letters: DeadLetter[] = [];
    for (let receives = 0; receives < maxReceives; receives++) {
      const received = await receive(queue);
      letters.push(...received);
      if (received.length === 0) break;
    }
    return letters;
  };
  return {
    async take() {
      return (await Promise.all(deadLetterQueues.map(takeOf))).flat();
    },
    async done({ queue, receipt }) {
      await client.send(
        new DeleteMessageCommand({ QueueUrl: urls[queue](), ReceiptHandle: receipt }),
      );
    },
  };
}

function letterOf(
  queue: DeadLetterQueue,
  { MessageId, ReceiptHandle, Body = '', Attributes }: Message,
): DeadLetter | undefined {
  if (MessageId === undefined || ReceiptHandle === undefined) return undefined;
  const sentAt = Number(Attributes?.SentTimestamp ?? 0);
  return { queue, id: MessageId, receipt: ReceiptHandle, sentAt, body: Body };
}
