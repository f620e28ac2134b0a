/** A platform that holds members by id or, where they have none, by e-mail, and misbehaves in every way a platform can. */

import type { HttpAnswer, HttpRequest } from '../../shared/contracts/http.ts';
import type { HttpSender } from '../../shared/ports/world.ts';
import type { World } from './world.ts';

export const platformFaults = [
  'refuses',
  'takes-fewer',
  'limits',
  'limits-with-wait',
  'limits-with-403',
  'names-some',
  'fails-before-applying',
  'fails-after-applying',
  'drops-before-applying',
  'drops-after-applying',
  'applies-half',
] as const;
export type PlatformFault = (typeof platformFaults)[number];

export type Member = Readonly<Record<string, string>>;

export const nameOf = (member: Member): string => member['id'] ?? member['email'] ?? '';

export class SimulatedPlatform {
  readonly audiences = new Map<string, Map<string, Member>>();
  /** Share of requests that meet a fault. */
  faultShare = 0;
  faults: readonly PlatformFault[] = platformFaults;
  /** Answers 401 to everything. */
  lockedOut = false;
  requests = 0;
  records = 0;
  /** Runs that a request came from. */
  readonly senders = new Set<string>();
  /** Told of each request that reaches the platform. */
  onRequest: (sent: SentRequest) => void = () => {};
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The sender of one process: the fence is looked at when the request would go out. */
  sender(): HttpSender {
    return { send: (request) => this.#receive(request) };
  }

  async #receive(request: HttpRequest): Promise<HttpAnswer> {
    const world = this.#world;
    if (world.now() > request.notAfter) {
      return {
        kind: 'refused',
        code: 'too-late',
        reason: 'The time in which this might be sent had passed.',
      };
    }
    this.requests += 1;
    const sent = read(request);
    this.senders.add(sent.key.split('-')[0] ?? '');
    this.onRequest(sent);
    const fault = world.random.chance(this.faultShare) ? world.random.pick(this.faults) : undefined;
    if (fault) world.count(`platform-${fault}`);
    if (this.lockedOut) {
      world.count('platform-locks-out');
      return answer(401);
    }
    return this.#play(request, fault);
  }

  #play(request: HttpRequest, fault: PlatformFault | undefined): HttpAnswer {
    switch (fault) {
      case undefined:
        this.#apply(request, 1);
        return answer(200);
      case 'refuses':
        return answer(400);
      case 'takes-fewer':
        return answer(413);
      case 'limits':
        return answer(429);
      case 'limits-with-wait':
        return answer(429, { 'retry-after': String(this.#world.random.between(1, 400)) });
      case 'limits-with-403':
        return answer(403, { 'retry-after': String(this.#world.random.between(1, 400)) });
      case 'names-some': {
        // Every other record is bad, whichever they are.
        const errors = read(request).members.flatMap((_, at) => (at % 2 === 0 ? [at] : []));
        return answer(400, {}, { errors });
      }
      case 'fails-before-applying':
        return answer(500);
      case 'fails-after-applying':
        this.#apply(request, 1);
        return answer(500);
      case 'applies-half':
        this.#apply(request, 0.5);
        return answer(500);
      case 'drops-before-applying':
        return dropped;
      case 'drops-after-applying':
        this.#apply(request, 1);
        return dropped;
    }
  }

  #apply(request: HttpRequest, share: number): void {
    const { audience, members: sent, removes } = read(request);
    const members = this.audiences.get(audience) ?? new Map<string, Member>();
    this.audiences.set(audience, members);
    const count = Math.floor(sent.length * share);
    for (const member of sent.slice(0, count)) {
      this.records += 1;
      const id = nameOf(member);
      if (removes) members.delete(id);
      else members.set(id, member);
    }
  }
}

/** What a request says. */
export interface SentRequest {
  readonly key: string;
  readonly audience: string;
  readonly removes: boolean;
  readonly members: readonly Member[];
}

function read({ method, url, headers, body }: HttpRequest): SentRequest {
  const sent: { members: Member[] } = JSON.parse(Buffer.from(body ?? []).toString());
  return {
    key: headers['idempotency-key'] ?? '',
    audience: new URL(url).pathname.split('/')[2] ?? '',
    removes: method === 'DELETE',
    members: sent.members,
  };
}

/** What a sender is told that has heard nothing. */
export const dropped: HttpAnswer = {
  kind: 'none',
  code: 'reset',
  reason: 'The connection was lost.',
  sent: true,
};

const answer = (
  status: number,
  headers: Record<string, string> = {},
  body?: object,
): HttpAnswer => ({
  kind: 'answer',
  status,
  headers,
  body: body ? Buffer.from(JSON.stringify(body)) : new Uint8Array(),
  truncated: false,
});
