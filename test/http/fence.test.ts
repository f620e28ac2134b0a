/** `notAfter`: the fence against a sender that outlived its turn. */
import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { listen, makeSender, ok, post } from './support.ts';

function manualClock() {
  const clock = { time: 1_000, now: () => clock.time };
  return clock;
}

test('a request may be sent at its last instant, and not one millisecond later', async () => {
  const clock = manualClock();
  const peer = await listen((socket) => socket.write(ok()));
  const sender = makeSender({ clock });

  expect(await sender.send(post(peer.url, { notAfter: 1_000 }))).toMatchObject({ kind: 'answer' });
  expect(await sender.send(post(peer.url, { notAfter: 999 }))).toMatchObject({
    kind: 'refused',
    code: 'too-late',
  });
  expect(peer.requests).toHaveLength(1);
});

test('a request that is too late from the start opens no connection', async () => {
  const clock = manualClock();
  const peer = await listen((socket) => socket.write(ok()));
  await makeSender({ clock }).send(post(peer.url, { notAfter: 999 }));
  expect(peer.connections).toBe(0);
});

test('the fence is looked at after the wait for the connection', async () => {
  const clock = manualClock();
  const peer = await listen((socket) => socket.write(ok()));
  const lookup = async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    clock.time = 2_001;
    return ['127.0.0.1'];
  };
  const sender = makeSender({ clock, network: { lookup } });

  const answer = await sender.send(post(`http://localhost:${peer.port}/`, { notAfter: 2_000 }));
  expect(answer).toMatchObject({ kind: 'refused', code: 'too-late' });
  expect(peer.connections).toBe(1);
  expect(peer.requests).toEqual([]);

  // The connection that came too late for one request serves the next.
  const next = await sender.send(post(`http://localhost:${peer.port}/`, { notAfter: 3_000 }));
  expect(next).toMatchObject({ kind: 'answer' });
  expect(peer.connections).toBe(1);
});

test('the fence is looked at after the wait for a free connection', async () => {
  const clock = manualClock();
  const peer = await listen((socket) => {
    clock.time = 2_001;
    socket.write(ok());
  });
  const sender = makeSender({ clock, connectionsPerOrigin: 1 });
  const send = () => sender.send(post(peer.url, { notAfter: 2_000 }));
  const [first, second] = await Promise.all([send(), send()]);

  expect(first).toMatchObject({ kind: 'answer' });
  expect(second).toMatchObject({ kind: 'refused', code: 'too-late' });
  expect(peer.requests).toHaveLength(1);
});

test('a body still being written at that time is cut off', async () => {
  let received = 0;
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.pause());
    setTimeout(() => socket.resume().on('data', (chunk) => (received += chunk.length)), 2_500);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const body = Buffer.alloc(64 * 1_048_576, '0');
  const start = performance.now();
  const notAfter = Date.now() + 700;
  const answer = await makeSender().send(post(`http://127.0.0.1:${port}/`, { body, notAfter }));

  expect(answer).toMatchObject({ kind: 'none', code: 'too-late', sent: true });
  expect(performance.now() - start).toBeLessThan(2_400);
  await once(server.close(), 'close');
  expect(received).toBeLessThan(body.length / 2);
});

test('a request written in time may be answered later', async () => {
  const peer = await listen((socket) => setTimeout(() => socket.write(ok()), 900));
  const answer = await makeSender().send(post(peer.url, { notAfter: Date.now() + 600 }));
  expect(answer).toMatchObject({ kind: 'answer' });
});
