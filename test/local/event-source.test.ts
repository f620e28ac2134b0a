/** The functions' queues, with the rules of Lambda's event source, over real HTTP to the embedded SQS. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteMessageBatchCommand,
  type DeleteMessageBatchResult,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import type { QueueWiring } from '../../shared/contracts/wiring.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { judgeBatch } from '../../local/aws/lambda/batch-result.ts';
import { startEventSource } from '../../local/aws/lambda/event-source.ts';
import { type LambdaHost, type LambdaHostOptions, startLambdaHost } from '../../local/aws/lambda-host.ts';
import { type RunningSqs, startSqs } from '../../local/aws/sqs.ts';
import { until } from './fixtures/until.ts';

interface Event {
  readonly Records: {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Record<string, string>;
  }[];
}

let sqs: RunningSqs<string>;
let host: LambdaHost;
let client: SQSClient;
/** Events as the function saw them, and other lines of its log. */
let events: Event[];
let lines: string[];
let time: number[];

const queue = (wiring: Partial<QueueWiring> = {}): QueueWiring => ({
  fifo: false,
  consumer: 'send-chunk',
  batchSize: 10,
  visibilitySeconds: 1,
  maxReceives: 3,
  maxConcurrency: 10,
  retentionDays: 1,
  ...wiring,
});

const start = async (
  queues: Record<string, QueueWiring>,
  options: Partial<LambdaHostOptions> = {},
) => {
  [events, lines, time] = [[], [], []];
  sqs = await startSqs({ queues });
  client = new SQSClient(clientConfig(sqs.endpoint));
  await startHost(options);
};

const startHost = async (options: Partial<LambdaHostOptions> = {}) => {
  host = await startLambdaHost({
    folder: mkdtempSync(join(tmpdir(), 'event-source-')),
    functions: {
      'send-chunk': {
        handlerFile: join(import.meta.dirname, 'fixtures', 'obey.ts'),
        timeoutSeconds: 0.4,
        memoryMb: 256,
        env: {},
      },
    },
    eventSources: { client: clientConfig(sqs.endpoint), queues: Object.values(sqs.queues) },
    log: {
      write: (_, line) => {
        if (!line.includes('"Records"')) return void lines.push(line);
        events.push(JSON.parse(line));
        time.push(Date.now());
      },
      close: () => undefined,
    },
    ...options,
  });
  // The time-out is short: the process has to be warm.
  await host.invoke('send-chunk', {});
};

afterEach(async () => {
  await host.close(0);
  client.destroy();
  await sqs.close();
});

/** One batch; with a group each, so that a FIFO queue gives them in one receive. */
const send = async (name: string, orders: readonly object[], group?: string) => {
  const { url, fifo } = sqs.queues[name] ?? expect.unreachable(`There is no queue ${name}.`);
  const entry = (order: object, index: number) => ({
    Id: String(index),
    MessageBody: JSON.stringify(order),
    ...(fifo
      ? { MessageGroupId: group ?? `g${index}`, MessageDeduplicationId: `${name}${index}` }
      : {}),
  });
  await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: orders.map(entry) }));
};

interface Depth {
  readonly ready: number;
  readonly inflight: number;
}

const depth = async (url: string): Promise<Depth> => {
  const name = url.slice(url.lastIndexOf('/') + 1);
  const answer = await fetch(`${sqs.endpoint}/_fauxqs/queues/${name}`);
  const { messages } = (await answer.json()) as { messages: Record<keyof Depth, unknown[]> };
  return { ready: messages.ready.length, inflight: messages.inflight.length };
};

const isEmpty = async (name: string) => {
  const { ready, inflight } = await depth(sqs.queues[name]?.url ?? '');
  return ready + inflight === 0;
};

/** Names of the messages of each event, with how often each was received. */
const seen = (names?: readonly string[]) =>
  events
    .map(({ Records }) =>
      Records.map(({ body, attributes }) => {
        const { name } = JSON.parse(body);
        return `${name}${attributes['ApproximateReceiveCount']}`;
      }),
    )
    .filter((batch) => names === undefined || batch.some((each) => names.includes(each)));

