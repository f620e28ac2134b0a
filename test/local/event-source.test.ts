/** What becomes of a function's messages: the rules of Lambda's event source, over real HTTP to the embedded SQS. */
import { createHash } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Consumer, queue, startConsumer } from './fixtures/obeying-consumer.ts';
import { until } from './fixtures/until.ts';

vi.setConfig({ testTimeout: 30_000 });

let consumer: Consumer;

afterEach(() => consumer.close());

describe('A batch', () => {
  test('has the shape of Lambda’s SQS event', async () => {
    consumer = await startConsumer({ send: queue({ fifo: true }) });
    const { url, arn } = consumer.queueOf('send');
    const body = '{"name":"a"}';
    await consumer.client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: body,
        MessageGroupId: 'destination#0',
        MessageDeduplicationId: 'once',
        MessageAttributes: {
          colour: { DataType: 'String', StringValue: 'red' },
          bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2, 3) },
        },
      }),
    );
    await until(() => consumer.events.length === 1);
    const lists = { stringListValues: [], binaryListValues: [] };
    expect(consumer.events[0]).toEqual({
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body,
          attributes: {
            ApproximateReceiveCount: '1',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
            SequenceNumber: expect.any(String),
            MessageGroupId: 'destination#0',
            MessageDeduplicationId: 'once',
          },
          messageAttributes: {
            colour: { stringValue: 'red', dataType: 'String', ...lists },
            bytes: { binaryValue: 'AQID', dataType: 'Binary', ...lists },
          },
          md5OfBody: createHash('md5').update(body).digest('hex'),
          eventSource: 'aws:sqs',
          eventSourceARN: arn,
          awsRegion: 'us-east-1',
        },
      ],
    });
  });

  test('is deleted as a whole when the result names no failure', async () => {
    const names = ['empty', 'nothing', 'bare', 'list'];
    const two = queue({ batchSize: 2 });
    consumer = await startConsumer(Object.fromEntries(names.map((name) => [name, two])));
    await consumer.send('empty', [{ name: 'a' }, { name: 'b' }]);
    await consumer.send('nothing', [{ name: 'c', result: null }]);
    await consumer.send('bare', [{ name: 'd', result: {} }]);
    await consumer.send('list', [{ result: { batchItemFailures: null } }, {}, {}]);
    await until(async () => {
      const empty = await Promise.all(names.map(consumer.isEmpty));
      return consumer.events.length === 5 && empty.every(Boolean);
    });
    const sizes = consumer.events.map(({ Records }) => Records.length);
    expect(sizes.toSorted()).toEqual([1, 1, 1, 2, 2]);
  });

  test('loses what was done; what failed comes back after the visibility time-out', async () => {
    consumer = await startConsumer({ send: queue() });
    await consumer.send('send', [{ name: 'a' }, { name: 'b', fail: true }, { name: 'c' }]);
    await until(() => consumer.events.length === 2);
    expect(consumer.seen()).toEqual([['a1', 'b1', 'c1'], ['b2']]);
    const received = consumer.events[0]?.Records[0]?.attributes['ApproximateFirstReceiveTimestamp'];
    expect(Number(consumer.times[1]) - Number(received)).toBeGreaterThanOrEqual(1_000);
  });

  test('comes back whole after an error, a time-out, a crash, or a result that says nothing clear', async () => {
    const orders: Record<string, object> = {
      error: { do: 'throw' },
      timeout: { do: 'hang' },
      crash: { do: 'exit' },
      shape: { result: [] },
      empty: { result: { batchItemFailures: [{ itemIdentifier: '' }] } },
      unknown: { result: { batchItemFailures: [{ itemIdentifier: 'nobody' }] } },
    };
    const names = Object.keys(orders);
    consumer = await startConsumer(Object.fromEntries(names.map((name) => [name, queue()])));
    for (const name of names) await consumer.send(name, [{ name, ...orders[name] }, { name }]);
    const whole = (name: string) =>
      consumer.seen().filter(([a, b]) => a?.startsWith(name) && b?.startsWith(name));
    await until(() => names.every((name) => whole(name).length >= 2));
  });

  test('goes to the dead-letter queue after its last receive', async () => {
    consumer = await startConsumer({ send: queue({ maxReceives: 1 }) });
    await consumer.send('send', [{ name: 'a', do: 'throw' }]);
    const { deadLetterUrl } = consumer.queueOf('send');
    await until(async () => (await consumer.depth(deadLetterUrl)).ready === 1);
    expect(consumer.seen()).toEqual([['a1']]);
  });
});

describe('A FIFO queue', () => {
  test('takes whatever stands behind the first failure for failed too', async () => {
    consumer = await startConsumer({ send: queue({ fifo: true }) });
    await consumer.send('send', [{ name: 'a' }, { name: 'b', fail: true }, { name: 'c' }]);
    await until(() => consumer.seen().flat().includes('c2'));
    expect(consumer.seen().flat().toSorted()).toEqual(['a1', 'b1', 'b2', 'c1', 'c2']);
  });

  test('keeps the order of a group whatever fails, and other groups do not wait', async () => {
    const wiring = queue({ fifo: true, batchSize: 1, maxReceives: 2 });
    consumer = await startConsumer({ send: wiring });
    await consumer.send('send', [{ name: 'a', do: 'throw' }, { name: 'b' }], 'one');
    await consumer.client.send(
      new SendMessageCommand({
        QueueUrl: consumer.queueOf('send').url,
        MessageBody: '{"name":"x"}',
        MessageGroupId: 'two',
        MessageDeduplicationId: 'x',
      }),
    );
    await until(() => consumer.events.length === 4);
    // Its second receive was its last: it goes to the dead letters, and the next of its group comes.
    expect(consumer.seen().flat().toSorted()).toEqual(['a1', 'a2', 'b1', 'x1']);
    expect(consumer.seen().flat().slice(2)).toEqual(['a2', 'b1']);
  });
});
