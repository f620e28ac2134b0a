/**
 * One SQS message to one use case. It is ours from the start for as long as this function may run: the queue's own
 * time-out is longer, for Lambda to try again where no function was free, and a crash should not cost that much.
 * What is settled is deleted by the event source; what is to come back gets
 * its wait as a visibility time-out; what failed comes back a little later each time.
 */

import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import { heldSeconds, type QueueName } from '../contracts/wiring.ts';
import { summarise } from '../domain/words/errors.ts';
import type { Progress, Turn } from '../flow/turn.ts';
import { jsonOf, readMessage } from '../stored.ts';
import { logger } from './logger.ts';
import { count, publishMetrics } from './metrics.ts';
import { stackOf } from './stack-of.ts';
import { sqs } from './stores.ts';

/**
 * A message that waits keeps its lane, also from the next run's: whoever cancels or mends something is not to wait for
 * it long. Each return is one of the receives a queue has, so that it is looked at less often the longer it waits:
 * 5 minutes of every 5 seconds, an hour of every 15, and with 1,000 receives days of every 10 minutes.
 */
const longestWaits = [
  { upTo: 60, seconds: 5 },
  { upTo: 300, seconds: 15 },
] as const;
const longestWaitSeconds = 600;

const mostSeconds = (receives: number): number =>
  longestWaits.find(({ upTo }) => receives <= upTo)?.seconds ?? longestWaitSeconds;

export type Step<T> = (message: T, turn: Turn) => Promise<Progress>;

export function queueHandler<T extends object>(
  schema: z.ZodType<T>,
  queue: { readonly name: QueueName; readonly url: () => string },
  step: Step<T>,
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  return async (event, context) => {
    const failed: string[] = [];
    try {
      for (const record of event.Records) {
        // After one failure the rest of a batch stays, so that a group keeps its order.
        const isSettled = failed.length === 0 && (await take(record, context));
        if (!isSettled) failed.push(record.messageId);
      }
    } finally {
      publishMetrics();
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

  async function take(record: SQSRecord, context: Context): Promise<boolean> {
    const startedAt = Date.now();
    // Beside the step: a message that could not be held is only away for longer after a crash.
    const held = hide(record, heldSeconds(queue.name)).catch(() => undefined);
    const receives = Number(record.attributes.ApproximateReceiveCount);
    logger.resetKeys();
    logger.appendKeys({ request: context.awsRequestId });
    try {
      const message = readMessage(schema, jsonOf(record.body, 'message'), 'message');
      logger.appendKeys({ ...message, request: context.awsRequestId });
      const turn: Turn = {
        id: context.awsRequestId,
        remainingMs: () => context.getRemainingTimeInMillis(),
      };
      const progress = await step(message, turn);
      await held;
      if (progress.done) {
        const milliseconds = Date.now() - startedAt;
        if (progress.accepted) logger.info('accepted', { ...progress.accepted, milliseconds });
        else logger.info('done', { milliseconds });
        return true;
      }
      logger.info('waiting', { milliseconds: progress.againInMs });
      const most = progress.isAlone ? longestWaitSeconds : mostSeconds(receives);
      await returnIn(record, Math.min(most, progress.againInMs / 1_000));
    } catch (error) {
      await held;
      const { code, message: detail } = summarise(error);
      logger.error('step failed', { code, detail, stack: stackOf(error), receives });
      count({ name: 'StepFailures', value: 1 });
      await returnIn(record, Math.min(300, 2 ** receives));
    }
    return false;
  }

  async function returnIn(record: SQSRecord, seconds: number): Promise<void> {
    await hide(record, Math.min(longestWaitSeconds, Math.ceil(seconds)));
  }

  async function hide(record: SQSRecord, VisibilityTimeout: number): Promise<void> {
    await sqs().send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queue.url(),
        ReceiptHandle: record.receiptHandle,
        VisibilityTimeout,
      }),
    );
  }
}
