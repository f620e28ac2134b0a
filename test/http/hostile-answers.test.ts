/** Platforms that answer badly, on purpose or not: the outcome is right, memory and time stay bounded. */
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bodyOf, listen, makeSender, ok, type Peer, post, until } from './support.ts';

const LIMIT = 65_536;
const MIB = 1_048_576;
const HEAD = 'HTTP/1.1 200 OK\r\n';

/** Writes the chunk again and again, as fast as it is read, until the other side has gone. */
function flood(socket: Socket, chunk: Buffer): { written: number } {
  const count = { written: 0 };
  const more = () => {
    while (!socket.destroyed) {
      count.written += chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on('drain', more);
  more();
  return count;
}

function drip(socket: Socket, text: string, gapMs: number): void {
  const timer = setInterval(() => socket.write(text), gapMs);
  socket.on('close', () => clearInterval(timer));
}

/** Sends one after the other; how far resident memory rose at its highest. */
async function peakRise(peer: Peer, times: number, timeoutMs = 5_000) {
  const sender = makeSender();
  await sender.send(post(peer.url, { timeoutMs }));
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const answers = [];
  for (let index = 0; index < times; index += 1) {
    answers.push(await sender.send(post(peer.url, { timeoutMs })));
  }
  clearInterval(watch);
  return { answers, rise: Math.max(peak, process.memoryUsage.rss()) - before };
}

const zeros = Buffer.alloc(64 * 1024, '0');
const chunked = Buffer.from(`10000\r\n${zeros}\r\n`);
const bomb = gzipSync(Buffer.alloc(64 * MIB));

test.each([
  ['a body without end', `${HEAD}\r\n`, zeros],
  ['chunks without end', `${HEAD}transfer-encoding: chunked\r\n\r\n`, chunked],
  ['a body of 1 GB', `${HEAD}content-length: ${1024 * MIB}\r\n\r\n`, zeros],
  [
    'a gzip bomb without end',
    `${HEAD}content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`,
    Buffer.concat([Buffer.from(`${bomb.length.toString(16)}\r\n`), bomb, Buffer.from('\r\n')]),
  ],
])('%s is cut after 64 KiB, and the connection closed', async (_, head, chunk) => {
  const floods: { written: number }[] = [];
  const peer = await listen((socket) => {
    socket.write(head);
    floods.push(flood(socket, chunk));
  });

  const { answers, rise } = await peakRise(peer, 20);

  for (const answer of answers) {
    expect(answer).toMatchObject({ kind: 'answer', status: 200, truncated: true });
    // The beginning of a compressed body says nothing.
    expect(bodyOf(answer)).toHaveLength(head.includes('gzip') ? 0 : LIMIT);
  }
  await until(() => peer.sockets.size === 0);
  expect(peer.connections).toBe(21);
  expect(Math.max(...floods.map(({ written }) => written))).toBeLessThan(16 * MIB);
  expect(rise).toBeLessThan(40 * MIB);
});

test('a gzip bomb is unpacked within the limit, and is not asked for', async () => {
  const peer = await listen((socket) => {
    socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  });
  const { answers, rise } = await peakRise(peer, 20);

  expect(bomb.length).toBeLessThan(LIMIT);
  for (const answer of answers) {
    expect(answer).toMatchObject({ kind: 'answer', truncated: true });
    expect(bodyOf(answer)).toHaveLength(0);
  }
  expect(peer.requests[0]).toMatch(/\r\naccept-encoding: identity\r\n/);
  expect(rise).toBeLessThan(40 * MIB);
});

const said = Buffer.from(JSON.stringify({ errors: [{ index: 1, message: 'bad'.repeat(50) }] }));

test.each<[string, Buffer, boolean]>([
  ['gzip', gzipSync(said), true],
  ['X-GZIP', gzipSync(said), true],
  ['deflate', deflateSync(said), true],
  ['deflate', deflateRawSync(said), true],
  ['br', brotliCompressSync(said), true],
  ['gzip, br', brotliCompressSync(gzipSync(said)), true],
  ['identity', said, true],
  ['', said, true],
  ['zstd', said, false],
  ['gzip', said, false],
  ['gzip', gzipSync(said).subarray(0, 40), false],
  ['gzip,gzip,gzip,gzip', gzipSync(gzipSync(gzipSync(gzipSync(said)))), false],
  ['constructor', said, false],
])('a body with Content-Encoding: %s', async (encoding, body, isRead) => {
  const peer = await listen((socket) => {
    socket.write(`${HEAD}content-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
  const answer = await makeSender().send(post(peer.url));
  expect(bodyOf(answer)).toBe(isRead ? said.toString() : '');
  expect(answer).toMatchObject({ truncated: false });
  expect('undecoded' in answer).toBe(!isRead);
});

test('a request may ask for longer answers', async () => {
  const peer = await listen((socket) => socket.write(ok('x'.repeat(3 * MIB))));
  for (const [maxAnswerBytes, isCut] of [
    [4 * MIB, false],
    [2 * MIB, true],
  ] as const) {
    const answer = await makeSender().send(post(peer.url, { maxAnswerBytes }));
    expect(answer).toMatchObject({ truncated: isCut });
    expect(bodyOf(answer)).toHaveLength(Math.min(3 * MIB, maxAnswerBytes));
  }
});

test.each([LIMIT - 1, LIMIT, LIMIT + 1])('a body of %i bytes', async (length) => {
  const peer = await listen((socket) => socket.write(ok('x'.repeat(length))));
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'answer', truncated: length > LIMIT });
  expect(bodyOf(answer)).toBe('x'.repeat(Math.min(length, LIMIT)));
});

test.each([
  ['a body that drips', `${HEAD}content-length: 1000\r\n\r\n`, '0'],
  ['chunks that drip', `${HEAD}transfer-encoding: chunked\r\n\r\n`, '1\r\n0\r\n'],
  ['chunk extensions without end', `${HEAD}transfer-encoding: chunked\r\n\r\n1;`, 'a'],
  ['a head that drips', HEAD, 'x'],
  ['a status line that drips', '', 'H'],
  ['informational answers without end', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('%s ends with the time-out', async (_, head, text) => {
  const peer = await listen((socket) => {
    socket.write(head);
    drip(socket, text, 10);
  });
  const start = performance.now();
  const answer = await makeSender().send(post(peer.url, { timeoutMs: 300 }));

  expect(answer).toMatchObject({ kind: 'none', sent: true });
  expect(performance.now() - start).toBeLessThan(1_200);
  await until(() => peer.sockets.size === 0);
});

test('65,536 chunks of one byte hold little memory', async () => {
  const one = Buffer.from('1\r\n0\r\n'.repeat(256));
  const peer = await listen((socket) => {
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    flood(socket, one);
  });
  const { answers, rise } = await peakRise(peer, 5);
  expect(answers[4]).toMatchObject({ kind: 'answer', truncated: true });
  expect(rise).toBeLessThan(40 * MIB);
});

test('less than the length it said, then silence, is a time-out', async () => {
  const peer = await listen((socket) => socket.write(`${HEAD}content-length: 10\r\n\r\n12345`));
  const answer = await makeSender().send(post(peer.url, { timeoutMs: 200 }));
  expect(answer).toMatchObject({ kind: 'none', code: 'timeout', sent: true });
});

test.each([
  ['less than the length it said', 'content-length: 10\r\n\r\n12345'],
  ['chunks without their end', 'transfer-encoding: chunked\r\n\r\n5\r\n12345\r\n'],
])('%s, then the end, is no complete answer', async (_, text) => {
  const peer = await listen((socket) => socket.end(HEAD + text));
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'none', code: 'incomplete', sent: true });
});

test('a body that ends with the connection is complete', async () => {
  const peer = await listen((socket) => socket.end(`${HEAD}\r\n12345`));
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'answer', truncated: false });
  expect(bodyOf(answer)).toBe('12345');
});

test('an answer nobody asked for is never taken for the answer of the next request', async () => {
  const peer = await listen((socket, _, index) => {
    const smuggled = 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled';
    socket.write(index === 0 ? ok('12345') + smuggled : ok('second'));
  });
  const sender = makeSender();
  expect(bodyOf(await sender.send(post(peer.url)))).toBe('12345');
  expect(bodyOf(await sender.send(post(peer.url)))).toBe('second');
  expect(peer.connections).toBe(2);
});

test.each([
  ['two lengths', `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n12`],
  [
    'a length and chunks',
    `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a negative length', `${HEAD}content-length: -1\r\n\r\n`],
  ['a chunk that is no number', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`],
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['a protocol upgrade', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['headers of a megabyte', `${HEAD}x: ${'x'.repeat(MIB)}\r\n\r\n`],
  ['a hundred thousand headers', `${HEAD}${'a: b\r\n'.repeat(100_000)}\r\n`],
  ['nothing', ''],
])('%s is no answer', async (_, text) => {
  const peer = await listen((socket) => socket.end(text));
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'none', sent: true });
});

test('names of headers are lower-case, repeated ones are joined, and none is a prototype', async () => {
  const peer = await listen((socket) =>
    socket.write(
      ok('', 'X-A: 1\r\nx-a: 2\r\n__proto__: x\r\nconstructor: y\r\nRetry-After: 3\r\n'),
    ),
  );
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'answer' });
  if (answer.kind !== 'answer') return;
  expect(Object.getPrototypeOf(answer.headers)).toBe(Object.prototype);
  expect(Object.entries(answer.headers)).toEqual([
    ['content-length', '0'],
    ['x-a', '1, 2'],
    ['constructor', 'y'],
    ['retry-after', '3'],
  ]);
});

test('an early hint is not the answer', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n';
  const peer = await listen((socket) => socket.write(hint + ok('real')));
  const answer = await makeSender().send(post(peer.url));
  expect(answer).toMatchObject({ kind: 'answer', status: 200 });
  expect(bodyOf(answer)).toBe('real');
});

test('random damage to an answer never throws, and never outlasts its time', async () => {
  const seed = 20_260_101;
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const good = `${HEAD}transfer-encoding: chunked\r\nx-a: b\r\nkeep-alive: timeout=5\r\n\r\n5\r\n12345\r\n0\r\n\r\n`;
  const peer = await listen((socket) => {
    const bytes = Buffer.from(good);
    for (let damage = random(4); damage >= 0; damage -= 1)
      bytes[random(bytes.length)] = random(256);
    const cut = random(3) === 0 ? random(bytes.length) : bytes.length;
    socket.write(bytes.subarray(0, cut));
    if (random(2) === 0) socket.end();
  });
  const sender = makeSender();
  const lane = async () => {
    const answers = [];
    for (let index = 0; index < 16; index += 1) {
      answers.push(await sender.send(post(peer.url, { timeoutMs: 100 })));
    }
    return answers;
  };
  const start = performance.now();
  const answers = (await Promise.all(Array.from({ length: 24 }, lane))).flat();

  expect(new Set(answers.map((answer) => answer.kind))).toEqual(new Set(['answer', 'none']));
  expect(
    answers.filter((answer) => answer.kind === 'none' && answer.code === 'unexpected'),
  ).toEqual([]);
  expect(performance.now() - start).toBeLessThan(8_000);
});
