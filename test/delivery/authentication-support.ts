/** A platform and an authorization server on loopback, played by the test, and secrets that must show up nowhere else. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import type { SecretChanges, SecretValues } from '../../shared/contracts/authentication.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import { originsOf } from '../../shared/domain/platform/secret-binding.ts';
import { PassingError } from '../../shared/domain/words/errors.ts';
import type { AuthenticatorPorts } from '../../shared/http/authenticator.ts';
import { createDestinationSenders } from '../../shared/http/destination-sender.ts';
import type { HttpSender } from '../../shared/ports/world.ts';
import { makeSender, post } from '../http/support.ts';

export interface Seen {
  readonly method: string;
  /** Below the peer's own. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection instead. */
  readonly drop?: boolean;
}

export interface Peer {
  readonly url: string;
  readonly seen: Seen[];
}

/** Answers its n-th request (from 0) as told. */
export async function serve(
  reply: (seen: Seen, index: number) => Reply | Promise<Reply>,
): Promise<Peer> {
  const seen: Seen[] = [];
  // Ports are used again: who still calls the server before this one is not heard. An SDK calls the root.
  const path = `/${randomUUID()}`;
  const server = createServer(async (request, response) => {
    if (request.url !== '/' && !request.url?.startsWith(path)) {
      return void request.socket.destroy();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const url = request.url?.slice(path.length) ?? '';
    const got = { method: request.method ?? '', url, headers, body: Buffer.concat(chunks) };
    seen.push(got);
    const { status = 200, body, headers: more = {}, drop } = await reply(got, seen.length - 1);
    if (drop) return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return { url: `http://127.0.0.1:${address.port}${path}`, seen };
}

export const canary = 'CANARY-s3cr3t';

export const allValues: SecretValues = {
  password: `${canary}-password`,
  token: `${canary}-token`,
  apiKey: `${canary}-apiKey`,
  clientSecret: `${canary}-clientSecret`,
  signingKey: `${canary}-signingKey`,
  refreshToken: `${canary}-refreshToken`,
  privateKey: `${canary}-privateKey`,
};

export interface MovedClock {
  at: number;
  now(): number;
}

export const movedClock = (): MovedClock => ({
  at: 1_800_000_000_000,
  now() {
    return this.at;
  },
});

export const destinationWith = (settings: object): Destination =>
  Destination.parse({
    id: 'platform',
    name: 'Platform',
    baseUrl: 'https://api.example.com',
    version: 1,
    actions: {},
    ...settings,
  });

/** `forgotten` counts; `stored` is what the vault was given, in order. */
function secretsOf(values: SecretValues) {
  const current = { ...values };
  return {
    forgotten: 0,
    read: [] as string[],
    stored: [] as SecretChanges[],
    /** Whether the vault takes nothing. */
    failing: false,
    current,
    async get(name: string) {
      this.read.push(name);
      return { ...current };
    },
    forget() {
      this.forgotten += 1;
    },
  };
}

export interface Setup {
  readonly senderOf: (settings: object) => HttpSender;
  readonly secrets: ReturnType<typeof secretsOf>;
  readonly clock: MovedClock;
}

/** One may hold a secret at a time. */
function keepOf(secrets: ReturnType<typeof secretsOf>): AuthenticatorPorts['keep'] {
  let holder: string | undefined;
  return {
    randomId: randomUUID,
    book: {
      claim: async (_, { by }) => {
        if (holder !== undefined && holder !== by) return undefined;
        holder = by;
        return {};
      },
      release: async (_, { by }) => {
        if (holder === by) holder = undefined;
      },
    },
    vault: {
      put: async (_, changes) => {
        if (secrets.failing) throw new PassingError('secret-unavailable', 'Not taken.');
        secrets.stored.push(changes);
        Object.assign(secrets.current, changes);
      },
    },
  };
}

/** One warm function. */
export function setUp(values: SecretValues = allValues): Setup {
  const clock = movedClock();
  const secrets = secretsOf(values);
  const sender = makeSender({ clock });
  const keep = keepOf(secrets);
  const senders = createDestinationSenders({ secrets, clock, sender, keep });
  return {
    secrets,
    clock,
    senderOf: (settings) => {
      const destination = destinationWith(settings);
      const sender = senders(destination);
      return {
        send: (request) => {
          // For whatever the destination under test calls.
          const origins = [new URL(request.url).origin, ...originsOf(destination)];
          secrets.current.boundTo = { destination: destination.id, origins };
          return sender.send(request);
        },
      };
    },
  };
}

export const request = (url: string, more: Parameters<typeof post>[1] = {}) =>
  post(url, {
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k1', authorization: 'x' },
    notAfter: Number.MAX_SAFE_INTEGER,
    ...more,
  });

export const statusOf = (answer: HttpAnswer) =>
  answer.kind === 'answer' ? answer.status : answer.code;
