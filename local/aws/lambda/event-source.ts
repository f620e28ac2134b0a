/**
 * The event source of one queue, with Lambda's semantics: it receives only when the consumer has a free place, gives the
 * function a batch, and deletes what the function did. After an error or a time-out it deletes nothing: the messages
 * come back when their visibility time-out has passed, and after `maxReceives` go to the dead-letter queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { readBatchResult } from './batch-result.ts';
import type { Reservation } from './pool.ts';
import { Received, sqsEvent } from './sqs-event.ts';

export interface EventSourceOptions {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queue: {
    readonly url: string;
    readonly arn: string;
    readonly fifo: boolean;
    /** 1 to 10 */
    readonly batchSize: number;
    readonly maxConcurrency: number;
  };
  /** A place in the consumer, as soon as one is free. */
  readonly reserve: () => Promise<Reservation>;
  /** Runs the consumer in that place. */
  readonly run: (place: Reservation, event: object) => Promise<unknown>;
  /** Something a person may want to know; `detail` holds no message bodies. */
  readonly warn: (message: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface EventSource {
  /** Receives no more; what was received goes on. */
  stop(): void;
  /** Resolves when, after `stop`, the last batch is through. */
  readonly stopped: Promise<void>;
}

const longPollSeconds = 20;
const pauseAfterErrorMs = 1_000;
const deleteTries = 3;

export function startEventSource(options: EventSourceOptions): EventSource {
  const stopping = new AbortController();
  return {
    stop: () => stopping.abort(),
    stopped: poll(options, stopping.signal),
  };
}

async function poll(options: EventSourceOptions, stopping: AbortSignal): Promise<void> {
  const batches = new Set<Promise<void>>();
  while (!stopping.aborted) {
    if (batches.size >= options.queue.maxConcurrency) {
      await Promise.race(batches);
      continue;
    }
    const place = await options.reserve().catch(() => undefined);
    if (place === undefined) break;
    const messages = await receive(options, stopping);
    if (messages.length === 0 || stopping.aborted) {
      place.release();
      continue;
    }
    const batch = handle(options, place, messages).finally(() => batches.delete(batch));
    batches.add(batch);
  }
  await Promise.all(batches);
}

/** Nothing where there is nothing, also after an error. */
async function receive(options: EventSourceOptions, stopping: AbortSignal): Promise<Received[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: options.queue.url,
    MaxNumberOfMessages: options.queue.batchSize,
    WaitTimeSeconds: longPollSeconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  try {
    const { Messages } = await options.client.send(command, { abortSignal: stopping });
    return Received.array().parse(Messages ?? []);
  } catch (error) {
    if (stopping.aborted) return [];
    options.warn('Could not receive from the queue; trying again', { error: nameOf(error) });
    await sleep(pauseAfterErrorMs, undefined, { signal: stopping }).catch(() => undefined);
    return [];
  }
}

/** Never rejects. */
async function handle(
  options: EventSourceOptions,
  place: Reservation,
  messages: readonly Received[],
): Promise<void> {
  const { queue, run, warn } = options;
  let result: unknown;
  try {
    result = await run(place, sqsEvent(messages, queue.arn));
  } catch {
    // The host has told of it; the messages come back by themselves.
    return;
  }
  const ids = messages.map(({ MessageId }) => MessageId);
  const { done, why } = readBatchResult(ids, result, queue.fifo);
  if (why !== undefined) warn(`All messages of the batch failed: ${why}`, { messages: ids });
  await deleteAll(
    options,
    messages.filter(({ MessageId }) => done.includes(MessageId)),
  );
}

/** What can't be deleted comes back and is handled again: the function has to bear that anyway. */
async function deleteAll(
  options: EventSourceOptions,
  messages: readonly Received[],
): Promise<void> {
  let left = messages;
  for (let tries = 0; tries < deleteTries && left.length > 0; tries++) {
    left = await deleteSome(options, left);
  }
  if (left.length === 0) return;
  const ids = left.map(({ MessageId }) => MessageId);
  options.warn('Handled messages could not be deleted and will come again', { messages: ids });
}

/** Returns those that are not deleted. */
async function deleteSome(
  options: EventSourceOptions,
  messages: readonly Received[],
): Promise<readonly Received[]> {
  const command = new DeleteMessageBatchCommand({
    QueueUrl: options.queue.url,
    Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
  });
  try {
    const { Failed } = await options.client.send(command);
    const failed = new Set(Failed?.map(({ Id }) => Id));
    return messages.filter((_, index) => failed.has(String(index)));
  } catch (error) {
    options.warn('Could not delete from the queue', { error: nameOf(error) });
    return messages;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
