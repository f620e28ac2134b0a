/** A platform that holds members by id or, where they have none, by e-mail, and misbehaves in every way a platform can. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { HttpAnswer, HttpRequest } from '../../shared/contracts/http.ts';
import { decoded } from '../../shared/http/decoded-answer.ts';
import type { HttpSender } from '../../shared/ports/world.ts';
import {
  answer,
  dropped,
  type Member,
  nameOf,
  type Reply,
  type SentRequest,
  type Told,
} from './answers.ts';
import { lateMs } from './id-manners.ts';
import { PlatformJobs } from './jobs.ts';
import { isForbidden, type Manners, plainManners } from './manners.ts';
import type { World } from './world.ts';

export const platformFaults = [
  'refuses',
  'takes-fewer',
  'limits',
  'limits-with-wait',
  'limits-with-400',
  'limits-with-403',
  'limits-with-200',
  'names-some',
  'takes-others',
  'fails-before-applying',
  'fails-after-applying',
  'drops-before-applying',
  'drops-after-applying',
  'applies-half',
  'answers-at-length',
  'answers-undecodably',
  'is-a-page',
] as const;
export type PlatformFault = (typeof platformFaults)[number];

const later: ReadonlySet<PlatformFault | undefined> = new Set<PlatformFault>([
  'limits',
  'limits-with-wait',
  'limits-with-400',
  'limits-with-403',
  'limits-with-200',
]);

function toldBy(played: HttpAnswer, fault: PlatformFault | undefined): Told {
  if (played.kind !== 'answer' || played.status >= 500) return 'nothing';
  if (later.has(fault)) return 'later';
  if (fault === 'is-a-page') return 'refused';
  if (played.status < 300) return fault === 'takes-others' ? 'partly' : 'applied';
  return played.status === 404 || played.status === 410 ? 'lacking' : 'refused';
}

/** Of a request that a platform of jobs accepts nobody knows more than whom it refused at once. */
function acceptedBy(played: HttpAnswer, fault: PlatformFault | undefined): Told {
  const told = toldBy(played, fault);
  if (told === 'applied') return 'nothing';
  return told === 'partly' ? 'refused' : told;
}

