/**
 * The one way out of this process to a platform. Whatever a destination's configuration, a resolver or a platform
 * does, it reaches public addresses only, follows no redirect, ends in time, holds little memory, sends each
 * request at most once, and tells whether the request may have been applied.
 */

import type { HttpAnswer, HttpRequest } from '../contracts/http.ts';
import type { TargetPolicy } from '../domain/platform/target.ts';
import type { HttpSender } from '../ports/world.ts';
import { noAnswer, refused, timedOut, tooLate } from './answers.ts';
import { Connections } from './connections.ts';
import { INTERNET, type Network } from './connector.ts';
import { decoded } from './decoded-answer.ts';
import { exchange } from './exchange.ts';
import type { EgressProxy } from './tunnel.ts';
import { type WireRequest, WireRequests } from './wire-request.ts';

export interface GuardedSenderOptions extends TargetPolicy {
  readonly proxy?: EgressProxy | undefined;
  /** Epoch milliseconds. */
  readonly clock: { now(): number };
  /** Name resolution, TCP and TLS together. @default 10,000 ms */
  readonly connectTimeoutMs?: number;
  /** What of an answer's body is read, where the request does not say. @default 65,536 */
  readonly maxResponseBytes?: number;
  /** Requests to one origin under way at once; the others wait. @default 50 */
  readonly connectionsPerOrigin?: number;
  /** @default the internet */
  readonly network?: Partial<Network>;
}

export interface GuardedSender extends HttpSender {
  /** Refuses what comes from now on, waits for what is under way, and closes all connections. */
  close(): Promise<void>;
}

export function createGuardedSender(options: GuardedSenderOptions): GuardedSender {
  const { allowLoopbackHttp, privateHosts = [], proxy } = options;
  const policy = { allowLoopbackHttp, privateHosts };
  const { clock, maxResponseBytes = 65_536 } = options;
  const connections = new Connections({
    policy,
    proxy,
    clock,
    network: { ...INTERNET, ...options.network },
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    connectionsPerOrigin: options.connectionsPerOrigin ?? 50,
  });
  const wireRequests = new WireRequests(policy);
  const underWay = new Set<Promise<HttpAnswer>>();
  let closed = false;

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const wire = wireRequests.check(request);
    if (!wire.ok) {
      const [problem] = wire.problems;
      return refused(problem?.code ?? 'invalid-request', problem?.message ?? '');
    }
    if (clock.now() > request.notAfter) return tooLate();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
    try {
      return await deliver(wire.value, request, deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliver(
    wire: WireRequest,
    { notAfter, onSent, maxAnswerBytes = maxResponseBytes }: HttpRequest,
    deadline: AbortSignal,
  ) {
    const connection = await connections.acquire(wire.origin, deadline);
    if (connection === undefined) return timedOut(wire.host, false);
    let reusable = false;
    try {
      const input = { wire, clock, notAfter, maxAnswerBytes, deadline, onSent };
      const exchanged = await exchange(connection, input);
      reusable = exchanged.reusable;
      return await decoded(exchanged.answer, maxAnswerBytes);
    } finally {
      connections.release(connection, reusable);
    }
  }

  return {
    async send(request) {
      if (closed) {
        return refused(
          'closed',
          'The sender is closed, so nothing was sent. It is sent in the next turn.',
        );
      }
      // Nothing above is known to throw; if it does, nothing is known of the request either.
      const answer = send(request).catch((error: unknown) =>
        noAnswer(error, 'The platform', true, 0),
      );
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },

    async close() {
      closed = true;
      await Promise.all(underWay);
      await connections.close();
    },
  };
}
