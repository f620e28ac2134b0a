/** Servers on loopback that count what reaches them, and a network that never leaves it. */

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../shared/contracts/http.ts';
import type { Network } from '../../shared/http/connector.ts';
import {
  createGuardedSender,
  type GuardedSenderOptions,
} from '../../shared/http/guarded-sender.ts';
import type { Certificate } from './certificate.ts';

export interface Peer {
  readonly port: number;
  readonly url: string;
  /** Connections accepted so far. */
  connections: number;
  /** Text of each request that arrived, heads and bodies. */
  readonly requests: string[];
  readonly sockets: Set<net.Socket>;
}

/** What a server does with its n-th request (from 0) once it has wholly arrived. */
export type Behaviour = (socket: net.Socket, request: string, index: number) => void;

/** A server that answers raw bytes. Requests must carry a content-length or no body. */
export async function listen(behave: Behaviour, certificate?: Certificate): Promise<Peer> {
  const peer: Omit<Peer, 'port' | 'url'> = { connections: 0, requests: [], sockets: new Set() };
  const accept = (socket: net.Socket) => {
    peer.sockets.add(socket);
    socket.on('close', () => peer.sockets.delete(socket)).on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = endOfRequest(text); end > 0; end = endOfRequest(text)) {
        const request = text.slice(0, end);
        text = text.slice(end);
        peer.requests.push(request);
        behave(socket, request, peer.requests.length - 1);
      }
    });
  };
  const server =
    certificate === undefined ? net.createServer(accept) : tls.createServer(certificate, accept);
  server.on('connection', () => {
    peer.connections += 1;
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of peer.sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const url = `http://127.0.0.1:${address.port}/`;
  return Object.assign(peer, { port: address.port, url });
}

function endOfRequest(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return -1;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + 4 + length ? head + 4 + length : -1;
}

export function ok(body = 'ok', headers = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
}

/** Counts what is asked of it; dials loopback alone, whatever the address. */
export interface WatchedNetwork extends Network {
  readonly lookups: string[];
  readonly dials: { readonly address: string; readonly port: number }[];
}

/** `answers`: what each look-up gives, the last one over and over. `peerPort`: where all dials end; none: refused. */
export function watchedNetwork(
  answers: readonly (readonly string[])[],
  peerPort?: number,
  ca?: string,
): WatchedNetwork {
  const lookups: string[] = [];
  const dials: { address: string; port: number }[] = [];
  return {
    lookups,
    dials,
    async lookup(name) {
      lookups.push(name);
      return answers[Math.min(lookups.length, answers.length) - 1] ?? [];
    },
    dial(address, port) {
      dials.push({ address, port });
      if (peerPort !== undefined) return net.connect({ host: '127.0.0.1', port: peerPort });
      return new net.Socket().destroy(Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    },
    ...(ca === undefined ? {} : { ca }),
  };
}

/** A sender that is closed when the test ends, and loopback is allowed to it. */
export function makeSender(options: Partial<GuardedSenderOptions> = {}) {
  const sender = createGuardedSender({ allowLoopbackHttp: true, clock: Date, ...options });
  onTestFinished(() => sender.close());
  return sender;
}

export function post(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"members":[]}'),
    timeoutMs: 5_000,
    notAfter: Date.now() + 60_000,
    ...more,
  };
}

export function bodyOf(answer: HttpAnswer): string {
  return answer.kind === 'answer' ? Buffer.from(answer.body).toString('latin1') : answer.kind;
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 500) throw new Error('It never came about.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
