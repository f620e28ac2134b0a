/** Whoever sends a body has its memory back with the answer: no byte that is put there later reaches the platform. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { makeCertificate } from './certificate.ts';
import { makeSender, post, watchedNetwork } from './support.ts';

const certificate = makeCertificate(['platform.example.com']);
const early = 'HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n';

/** Reads on only long after the request is over. */
async function slowPlatform(isSecure: boolean, answer: string) {
  const platform = { port: 0, received: 0, ofLater: false, closed: Promise.resolve<unknown>(0) };
  const accept = (socket: net.Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.pause();
      if (answer) socket.write(answer);
      const readOn = () =>
        socket.resume().on('data', (chunk) => {
          platform.received += chunk.length;
          platform.ofLater ||= chunk.includes('1');
        });
      setTimeout(readOn, 400);
    });
  };
  const server = isSecure ? tls.createServer(certificate, accept) : net.createServer(accept);
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  platform.port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  platform.closed = once(server, 'connection').then(() => once(server.close(), 'close'));
  return platform;
}

test.each([
  ['answered early', false, early, { kind: 'answer', status: 413 }],
  ['answered early over TLS', true, early, { kind: 'answer', status: 413 }],
  ['not answered in time', false, '', { kind: 'none', code: 'timeout' }],
  ['not answered in time over TLS', true, '', { kind: 'none', code: 'timeout' }],
] as const)('a body that was %s', async (_, isSecure, said, expected) => {
  const platform = await slowPlatform(isSecure, said);
  const network = watchedNetwork([['93.184.216.34']], platform.port, certificate.cert);
  const sender = isSecure ? makeSender({ allowLoopbackHttp: false, network }) : makeSender();
  const url = isSecure ? 'https://platform.example.com/' : `http://127.0.0.1:${platform.port}/`;
  const body = Buffer.alloc(64 * 1_048_576, '0');
  const answer = await sender.send(post(url, { body, timeoutMs: said ? 5_000 : 150 }));
  body.fill('1');

  expect(answer).toMatchObject(expected);
  await platform.closed;
  expect(platform.received).toBeGreaterThan(1_000);
  expect(platform.ofLater).toBe(false);
});
