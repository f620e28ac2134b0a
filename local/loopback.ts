/**
 * How anything of this machine's run listens: on 127.0.0.1 alone, and behind one guard. Any page that a browser shows may send
 * requests to any port here, under any name that it lets point here; so may every user of the machine. So:
 *
 * - `Host` names this machine, else 403 `host-forbidden`: no name of somebody else's leads here.
 * - A browser says where a call comes from (`Origin`, `Sec-Fetch-Site`): from anywhere but a page of the very listener it is
 *   403 `origin-forbidden`. No answer ever has CORS headers.
 * - A service of the embedded AWS is called by who knows the key of this start, else 403 `key-forbidden`; the API has its
 *   tokens instead.
 * - A body is of the type that the protocol has, else 415 `body-type`: a form of a page can send three types only.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

export interface Guard {
  /** The access key that a caller's signature must name. @default none is asked for */
  readonly key?: string;
  /** Media types of bodies; the empty one: none is said. @default any */
  readonly bodies?: readonly string[];
}

/** @returns a listener that hands on only what may pass. */
export function guarded(listener: RequestListener, guard: Guard): RequestListener {
  const known = guard.key === undefined ? undefined : digest(guard.key);
  return (request, response) => {
    const refusal = refusalOf(request, guard, known);
    if (refusal) refuse(request, response, refusal);
    else listener(request, response);
  };
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

function refusalOf(
  { headers, url = '/' }: IncomingMessage,
  { bodies }: Guard,
  known: Buffer | undefined,
): Refusal | undefined {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (host === undefined || !loopback.test(host)) return foreignHost;
  if (origin !== undefined && (known || origin !== `http://${host}`)) return foreignOrigin;
  if (site !== undefined && site !== 'none' && site !== 'same-origin') return foreignOrigin;
  if (known && !timingSafeEqual(known, digest(keyOf(headers.authorization, url)))) return noKey;
  const type = headers['content-type']?.replace(/;.*/s, '').trim().toLowerCase();
  if (bodies && hasBody(headers) && !bodies.includes(type ?? '')) return wrongBody(bodies);
  return undefined;
}

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const digest = (text: string) => hash('sha256', text, 'buffer');

/** Of AWS's signature, version 4, in a header or a query. The rest of it is not checked: nobody else knows the key. */
const keyOf = (authorization: string | undefined, url: string): string =>
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(authorization ?? '')?.[1] ??
  /[?&]X-Amz-Credential=([^&%/]+)/.exec(url)?.[1] ??
  '';

const hasBody = (headers: IncomingMessage['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const foreignHost: Refusal = {
  status: 403,
  code: 'host-forbidden',
  detail: 'Answers to 127.0.0.1 and localhost only. Call it by one of these names.',
};
const foreignOrigin: Refusal = {
  status: 403,
  code: 'origin-forbidden',
  detail: 'Pages of others may not call this.',
};
const noKey: Refusal = {
  status: 403,
  code: 'key-forbidden',
  detail: 'Answers to its own system only, which knows the access key of this start.',
};
const wrongBody = (bodies: readonly string[]): Refusal => ({
  status: 415,
  code: 'body-type',
  detail: `Send the body as ${bodies.filter(Boolean).join(' or ')}, and say so in Content-Type.`,
});

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, code, detail } = refusal;
  // What is left of the body is not read: who was refused may not make us work.
  response.writeHead(status, { 'content-type': 'application/problem+json', connection: 'close' });
  response.end(JSON.stringify({ type: 'about:blank', title: 'Not allowed', status, code, detail }));
  request.resume();
}

export interface Listening {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  /** Also ends the connections that are open. */
  close(): Promise<void>;
}

/**
 * @param port 1 to 65535; any free one if not given
 * @throws Error `EADDRINUSE` if it is taken
 */
export async function listening(server: Server, port = 0): Promise<Listening> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const at = typeof address === 'object' && address !== null ? address.port : port;
  return {
    endpoint: `http://127.0.0.1:${at}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
