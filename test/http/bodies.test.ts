/** A request's memory is used again as soon as its fate is known: none of what is written there then leaves under its name. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from './certificate.ts';
import { makeSender, watchedNetwork } from './support.ts';

const MIB = 1_048_576;
const certificate = makeCertificate(['platform.example.com']);
const long = 'x'.repeat(70_000);

/** What a platform does with a request whose head it has, and whose body it lets lie; undefined: it reads on. */
const plays: Readonly<Record<string, string | undefined>> = {
  reads: undefined,
  refuses: 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n',
  'refuses and closes': 'HTTP/1.1 401 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
  redirects: 'HTTP/1.1 307 Go\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n',
  'answers at length': `HTTP/1.1 500 No\r\ncontent-length: ${long.length}\r\n\r\n${long}`,
  continues: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n',
  accepts: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  'accepts at length': `HTTP/1.1 200 OK\r\ncontent-length: ${long.length}\r\n\r\n${long}`,
  'is no HTTP': 'SSH-2.0\r\n',
  'is silent': '',
};

interface Arrived {
  readonly letter: string;
  bytes: number;
  foreign: number;
}

async function platform(isTls: boolean) {
  const arrived: Arrived[] = [];
  const accept = (socket: net.Socket) => {
    let request: Arrived | undefined;
    let left = 0;
    let isSilent = false;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      let chunk = data;
      if (request === undefined) {
        const end = data.indexOf('\r\n\r\n') + 4;
        const head = data.subarray(0, end).toString();
        request = { letter: /x-letter: (.)/.exec(head)?.[1] ?? '', bytes: 0, foreign: 0 };
        arrived.push(request);
        left = Number(/content-length: (\d+)/.exec(head)?.[1]);
        chunk = data.subarray(end);
        const play = plays[/x-play: (.*)\r/.exec(head)?.[1] ?? ''];
        isSilent = play === '';
        if (play !== undefined) {
          socket.pause().write(play);
          setTimeout(() => socket.resume(), 30);
        }
      }
      if (!chunk.equals(Buffer.alloc(chunk.length, request.letter))) request.foreign += 1;
      request.bytes += chunk.length;
      left -= chunk.length;
      if (left > 0) return;
      request = undefined;
      if (isSilent) return;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
  };
  const server = isTls ? tls.createServer(certificate, accept) : net.createServer(accept);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, server, arrived };
}

test.each([
  ['http', false],
  ['TLS', true],
])('over %s each body is that of its own request to the last byte', async (_, isTls) => {
  const { port, server, arrived } = await platform(isTls);
  const network = isTls ? watchedNetwork([['93.184.216.34']], port, certificate.cert) : {};
  const sender = makeSender({ network });
  const memories = [Buffer.alloc(16 * MIB), Buffer.alloc(16 * MIB)];
  const kinds: Record<string, unknown> = {};

  for (const [index, play] of [...Object.keys(plays), 'reads'].entries()) {
    const letter = String.fromCharCode(97 + index);
    const [body = Buffer.alloc(0)] = memories;
    memories.reverse();
    body.fill(letter);
    const answer = await sender.send({
      method: 'POST',
      url: isTls ? 'https://platform.example.com/' : `http://127.0.0.1:${port}/`,
      headers: { 'x-letter': letter, 'x-play': play },
      body,
      timeoutMs: play === 'is silent' ? 100 : 5_000,
      notAfter: Date.now() + 60_000,
      onSent: () => memories[0]?.fill('!'),
    });
    body.fill('!');
    kinds[play] = answer.kind === 'answer' ? answer.status : answer.code;
  }
  await sender.close();
  await once(server.close(), 'close');

  expect(kinds).toEqual({
    reads: 200,
    refuses: 400,
    'refuses and closes': 401,
    redirects: 307,
    'answers at length': 500,
    continues: 'dropped',
    accepts: 'answered-early',
    'accepts at length': 'answered-early',
    'is no HTTP': 'malformed',
    'is silent': 'timeout',
  });
  expect(arrived.filter(({ foreign }) => foreign > 0)).toEqual([]);
});
