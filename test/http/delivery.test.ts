/** What is known of a request: sent or not, answered or not, once and in time. */
import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { Connections } from '../../shared/http/connections.ts';
import { INTERNET } from '../../shared/http/connector.ts';
import { exchange } from '../../shared/http/exchange.ts';
import { toWire } from '../../shared/http/wire-request.ts';
import { bodyOf, listen, makeSender, ok, post, until, watchedNetwork } from './support.ts';

const big = Buffer.alloc(32 * 1_048_576, '0');

test('method, path, query, headers and body arrive as they were given', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const sender = makeSender();
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': 'k1',
    'x-latin': '\u00e9',
  };

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const) {
    const request = post(`${peer.url}a%2Fb?c=d`, {
      method,
      headers,
      body: Buffer.from('\u{1f600}'),
    });
    expect(bodyOf(await sender.send(request))).toBe('ok');
  }
  for (const [index, method] of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'].entries()) {
    expect(peer.requests[index]).toBe(
      `${method} /a%2Fb?c=d HTTP/1.1\r\nhost: 127.0.0.1:${peer.port}\r\nconnection: keep-alive\r\n` +
        'content-type: application/json\r\nidempotency-key: k1\r\nx-latin: \u00e9\r\n' +
        'accept-encoding: identity\r\ncontent-length: 4\r\n\r\n\u00f0\u009f\u0098\u0080',
    );
  }
  expect(peer.connections).toBe(1);
});

test('a request without a body is sent without one', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const sender = makeSender();
  for (const method of ['GET', 'POST'] as const) {
    const { body, ...request } = post(peer.url, { method });
    expect(await sender.send(request)).toMatchObject({ kind: 'answer' });
  }
  expect(peer.requests[0]).not.toContain('content-length');
  expect(peer.requests[1]).toContain('content-length: 0');
});

test('connections are kept alive and are no more than allowed', async () => {
  const peer = await listen((socket) => setTimeout(() => socket.write(ok()), 5));
  const sender = makeSender({ connectionsPerOrigin: 4 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => sender.send(post(peer.url))));

  expect(answers.every((answer) => answer.kind === 'answer')).toBe(true);
  expect(peer.connections).toBe(4);
});

test('an answer that says close is followed by a new connection', async () => {
  const peer = await listen((socket) => socket.end(ok('ok', 'connection: close\r\n')));
  const sender = makeSender();
  for (let index = 0; index < 3; index += 1) {
    expect(await sender.send(post(peer.url))).toMatchObject({ kind: 'answer' });
  }
  expect(peer.connections).toBe(3);
});

test('a connection the platform closed while it was idle costs nothing', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const sender = makeSender();
  await sender.send(post(peer.url));
  for (const socket of peer.sockets) socket.destroy();
  await until(() => peer.sockets.size === 0);
  await new Promise((resolve) => setTimeout(resolve, 10));

  expect(await sender.send(post(peer.url))).toMatchObject({ kind: 'answer' });
  expect(peer.requests).toHaveLength(2);
  expect(peer.connections).toBe(2);
});

test.each(['GET', 'POST', 'DELETE'] as const)(
  'a %s dropped on a kept connection is not sent again in silence',
  async (method) => {
    const peer = await listen((socket, _, index) => {
      if (index === 0) socket.write(ok());
      else socket.destroy();
    });
    const sender = makeSender();
    await sender.send(post(peer.url, { method }));
    const answer = await sender.send(post(peer.url, { method }));

    expect(answer).toMatchObject({ kind: 'none', code: 'dropped', sent: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(peer.requests).toHaveLength(2);
  },
);

test('a connection idle for long by the wall clock is not trusted', async () => {
  let now = Date.now();
  const peer = await listen((socket) => socket.write(ok('ok', 'keep-alive: timeout=600\r\n')));
  const sender = makeSender({ clock: { now: () => now } });
  const request = { notAfter: Number.MAX_SAFE_INTEGER };

  await sender.send(post(peer.url, request));
  now += 19_000;
  await sender.send(post(peer.url, request));
  expect(peer.connections).toBe(1);
  now += 21_000;
  await sender.send(post(peer.url, request));
  expect(peer.connections).toBe(2);
});

test.each([
  ['before it answers', ''],
  ['in the status line', 'HTTP/1.'],
  ['in the head', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ['after an early hint', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('a connection dropped %s leaves the request in doubt', async (_, text) => {
  const peer = await listen((socket) => {
    socket.write(text, () => socket.destroy());
  });
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'none', code: 'dropped', sent: true });
  expect(peer.requests).toHaveLength(1);
});

test('a platform that takes half a body and drops it leaves the request in doubt', async () => {
  const server = net.createServer((socket) => {
    socket.once('data', () => socket.resetAndDestroy()).on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const answer = await makeSender().send(post(`http://127.0.0.1:${port}/`, { body: big }));
  server.close();
  expect(answer).toMatchObject({ kind: 'none', code: 'dropped', sent: true });
});

test('a platform that never answers', async () => {
  const peer = await listen(() => {});
  const start = performance.now();
  const answer = await makeSender().send(post(peer.url, { timeoutMs: 150 }));
  expect(answer).toMatchObject({ kind: 'none', code: 'timeout', sent: true });
  expect(performance.now() - start).toBeLessThan(400);
  await until(() => peer.sockets.size === 0);
});

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
  expect(performance.now() - start).toBeLessThan(300);
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
  const wire = toWire(post(peer.url), { allowLoopbackHttp: true });
  if (!wire.ok) throw new Error('The request is good.');
  const input = { wire: wire.value, clock: Date, notAfter: Number.MAX_SAFE_INTEGER };
  const exchangeBefore = async (deadline: AbortSignal) => {
    const connection = await connections.acquire(wire.value.origin, deadline);
    if (connection === undefined) throw new Error('A connection is free.');
    const { answer } = await exchange(connection, { ...input, maxResponseBytes: 1_000, deadline });
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

test('a failed connection makes room for those that wait', async () => {
  const peer = await listen((socket, _, index) => {
    if (index % 2 === 0) socket.destroy();
    else socket.write(ok());
  });
  const sender = makeSender({ connectionsPerOrigin: 1 });
  const answers = await Promise.all(Array.from({ length: 6 }, () => sender.send(post(peer.url))));
  expect(answers.map((answer) => answer.kind)).toEqual([
    'none',
    'answer',
    'none',
    'answer',
    'none',
    'answer',
  ]);
});

test('two platforms do not wait for each other', async () => {
  const hanging = await listen(() => {});
  const quick = await listen((socket) => socket.write(ok()));
  const sender = makeSender({ connectionsPerOrigin: 1 });
  const stuck = sender.send(post(hanging.url, { timeoutMs: 400 }));
  const start = performance.now();
  for (let index = 0; index < 20; index += 1) await sender.send(post(quick.url));
  expect(performance.now() - start).toBeLessThan(300);
  expect(await stuck).toMatchObject({ code: 'timeout' });
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

test('a closed sender refuses, after what was under way has ended', async () => {
  const peer = await listen((socket) => setTimeout(() => socket.write(ok()), 50));
  const sender = makeSender({ connectionsPerOrigin: 1 });
  const underWay = [sender.send(post(peer.url)), sender.send(post(peer.url))];
  await sender.close();

  expect((await Promise.all(underWay)).map((answer) => answer.kind)).toEqual(['answer', 'answer']);
  await until(() => peer.sockets.size === 0);
  expect(await sender.send(post(peer.url))).toMatchObject({ kind: 'refused', code: 'closed' });
});