export class SimulatedPlatform {
  readonly audiences = new Map<string, Map<string, Member>>();
  /** By audience. */
  readonly manners = new Map<string, Manners>();
  /** Share of requests that meet a fault. */
  faultShare = 0;
  faults: readonly PlatformFault[] = platformFaults;
  /** Answers 401 to everything. */
  lockedOut = false;
  requests = 0;
  records = 0;
  /** Runs that a request came from. */
  readonly senders = new Set<string>();
  /** Runs that were answered 403, and not to wait. */
  readonly forbade = new Set<string>();
  /** By the name of a request, all it was ever told. */
  readonly told = new Map<string, Set<Told>>();
  /** Told of each request that reaches the platform. */
  onRequest: (sent: SentRequest) => void = () => {};
  readonly jobs: PlatformJobs;
  /** By audience and name, where the platform has ids of its own. */
  readonly #ids = new Map<string, Map<string, OwnId>>();
  #nextId = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.jobs = new PlatformJobs(world);
  }

  /** The sender of one process: the fence is looked at when the request would go out. */
  sender(): HttpSender {
    return { send: (request) => this.#receive(request) };
  }

  async #receive(request: HttpRequest): Promise<HttpAnswer> {
    const world = this.#world;
    if (world.clock() > request.notAfter) {
      return {
        kind: 'refused',
        code: 'too-late',
        reason: 'The time in which this might be sent had passed.',
      };
    }
    if (request.method === 'GET') return this.#asked(request);
    this.requests += 1;
    const sent = this.#meant(read(request));
    this.senders.add(sent.key.split('-')[0] ?? '');
    if (!sent.asks) this.onRequest(sent);
    const fault = this.#faultFor(sent);
    if (fault) world.count(`platform-${fault}`);
    if (this.lockedOut) {
      world.count('platform-locks-out');
      return answer(401);
    }
    const played = this.#play(sent, fault);
    if (played.kind === 'answer' && played.status === 403 && !later.has(fault))
      this.forbade.add(sent.key.split('-')[0] ?? '');
    const isJob = this.manners.get(sent.audience)?.jobs !== undefined;
    this.#tell(sent.key, isJob ? acceptedBy(played, fault) : toldBy(played, fault));
    const isPacked = played.kind === 'answer' && played.headers['content-encoding'] !== undefined;
    return isPacked ? world.inRealTime(decoded(played, 4_096)) : played;
  }

  #asked(request: HttpRequest): HttpAnswer {
    if (this.lockedOut) return answer(401);
    return this.jobs.asked(request, this.faultShare, (key, told) => this.#tell(key, told));
  }

  #tell(key: string, what: Told): void {
    const told = this.told.get(key) ?? new Set();
    this.told.set(key, told.add(what));
  }

  /** An answer that is wrong on purpose is none to a question. */
  #faultFor({ asks }: SentRequest): PlatformFault | undefined {
    const { random } = this.#world;
    const fault = random.chance(this.faultShare) ? random.pick(this.faults) : undefined;
    return asks && fault && wrong.has(fault) ? 'refuses' : fault;
  }

  /** Who is meant by the platform's ids; of one that it does not know, nobody. */
  #meant(sent: SentRequest): SentRequest {
    const { ids } = this.manners.get(sent.audience) ?? plainManners;
    if (!ids || sent.asks) return sent;
    const own = [...(this.#ids.get(sent.audience) ?? [])];
    return {
      ...sent,
      members: sent.members.map(({ platformId, ...member }) => {
        if (platformId === undefined) return member;
        const [name] = own.find(([, { id }]) => id === platformId) ?? [];
        if (name === undefined) return {};
        return nameOf(member) === '' ? { id: name } : member;
      }),
    };
  }

  /** Now and then somebody is given another id, and is shown at once. */
  #renumber(audience: string): void {
    const { random } = this.#world;
    const own = this.#ids.get(audience);
    if (!own || own.size === 0 || this.faultShare === 0 || !random.chance(0.05)) return;
    this.#world.count('platform-renumbers');
    own.set(random.pick([...own.keys()]), this.#newId(0));
  }

  #newId(since: number): OwnId {
    return { id: `p${++this.#nextId}`, since };
  }

  #found({ audience, members }: SentRequest, isLate: boolean): object[] {
    const now = this.#world.now();
    const own = this.#ids.get(audience);
    return [...new Set(members.map(nameOf))].flatMap((name) => {
      const known = own?.get(name);
      const isShown = known && (!isLate || now - known.since >= lateMs);
      return isShown ? [{ value: name, platformId: known.id }] : [];
    });
  }

  #play(sent: SentRequest, fault: PlatformFault | undefined): HttpAnswer {
    switch (fault) {
      case undefined:
        return this.#answered(sent);
      case 'refuses':
        return answer(400);
      case 'takes-fewer':
        return answer(413);
      case 'limits':
        return answer(429);
      case 'limits-with-wait':
        return answer(429, { 'retry-after': this.#seconds() });
      case 'limits-with-400':
        return answer(400, {}, { again: true });
      case 'limits-with-403':
        return answer(403, { 'retry-after': this.#seconds() });
      case 'limits-with-200':
        return answer(200, {}, { ok: false, again: Number(this.#seconds()) });
      case 'names-some':
        return answer(400, {}, { errors: this.#named(sent).errors });
      case 'takes-others': {
        const { errors, others } = this.#named(sent);
        const replied = this.#answered({ ...sent, members: others, all: sent.members });
        const { status, headers, body } = replied;
        const isPlain = headers['content-encoding'] === undefined && body.length > 0;
        const plain = isPlain ? JSON.parse(Buffer.from(body).toString()) : { ok: true };
        return answer(status, {}, { ...plain, errors });
      }
      case 'fails-before-applying':
        return answer(500);
      case 'fails-after-applying':
        this.#answered(sent);
        return answer(500);
      case 'applies-half':
        this.#answered({ ...sent, members: sent.members.slice(0, sent.members.length / 2) });
        return answer(500);
      case 'drops-before-applying':
        return dropped;
      case 'drops-after-applying':
        this.#answered(sent);
        return dropped;
      case 'answers-at-length':
        return { ...this.#answered(sent), body: Buffer.from('{"ok": true, "wo'), truncated: true };
      case 'answers-undecodably':
        return { ...this.#answered(sent), headers: { 'content-encoding': 'gzip' } };
      case 'is-a-page':
        return { ...answer(200), body: Buffer.from('<html>Welcome</html>') };
    }
  }

  readonly #seconds = () => String(this.#world.random.between(1, 400));

  /** Every other record is bad, whichever they are; who shares a name with one is so, too, where that is what is said. */
  #named({ members }: SentRequest): { readonly errors: unknown[]; readonly others: Member[] } {
    const bad = members.filter((_, at) => at % 2 === 0);
    if (this.#world.random.chance(0.5))
      return {
        errors: bad.map((member) => members.indexOf(member)),
        others: members.filter((_, at) => at % 2 === 1),
      };
    const names = new Set(bad.map(nameOf));
    return {
      errors: [...names].map((name, at) => (at % 2 === 0 ? name : { id: name, message: 'no' })),
      others: members.filter((member) => !names.has(nameOf(member))),
    };
  }

  /** As its manners are. */
  #answered(sent: SentRequest): Reply {
    const { audience, method, members } = sent;
    const manners = this.manners.get(audience) ?? plainManners;
    if (manners.ids) this.#renumber(audience);
    if (sent.asks) return this.#packed({ found: this.#found(sent, manners.ids?.isLate ?? false) });
    const held = this.audiences.get(audience) ?? new Map<string, Member>();
    this.audiences.set(audience, held);
    const names = members.map(nameOf);
    if (names.some((name) => isForbidden(manners, name))) return this.#refuses('forbids', 403);
    const isLacking = names.some((name) => !held.has(name));
    if (method === 'DELETE' && manners.unknown && isLacking)
      return this.#refuses('lacks', manners.unknown);
    if (method === 'POST' && manners.isStrict && names.some((name) => held.has(name)))
      return this.#refuses('has', 409);
    if (method !== 'POST' && isLacking && (method === 'PUT' || manners.ids))
      return this.#refuses('lacks', 404);
    const apply = (of: readonly Member[]) => this.#apply(held, manners, sent, of);
    if (manners.jobs) {
      const work = { sent, manners: manners.jobs, apply };
      return this.#packed({ ok: true, job: this.jobs.accept(work, this.faultShare) });
    }
    apply(members);
    const found = manners.ids?.tells ? { found: this.#found(sent, false) } : {};
    return this.#packed({ ok: true, ...found });
  }

  #apply(
    held: Map<string, Member>,
    manners: Manners,
    { audience, method }: SentRequest,
    members: readonly Member[],
  ): void {
    this.records += members.length;
    for (const member of members) {
      const name = nameOf(member);
      if (manners.ids) this.#keepId(audience, name, method);
      if (method === 'DELETE') held.delete(name);
      else held.set(name, cleared({ ...(manners.isMerging && held.get(name)), ...member }));
    }
  }

  #keepId(audience: string, name: string, method: SentRequest['method']): void {
    const own = this.#ids.get(audience) ?? new Map<string, OwnId>();
    this.#ids.set(audience, own);
    if (method === 'DELETE') own.delete(name);
    else if (!own.has(name)) own.set(name, this.#newId(this.#world.now()));
  }

  #refuses(why: string, status: number): Reply {
    this.#world.count(`platform-${why}`);
    return answer(status);
  }

  /** Whatever it was asked for; and what it calls its body is not what that is. */
  #packed(body: object): Reply {
    const text = Buffer.from(JSON.stringify(body));
    const headers = { 'content-type': this.#world.random.pick(['application/json', 'text/html']) };
    if (!this.#world.random.chance(0.1)) return answer(200, headers, body);
    const [name, pack] = this.#world.random.pick(encodings);
    return { ...answer(200, { ...headers, 'content-encoding': name }), body: pack(text) };
  }
}

interface OwnId {
  readonly id: string;
  readonly since: number;
}

const wrong: ReadonlySet<PlatformFault> = new Set<PlatformFault>([
  'names-some',
  'takes-others',
  'applies-half',
]);

const encodings = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const;

/** What was set to nothing is not there. */
const cleared = (member: Member): Member =>
  Object.fromEntries(Object.entries(member).filter(([, value]) => value !== null && value !== ''));

function read({ method, url, headers, body }: HttpRequest): SentRequest {
  const sent: { members: Member[] } = JSON.parse(Buffer.from(body ?? []).toString());
  return {
    key: headers['idempotency-key'] ?? '',
    audience: new URL(url).pathname.split('/')[2] ?? '',
    method,
    removes: method === 'DELETE',
    members: sent.members,
    said: JSON.stringify(sent.members),
    asks: url.endsWith('/lookup'),
  };
}
