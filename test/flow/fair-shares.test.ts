/** Two destinations on real sockets: one that does not answer, or asks to wait, takes no other's turn. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { buckets } from '../../local/aws/function-wiring.ts';
import type { LocalSystem } from '../../local/system.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { fairLanes } from '../../shared/domain/run/run.ts';
import { isDeep } from '../depth.ts';
import { startDirectWorld, startWorld } from './world.ts';

/** Senders of the embedded functions, and lanes of the slow destination. */
const senders = 4;
const lanes = 20;

async function serve(answer: (response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, [Symbol.asyncDispose]: close };
}

async function saved(mirror: LocalSystem, id: string, url: string, members: number) {
  const action = { path: '/m', batchSize: 1, body: '{"ids": [$$.records.ID]}' };
  const destination = DestinationInput.parse({
    id: `to-${id}`,
    name: `To ${id}`,
    baseUrl: url,
    concurrency: id === 'slow' ? lanes : 2,
    timeoutSeconds: 100,
    actions: { insert: action, update: 'insert' },
  });
  const sync = SyncInput.parse({
    id,
    name: id,
    destination: `to-${id}`,
    audience: { id, name: id },
    source: {
      bucket: buckets.snapshots,
      prefix: `exports/${id}/`,
      completeness: { by: 'settled', settledSeconds: 0 },
    },
    key: ['id'],
    mappings: { ID: { column: 'id' } },
  });
  await mirror.save(destination, sync);
  const lines = Array.from({ length: members }, (_, at) => `{"id": "u${at}"}\n`).join('');
  await mirror.export(`exports/${id}/`, new Map([['rows.ndjson', Buffer.from(lines)]]));
}

const grounds = [
  ['in one process', startDirectWorld],
  ...(isDeep ? ([['by few functions', () => startWorld({ maxProcesses: senders })]] as const) : []),
] as const;

test.each(grounds)(
  'a destination of many lanes that answers nobody keeps no other from ending: %s',
  async (_, start) => {
    const held: ServerResponse[] = [];
    let isOver = false;
    await using slow = await serve((response) => {
      if (isOver) response.end('{}');
      else held.push(response);
    });
    await using quick = await serve((response) => response.end('{}'));
    const { mirror, close } = await start();
    try {
      await saved(mirror, 'slow', slow.url, 2_000);
      await saved(mirror, 'quick', quick.url, 20);
      const long = await mirror.start('slow');
      await expect.poll(() => held.length, { timeout: 50_000 }).toBeGreaterThan(1);
      const short = await mirror.start('quick');
      const run = await mirror.follow('quick', short ?? '');
      expect(run).toMatchObject({ phase: 'closed', status: 'succeeded' });
      // All that it asked of the slow one is unanswered still.
      expect((await mirror.runs.getRun('slow', long ?? ''))?.phase).toBe('upserting');
      expect(held.length).toBeLessThanOrEqual(lanes);
    } finally {
      isOver = true;
      for (const response of held) response.end('{}');
      await close();
    }
  },
  120_000,
);

test.each(grounds)(
  'a destination that asks to wait holds nobody who sends: %s',
  async (_, start) => {
    let asked = 0;
    await using slow = await serve((response) => {
      asked += 1;
      response.writeHead(429, { 'retry-after': '600' }).end();
    });
    await using quick = await serve((response) => response.end('{}'));
    const { mirror, close } = await start();
    try {
      await saved(mirror, 'slow', slow.url, 2_000);
      await saved(mirror, 'quick', quick.url, 20);
      await mirror.start('slow');
      await expect.poll(() => asked, { timeout: 50_000 }).toBeGreaterThan(1);
      const run = await mirror.follow('quick', (await mirror.start('quick')) ?? '');
      expect(run).toMatchObject({ phase: 'closed', status: 'succeeded' });
    } finally {
      await close();
    }
  },
  120_000,
);

test('no destination gets all that sends at once, but where that is one', () => {
  for (let all = 2; all <= 1_000; all++) expect(fairLanes(50, all)).toBeLessThan(all);
  expect(fairLanes(20, 4)).toBe(3);
  expect(fairLanes(2, 16)).toBe(2);
  expect(fairLanes(50, 1)).toBe(1);
  expect(fairLanes(50)).toBe(50);
});
