/** When a function's queue is read, and how its messages are deleted. */
import {
  DeleteMessageBatchCommand,
  type DeleteMessageBatchResult,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startEventSource } from '../../local/aws/lambda/event-source.ts';
import { type Consumer, queue, startConsumer } from './fixtures/obeying-consumer.ts';
import { until } from './fixtures/until.ts';

vi.setConfig({ testTimeout: 30_000 });

let consumer: Consumer;

afterEach(() => consumer.close());

describe('A receive', () => {
  test.each([
    ['the queue’s', { maxConcurrency: 2 }, {}],
    ['the function’s', { maxConcurrency: 10 }, { maxProcesses: 2 }],
  ])('happens only when a place is free, within %s concurrency', async (_, wiring, options) => {
    const slow = queue({ batchSize: 1, visibilitySeconds: 30, ...wiring });
    consumer = await startConsumer({ send: slow }, options);
    const { url } = consumer.queueOf('send');
    const orders = [1, 2, 3, 4, 5, 6].map((name) => ({ name, sleepMs: 200 }));
    await consumer.send('send', orders);
    let most = 0;
    while (!(await consumer.isEmpty('send'))) {
      most = Math.max(most, (await consumer.depth(url)).inflight);
    }
    // Of each place one more at most, whose delete is still under way.
    expect(most).toBeGreaterThanOrEqual(2);
    expect(most).toBeLessThanOrEqual(4);
    expect(consumer.events).toHaveLength(6);
  });

  test('does not happen any more once the host closes; what was received is finished and deleted', async () => {
    const one = queue({ batchSize: 1, maxConcurrency: 1, visibilitySeconds: 30 });
    consumer = await startConsumer({ send: one });
    await consumer.send('send', [{ name: 'a', sleepMs: 200 }, { name: 'b' }]);
    await until(() => consumer.events.length === 1);
    await consumer.host.close();
    expect(consumer.seen()).toEqual([['a1']]);
    const { url } = consumer.queueOf('send');
    expect(await consumer.depth(url)).toEqual({ ready: 1, inflight: 0 });
  });
});

test('A delete that the queue refuses is tried again, and told when it stays refused', async () => {
  consumer = await startConsumer({ send: queue() }, { eventSources: undefined } as object);
  await consumer.send('send', [{ name: 'a' }, { name: 'b' }]);
  const deletes: (readonly string[])[] = [];
  const refusing = {
    send: async (command: object, ...rest: object[]) => {
      if (!(command instanceof DeleteMessageBatchCommand)) {
        return consumer.client.send(command as never, ...(rest as []));
      }
      const entries = command.input.Entries ?? [];
      await new Promise((resolve) => setTimeout(resolve, 20));
      deletes.push(entries.map(({ Id }) => Id ?? ''));
      const refused = entries.slice(-1).map(({ Id }) => ({ Id, SenderFault: false, Code: 'busy' }));
      return { Failed: refused } as DeleteMessageBatchResult;
    },
  };
  const told: string[] = [];
  const source = startEventSource({
    client: refusing as Pick<SQSClient, 'send'>,
    queue: consumer.queueOf('send'),
    reserve: async () => ({ run: expect.unreachable, release: () => undefined }),
    run: async () => ({ batchItemFailures: [] }),
    warn: (message) => void told.push(message),
  });
  await until(() => deletes.length > 0);
  source.stop();
  await source.stopped;
  expect(deletes).toEqual([['0', '1'], ['0'], ['0']]);
  expect(told).toEqual(['Handled messages could not be deleted and will come again']);
});
