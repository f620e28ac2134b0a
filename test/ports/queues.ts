/** The queues of the simulator, of one process, and the adapter over the embedded SQS, as a sender and its receivers see them. */

import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientConfig } from '../../local/aws/identity.ts';
import { LocalQueue } from '../../local/direct/queue.ts';
import { createDeadLetters } from '../../shared/aws/dead-letters.ts';
import { createQueue } from '../../shared/aws/queue.ts';
import type { ChunkMessage, RunMessage } from '../../shared/contracts/messages.ts';
import { heldSeconds, type QueueName, queueNames, queues } from '../../shared/contracts/wiring.ts';
import { again, done, type Progress } from '../../shared/flow/turn.ts';
import type { DeadLetters, Queue } from '../../shared/ports/queues.ts';
import { until } from '../local/fixtures/until.ts';
import { SimulatedQueues } from '../simulation/queue.ts';
import { Random } from '../simulation/random.ts';
import { World } from '../simulation/world.ts';
import { startQueues } from './services.ts';

export interface Delivery {
  readonly queue: QueueName;
  readonly body: RunMessage & Partial<ChunkMessage>;
  /** Milliseconds since the messages were sent. */
  readonly at: number;
}

/** What a receiver does with a message; `fail`: it throws; `die`: nothing more is heard of it. */
export type Ending = 'done' | 'fail' | 'die' | { readonly againInMs: number };
export type Receiver = (delivery: Delivery) => Promise<Ending> | Ending;

export interface QueueWorld {
  readonly queue: Queue;
  readonly visibilityMs: number;
  sleep(milliseconds: number): Promise<void>;
  /** Sends, and receives until there were that many deliveries, and none follows. */
  play(send: () => Promise<void>, count: number, receiver: Receiver): Promise<Delivery[]>;
  readonly deadLetters: DeadLetters;
  close(): Promise<void>;
}

/** Shorter than in production, so that a test can wait for them. */
export const maxReceives = 5;
const short = { visibilitySeconds: 2, maxReceives };

export async function simulated(): Promise<QueueWorld> {
  const world = new World(new Random(1));
  let receive: (queue: QueueName, body: Delivery['body']) => Promise<Ending>;
  const consumer = (name: QueueName) => async (_process: unknown, body: never) => {
    const ending = await receive(name, body);
    if (ending === 'fail') throw new Error('The receiver failed.');
    if (ending === 'die') return await new Promise<never>(() => {});
    if (ending === 'done') return { done: true as const };
    return { done: false as const, ...ending };
  };
  const queue = new SimulatedQueues(world, {
    plan: consumer('plan'),
    send: consumer('send'),
    close: consumer('close'),
  });
  queue.faults.maxReceives = maxReceives;
  return {
    queue,
    visibilityMs: heldSeconds('send') * 1_000,
    sleep: (milliseconds) => world.sleep(milliseconds),
    async play(send, _count, receiver) {
      const start = world.now();
      const deliveries: Delivery[] = [];
      receive = async (name, body) => {
        const delivery = { queue: name, body, at: world.now() - start };
        deliveries.push(delivery);
        return await receiver(delivery);
      };
      await send();
      await world.run();
      return deliveries;
    },
    deadLetters: queue.deadLetters,
    close: async () => {},
  };
}

/** Who would not be heard of is the process itself, and the queue with it: there is no receiver that dies. */
export async function inOneProcess(): Promise<QueueWorld> {
  const deliveries: Delivery[] = [];
  let start = 0;
  let receive: Receiver = () => 'done';
  const consumer = (name: QueueName) => ({
    turnMs: longestMs,
    step: async (body: Delivery['body']): Promise<Progress> => {
      const delivery = { queue: name, body, at: Date.now() - start };
      deliveries.push(delivery);
      const ending = await receive(delivery);
      if (ending === 'done') return done;
      if (typeof ending === 'string') throw new Error('The receiver failed.');
      return again(ending.againInMs);
    },
  });
  const queue = new LocalQueue(
    { plan: consumer('plan'), send: consumer('send'), close: consumer('close') },
    () => undefined,
    { most: () => maxReceives, pause: () => 0 },
  );
  return {
    queue,
    visibilityMs: Number.POSITIVE_INFINITY,
    sleep,
    async play(send, _count, receiver) {
      deliveries.length = 0;
      start = Date.now();
      receive = receiver;
      await send();
      await until(async () => queue.isIdle);
      return [...deliveries];
    },
    deadLetters: queue.deadLetters,
    close: () => queue.close(0),
  };
}

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const longestMs = 30_000;
/** In which a delivery too many would show. */
const graceMs = 400;
const receiversPerQueue = 4;

export async function onSqs(): Promise<QueueWorld> {
  const wiring = Object.fromEntries(
    queueNames.map((name) => [name, { ...queues[name], ...short }]),
  ) as Record<QueueName, (typeof queues)[QueueName]>;
  const sqs = await startQueues({ queues: wiring });
  const client = new SQSClient(clientConfig(sqs.endpoint));
  const urlOf = (name: QueueName) => sqs.queues[name].url;
  return {
    queue: createQueue(client, {
      plan: () => urlOf('plan'),
      send: () => urlOf('send'),
      close: () => urlOf('close'),
    }),
    visibilityMs: short.visibilitySeconds * 1_000,
    sleep,
    async play(send, count, receiver) {
      const start = Date.now();
      const deliveries: Delivery[] = [];
      let end = start + longestMs;
      await send();
      const take = async (queue: QueueName, message: Message) => {
        const delivery = {
          queue,
          body: withoutFormat(JSON.parse(message.Body ?? '')),
          at: Date.now() - start,
        };
        deliveries.push(delivery);
        if (deliveries.length === count) end = Date.now() + graceMs;
        await settle(client, urlOf(queue), message, await receiver(delivery));
        if (deliveries.length >= count) end = Date.now() + graceMs;
      };
      const work = async (queue: QueueName) => {
        while (Date.now() < end) {
          const { Messages = [] } = await client.send(
            new ReceiveMessageCommand({ QueueUrl: urlOf(queue), MaxNumberOfMessages: 1 }),
          );
          for (const message of Messages) await take(queue, message);
          if (Messages.length === 0) await sleep(20);
        }
      };
      const workers = queueNames.flatMap((name) => Array(receiversPerQueue).fill(name));
      await Promise.all(workers.map(work));
      return deliveries;
    },
    deadLetters: createDeadLetters(client, {
      start: () => sqs.startDeadLettersUrl,
      plan: () => sqs.queues.plan.deadLetterUrl,
      send: () => sqs.queues.send.deadLetterUrl,
      close: () => sqs.queues.close.deadLetterUrl,
    }),
    async close() {
      client.destroy();
      await sqs.close();
    },
  };
}

/** As the handler of a queue does it. */
async function settle(client: SQSClient, QueueUrl: string, message: Message, ending: Ending) {
  const { ReceiptHandle } = message;
  if (ending === 'die') return;
  if (ending === 'done') {
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return;
  }
  const VisibilityTimeout = ending === 'fail' ? 0 : Math.ceil(ending.againInMs / 1_000);
  await client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
  );
}

/** What was handed over, without the number that the queue gives it. */
export function withoutFormat({ format: _, ...message }: { readonly format?: number }): never {
  return message as never;
}
