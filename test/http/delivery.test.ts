/** What becomes of a request that leaves: it arrives as it was given, once, and its fate is known in time. */
import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { bodyOf, listen, makeSender, ok, post, until } from './support.ts';

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
  expect(performance.now() - start).toBeLessThan(1_000);
  await until(() => peer.sockets.size === 0);
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
  let isStuck = true;
  const stuck = sender.send(post(hanging.url, { timeoutMs: 1_000 })).finally(() => {
    isStuck = false;
  });
  for (let index = 0; index < 20; index += 1) await sender.send(post(quick.url));
  expect(isStuck).toBe(true);
  expect(await stuck).toMatchObject({ code: 'timeout' });
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

test('each of many URLs is judged and called as itself, the first time and again', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const sender = makeSender();
  const paths = Array.from({ length: 70 }, (_, index) => `p${index}`);
  for (const path of [...paths, ...paths.toReversed()]) {
    await sender.send(post(peer.url + path));
    const forbidden = await sender.send(post(`https://10.0.0.1/${path}`));
    expect(forbidden).toMatchObject({ kind: 'refused' });
  }
  const called = peer.requests.map((request) => /^POST \/(\w+) /.exec(request)?.[1]);
  expect(called).toEqual([...paths, ...paths.toReversed()]);
});
