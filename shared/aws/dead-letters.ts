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
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    return Messages.flatMap((message) => letterOf(queue, message) ?? []);
  };
  return {
    async take() {
      const letters: DeadLetter[] = [];
      for (const queue of deadLetterQueues) {
        for (let receives = 0; receives < maxReceives; receives++) {
          const received = await receive(queue);
          letters.push(...received);
          if (received.length === 0) break;
        }
      }
      return letters;
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
