/** The three queues. Messages are pointers; those of one lane of a destination form a group, and keep their order. */

import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueName } from '../contracts/wiring.ts';
import { PassingError } from '../domain/words/errors.ts';
import type { ChunkSend, Queue } from '../ports/queues.ts';
import { messageText } from '../stored.ts';

/** Asked for when a message is sent: a function knows only the queues it may send to. */
export type QueueUrls = Readonly<Record<QueueName, () => string>>;

/** Entries a batch holds at most, and tries at those the service did not take. */
const batch = 10;
const maxTries = 4;

export function createQueue(client: SQSClient, urls: QueueUrls): Queue {
  const send = async (url: string, message: object, delaySeconds = 0) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: messageText(message),
        ...(delaySeconds > 0 && { DelaySeconds: Math.min(900, Math.ceil(delaySeconds)) }),
      }),
    );
  };
  return {
    sendPlan: (message) => send(urls.plan(), message),
    sendClose: (message, delaySeconds) => send(urls.close(), message, delaySeconds),
    async sendChunks(chunks) {
      for (let at = 0; at < chunks.length; at += batch) {
        await sendBatch(client, urls.send(), chunks.slice(at, at + batch));
      }
    },
  };
}

async function sendBatch(
  client: SQSClient,
  url: string,
  chunks: readonly ChunkSend[],
): Promise<void> {
  let left = chunks.map(({ message, lane, once }, i) => ({
    Id: String(i),
    MessageBody: messageText(message),
    MessageGroupId: lane,
    MessageDeduplicationId: once ?? randomUUID(),
  }));
  for (let tries = 1; left.length > 0; tries++) {
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: url, Entries: left }),
    );
    const failed = new Set(Failed.map(({ Id }) => Id));
    left = left.filter(({ Id }) => failed.has(Id));
    if (left.length > 0 && tries === maxTries) {
      throw new PassingError(
        'queue-refused',
        `The send queue did not take ${left.length} messages.`,
      );
    }
  }
}
