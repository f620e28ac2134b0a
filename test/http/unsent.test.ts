/** Requests of which certainly no byte has left, and that say so. */
import net from 'node:net';
import { expect, test } from 'vitest';
import { Connections } from '../../shared/http/connections.ts';
import { INTERNET } from '../../shared/http/connector.ts';
import { exchange } from '../../shared/http/exchange.ts';
import { WireRequests } from '../../shared/http/wire-request.ts';
import { listen, makeSender, ok, post, watchedNetwork } from './support.ts';

test('a platform that refuses connections was certainly sent nothing', async () => {
  const network = watchedNetwork([['93.184.216.34', '93.184.216.35']]);
  const answer = await makeSender({ network }).send(post('https://platform.example.com/'));
  expect(answer).toMatchObject({ kind: 'none', code: 'connect', sent: false });
  expect(network.dials.map((dial) => dial.address)).toEqual(['93.184.216.34', '93.184.216.35']);
});

test('a name that does not resolve was certainly sent nothing', async () => {
  const failing = { lookup: async () => Promise.reject(new Error('queryA ENOTFOUND CANARY')) };
  for (const network of [failing, watchedNetwork([[]])]) {
    const answer = await makeSender({ network }).send(post('https://platform.example.com/'));
    expect(answer).toMatchObject({ kind: 'none', code: 'dns', sent: false });
    expect(JSON.stringify(answer)).not.toContain('CANARY');
  }
});

test.each([
  ['a resolver', { lookup: () => new Promise<never>(() => {}) }],
  ['a network', { lookup: async () => ['93.184.216.34'], dial: () => new net.Socket() }],
])('%s that says nothing ends with the connect time-out', async (_, network) => {
  const sender = makeSender({ network, connectTimeoutMs: 100 });
  const start = performance.now();
  const answer = await sender.send(post('https://platform.example.com/'));
  expect(answer).toMatchObject({ kind: 'none', code: 'connect', sent: false });
  expect(performance.now() - start).toBeLessThan(1_000);
});

test('a request given up while connecting is never sent', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const answers = Promise.withResolvers<readonly string[]>();
  const sender = makeSender({ network: { lookup: () => answers.promise } });

  const answer = await sender.send(post(`http://localhost:${peer.port}/`, { timeoutMs: 50 }));
  expect(answer).toMatchObject({ kind: 'none', code: 'timeout', sent: false });
  answers.resolve(['127.0.0.1']);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(peer.connections).toBe(0);
});

test('waiting for a free connection counts, and is not sending', async () => {
  const peer = await listen(() => {});
  const sender = makeSender({ connectionsPerOrigin: 1 });
  const first = sender.send(post(peer.url, { timeoutMs: 200 }));
  const second = await sender.send(post(peer.url, { timeoutMs: 50 }));
  expect(second).toMatchObject({ kind: 'none', code: 'timeout', sent: false });
  expect(await first).toMatchObject({ kind: 'none', code: 'timeout', sent: true });
  expect(peer.requests).toHaveLength(1);

  // Whoever gave up waiting is given nothing.
  const third = await sender.send(post(peer.url, { timeoutMs: 50 }));
  expect(third).toMatchObject({ code: 'timeout', sent: true });
});

test('a request whose time is over as it gets its connection is never sent', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const connections = new Connections({
    policy: { allowLoopbackHttp: true },
    network: INTERNET,
    clock: Date,
    connectTimeoutMs: 1_000,
    connectionsPerOrigin: 1,
  });
  const wire = new WireRequests({ allowLoopbackHttp: true }).check(post(peer.url));
  if (!wire.ok) throw new Error('The request is good.');
  const input = { wire: wire.value, clock: Date, notAfter: Number.MAX_SAFE_INTEGER };
  const exchangeBefore = async (deadline: AbortSignal) => {
    const connection = await connections.acquire(wire.value.origin, deadline);
    if (connection === undefined) throw new Error('A connection is free.');
    const { answer } = await exchange(connection, { ...input, maxAnswerBytes: 1_000, deadline });
    connections.release(connection, true);
    return answer;
  };

  expect(await exchangeBefore(new AbortController().signal)).toMatchObject({ kind: 'answer' });
  const over = await exchangeBefore(AbortSignal.abort());
  expect(over).toMatchObject({ kind: 'none', code: 'timeout', sent: false });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(peer.requests).toHaveLength(1);
  await connections.close();
});

test.each([
  ['no method we know', { method: 'TRACE' as 'GET' }],
  ['no time', { timeoutMs: 0 }],
  ['too much time', { timeoutMs: 120_001 }],
  ['an unknown time', { timeoutMs: Number.NaN }],
  ['an unknown end', { notAfter: Number.NaN }],
])('a request with %s is refused', async (_, more) => {
  const peer = await listen((socket) => socket.write(ok()));
  const answer = await makeSender().send(post(peer.url, more));
  expect(answer).toMatchObject({ kind: 'refused', code: 'invalid-request' });
  expect(peer.connections).toBe(0);
});