describe('A batch', () => {
  test('has the shape of Lambda’s SQS event', async () => {
    await start({ send: queue({ fifo: true }) });
    const { url, arn } = sqs.queues['send'] ?? expect.unreachable();
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: '{"name":"a"}',
        MessageGroupId: 'destination#0',
        MessageDeduplicationId: 'once',
        MessageAttributes: {
          colour: { DataType: 'String', StringValue: 'red' },
          bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2, 3) },
        },
      }),
    );
    await until(() => events.length === 1);
    expect(events[0]).toEqual({
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: '{"name":"a"}',
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
            colour: {
              stringValue: 'red',
              stringListValues: [],
              binaryListValues: [],
              dataType: 'String',
            },
            bytes: {
              binaryValue: 'AQID',
              stringListValues: [],
              binaryListValues: [],
              dataType: 'Binary',
            },
          },
          md5OfBody: '88148e411b9b424a2e0ddf108cb02baa',
          eventSource: 'aws:sqs',
          eventSourceARN: arn,
          awsRegion: 'us-east-1',
        },
      ],
    });
  });

  test('is deleted as a whole when the result names no failure', async () => {
    await start({ empty: queue(), nothing: queue(), bare: queue(), list: queue({ batchSize: 2 }) });
    await send('empty', [{ name: 'a' }, { name: 'b' }]);
    await send('nothing', [{ name: 'c', result: null }]);
    await send('bare', [{ name: 'd', result: {} }]);
    await send('list', [{ result: { batchItemFailures: null } }, {}, {}]);
    await until(async () => {
      const names = ['empty', 'nothing', 'bare', 'list'];
      return events.length >= 5 && (await Promise.all(names.map(isEmpty))).every(Boolean);
    });
    expect(events.map(({ Records }) => Records.length).toSorted()).toEqual([1, 1, 1, 2, 2]);
  });

  test('loses what was done; what failed comes back after the visibility time-out', async () => {
    await start({ send: queue() });
    await send('send', [{ name: 'a' }, { name: 'b', fail: true }, { name: 'c' }]);
    await until(() => events.length === 2);
    expect(seen()).toEqual([['a1', 'b1', 'c1'], ['b2']]);
    expect((time[1] ?? 0) - (time[0] ?? 0)).toBeGreaterThan(900);
  });

  test('comes back whole after an error, a time-out, a crash, or a result that says nothing clear', async () => {
    const results = [
      'done',
      7,
      [],
      { batchItemFailures: 'a' },
      { batchItemFailures: [{ itemIdentifier: '' }] },
      { batchItemFailures: [{ itemIdentifier: null }] },
      { batchItemFailures: [{ messageId: 'a' }] },
      { batchItemFailures: [{ itemIdentifier: 'nobody' }] },
    ];
    const orders: object[] = [
      { do: 'throw' },
      { do: 'hang' },
      { do: 'exit' },
      ...results.map((result) => ({ result })),
    ];
    const names = orders.map((_, index) => `q${index}-`);
    await start(Object.fromEntries(names.map((name) => [name, queue()])));
    await Promise.all(names.map((name, i) => send(name, [{ name, ...orders[i] }, { name }])));
    const again = names.map((name) => `${name}2`);
    await until(() => seen(again).length === names.length, 8_000);
    expect(seen(again).toSorted()).toEqual(again.map((name) => [name, name]).toSorted());
  });

  test('goes to the dead-letter queue after its last receive', async () => {
    await start({ send: queue({ maxReceives: 1 }) });
    await send('send', [{ name: 'a', do: 'throw' }]);
    const dead = sqs.queues['send']?.deadLetterUrl ?? '';
    await until(async () => (await depth(dead)).ready === 1);
    expect(seen()).toEqual([['a1']]);
  });

  test.each<[string, unknown, boolean, string[]]>([
    ['nothing', undefined, false, ['a', 'b', 'c']],
    ['no failure', { batchItemFailures: [] }, true, ['a', 'b', 'c']],
    ['one', { batchItemFailures: [{ itemIdentifier: 'b' }] }, false, ['a', 'c']],
    ['one of a FIFO queue', { batchItemFailures: [{ itemIdentifier: 'b' }] }, true, ['a']],
    ['a stranger', { batchItemFailures: [{ itemIdentifier: 'x' }] }, false, []],
    ['half of it', { batchItemFailures: [{ itemIdentifier: 'a' }, {}] }, false, []],
  ])('whose result names %s', (_, result, fifo, done) => {
    expect(judgeBatch(['a', 'b', 'c'], result, fifo).done).toEqual(done);
  });
});

