/**
 * The way through an outgoing proxy: CONNECT (RFC 9110, 9.3.6). The proxy is told the address that the guard judged, so that what
 * it resolves itself can lead nowhere else; or, where it lets names through alone, the name, and then it has to judge.
 */
import { request } from 'node:http';
import type net from 'node:net';

export interface EgressProxy {
  readonly host: string;
  readonly port: number;
  /** It is spoken to over TLS itself. */
  readonly isTls: boolean;
  /** It is told names, and resolves them itself. */
  readonly resolves: boolean;
}

/** The proxy answered, and did not let it through. `status`: of its answer. */
export class ProxyRefusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The proxy answered ${status}.`);
    this.name = 'ProxyRefusal';
    this.status = status;
  }
}

/**
 * A tunnel over a connection to the proxy. @param host a name, or an address without brackets
 * @throws ProxyRefusal, or what the socket says
 */
export function tunnel(
  socket: net.Socket,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<net.Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket.destroy();
      reject(error);
    };
    const asked = request({
      method: 'CONNECT',
      path: authority,
      headers: { host: authority },
      createConnection: () => socket,
      signal,
    });
    asked.on('connect', ({ statusCode = 0 }, _, head) => {
      if (statusCode < 200 || statusCode > 299) return fail(new ProxyRefusal(statusCode));
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    // A proxy that answers a CONNECT like any other request refuses it.
    asked.on('response', ({ statusCode = 0 }) => fail(new ProxyRefusal(statusCode)));
    asked.on('error', fail);
    asked.end();
  });
}
