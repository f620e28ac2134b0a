/** One suite over the queues of the simulator, those of one process and the adapter over the embedded SQS: all keep the same promises. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChunkSend } from '../../shared/ports/queues.ts';
import {
  type Delivery,
  inOneProcess,
  maxReceives,
  onSqs,
  type QueueWorld,
  simulated,
  withoutFormat,
} from './queues.ts';

const run = { sync: 's', run: 'run1', epoch: 3 };
const chunk = (number: number, lane = 'to_0', once?: string): ChunkSend => ({
  message: { ...run, attempt: 'p1', phase: 'deleting', chunk: number },
  lane,
  once,
});
const chunksOf = (deliveries: readonly Delivery[]) => deliveries.map(({ body }) => body.chunk);
const done = () => 'done' as const;

describe.each([
  { name: 'of the simulator', make: simulated },
  { name: 'of one process', make: inOneProcess },
  { name: 'on SQS', make: onSqs },
])('the queues $name', ({ name, make }) => {
  let world: QueueWorld;
  beforeEach(async () => {
    world = await make();
  });
  afterEach(() => world.close());

  const sendChunks = (chunks: readonly ChunkSend[]) => () => world.queue.sendChunks(chunks);

  test('hand each message to its queue, once, as it was sent', async () => {
    const send = async () => {
      await world.queue.sendPlan(run);
      await world.queue.sendClose({ ...run, run: 'run2' });
      await world.queue.sendChunks([chunk(7)]);
      await world.queue.sendChunks([]);
    };
    const deliveries = await world.play(send, 3, done);
    const taken = deliveries.map(({ queue, body }) => ({ queue, body }));
    expect(taken).toHaveLength(3);
    expect(taken).toEqual(
      expect.arrayContaining([
        { queue: 'plan', body: run },
        { queue: 'close', body: { ...run, run: 'run2' } },
        { queue: 'send', body: chunk(7).message },
      ]),
    );
  });

  test('hand on the messages of a lane in order, one at a time, and lanes side by side', async () => {
    const lanes = ['to_0', 'to_1', 'to_2'];
    const chunks = Array.from({ length: 25 }, (_, i) => chunk(i, lanes[i % 3]));
    const held = new Map<number, number>();
    let most = 0;
    const deliveries = await world.play(sendChunks(chunks), 25, async ({ body }) => {
      const lane = (body.chunk ?? 0) % 3;
      held.set(lane, (held.get(lane) ?? 0) + 1);
      expect(held.get(lane)).toBe(1);
      most = Math.max(most, [...held.values()].filter((count) => count > 0).length);
      await world.sleep(50);
      held.set(lane, 0);
      return done();
    });
    expect(deliveries).toHaveLength(25);
    for (const lane of lanes.keys()) {
      const own = chunksOf(deliveries).filter((number) => (number ?? 0) % 3 === lane);
      expect(own).toEqual([...own].sort((a, b) => (a ?? 0) - (b ?? 0)));
    }
    expect(most).toBeGreaterThan(1);
  });

  test('take a message with the same `once` for the same', async () => {
    const send = async () => {
      await world.queue.sendChunks([chunk(1, 'a', 'first'), chunk(1, 'a', 'first')]);
      await world.queue.sendChunks([chunk(1, 'a', 'first'), chunk(1, 'a', 'next')]);
      await world.queue.sendChunks([chunk(2, 'a'), chunk(2, 'a')]);
    };
    const deliveries = await world.play(send, 4, done);
    expect(chunksOf(deliveries)).toEqual([1, 1, 2, 2]);
  });

  test('bring a message back when it was told to, and its lane waits', async () => {
    let tries = 0;
    const chunks = [chunk(0, 'a'), chunk(1, 'a'), chunk(2, 'b')];
    const deliveries = await world.play(sendChunks(chunks), 4, ({ body }) =>
      body.chunk === 0 && ++tries === 1 ? { againInMs: 1_000 } : 'done',
    );
    expect(chunksOf(deliveries.filter(({ body }) => body.chunk !== 2))).toEqual([0, 0, 1]);
    const [first, second] = deliveries.filter(({ body }) => body.chunk === 0);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
    const other = deliveries.find(({ body }) => body.chunk === 2);
    expect(other?.at).toBeLessThan(second?.at ?? 0);
  });

  // In one process a receiver that is not heard of is the queue itself.
  const mortal = name === 'of one process' ? [] : ['its receiver'];
  test.each(mortal)(
    'bring a message back when %s is not heard of, and its lane waits',
    async () => {
      let tries = 0;
      const chunks = [chunk(0, 'a'), chunk(1, 'a')];
      const deliveries = await world.play(sendChunks(chunks), 3, ({ body }) =>
        body.chunk === 0 && ++tries === 1 ? 'die' : 'done',
      );
      expect(chunksOf(deliveries)).toEqual([0, 0, 1]);
      const [first, second] = deliveries;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(world.visibilityMs - 200);
    },
  );

  test('keep a message back for as long as its sender says', async () => {
    const send = async () => {
      await world.queue.sendClose(run, 2);
      await world.queue.sendClose({ ...run, run: 'run2' });
    };
    const deliveries = await world.play(send, 2, done);
    expect(deliveries.map(({ body }) => body.run)).toEqual(['run2', 'run1']);
    expect(deliveries[1]?.at).toBeGreaterThan(1_900);
  });

  test('lay a message aside whose receiver failed too often, until it is settled', async () => {
    const send = async () => {
      await world.queue.sendPlan(run);
      await world.queue.sendChunks([chunk(4)]);
    };
    const deliveries = await world.play(send, 2 * maxReceives, () => 'fail');
    expect(deliveries).toHaveLength(2 * maxReceives);
    const letters = await world.deadLetters.take();
    const found = letters.map(({ queue, body }) => ({
      queue,
      body: withoutFormat(JSON.parse(body)),
    }));
    expect(found).toEqual([
      { queue: 'plan', body: run },
      { queue: 'send', body: chunk(4).message },
    ]);
    expect(new Set(letters.map(({ id }) => id)).size).toBe(2);
    for (const letter of letters) await world.deadLetters.done(letter);
    expect(await world.deadLetters.take()).toEqual([]);
  });

  // In one process nobody else takes a message that waits: only what failed counts.
  test.each(mortal)('count a wait of %s as a receive', async () => {
    const send = () => world.queue.sendPlan(run);
    const deliveries = await world.play(send, maxReceives, () => ({ againInMs: 0 }));
    expect(deliveries).toHaveLength(maxReceives);
    expect(await world.deadLetters.take()).toHaveLength(1);
  });
});