describe('A FIFO queue', () => {
  test('takes whatever stands behind the first failure for failed too', async () => {
    await start({ send: queue({ fifo: true }) });
    await send('send', [{ name: 'a' }, { name: 'b', fail: true }, { name: 'c' }]);
    await until(() => seen().flat().includes('c2'));
    expect(seen().flat().toSorted()).toEqual(['a1', 'b1', 'b2', 'c1', 'c2']);
  });

  test('keeps the order of a group whatever fails, and other groups do not wait', async () => {
    await start({ send: queue({ fifo: true, batchSize: 1, maxReceives: 2 }) });
    await send('send', [{ name: 'a', do: 'throw' }, { name: 'b' }], 'one');
    const { url } = sqs.queues['send'] ?? expect.unreachable();
    const other = { MessageGroupId: 'two', MessageDeduplicationId: 'x' };
    await client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: '{"name":"x"}', ...other }),
    );
    await until(() => events.length === 4, 6_000);
    // Its second receive was its last: it goes to the dead letters, and the next of its group comes.
    expect(seen().flat()).toEqual(['a1', 'x1', 'a2', 'b1']);
  });
});

describe('A receive', () => {
  test.each([
    ['the queue’s', { maxConcurrency: 2 }, {}],
    ['the function’s', { maxConcurrency: 10 }, { maxProcesses: 2 }],
  ])('happens only when a slot is free, within %s concurrency', async (_, wiring, options) => {
    await start({ send: queue({ batchSize: 1, ...wiring }) }, options);
    const { url } = sqs.queues['send'] ?? expect.unreachable();
    await send('send', [...'abcdef'].map((name) => ({ name, sleepMs: 250 })));
    let most = 0;
    while (!(await isEmpty('send'))) most = Math.max(most, (await depth(url)).inflight);
    expect(most).toBe(2);
    // One that waited in hand for a slot would have come twice.
    expect(seen().flat().toSorted()).toEqual(['a1', 'b1', 'c1', 'd1', 'e1', 'f1']);
  });

  test('does not happen any more once the host closes; what was received is finished and deleted', async () => {
    await start({ send: queue({ batchSize: 1, maxConcurrency: 1 }) });
    await send('send', [{ name: 'a', sleepMs: 200 }, { name: 'b' }]);
    await until(() => events.length === 1);
    await host.close();
    expect(seen()).toEqual([['a1']]);
    expect(await depth(sqs.queues['send']?.url ?? '')).toEqual({ ready: 1, inflight: 0 });
  });
});

test('A delete that the queue refuses is tried again, and told when it stays refused', async () => {
  await start({ send: queue() });
  await host.close();
  await send('send', [{ name: 'a' }, { name: 'b' }]);
  const deletes: (readonly string[])[] = [];
  const refusing = {
    send: async (command: object, ...rest: object[]) => {
      if (!(command instanceof DeleteMessageBatchCommand)) {
        return client.send(command as never, ...(rest as []));
      }
      const entries = command.input.Entries ?? [];
      deletes.push(entries.map(({ Id }) => Id ?? ''));
      const refused = entries.slice(-1).map(({ Id }) => ({ Id, SenderFault: false, Code: 'busy' }));
      return { Failed: refused } as DeleteMessageBatchResult;
    },
  };
  const source = startEventSource({
    client: refusing as Pick<SQSClient, 'send'>,
    queue: sqs.queues['send'] ?? expect.unreachable(),
    reserve: async () => ({ run: expect.unreachable, release: () => undefined }),
    run: async () => ({ batchItemFailures: [] }),
    warn: (message) => void lines.push(message),
  });
  await until(() => lines.length > 0);
  source.stop();
  await source.stopped;
  expect(deletes).toEqual([['0', '1'], ['0'], ['0']]);
  expect(lines).toEqual(['Handled messages could not be deleted and will come again']);
});
