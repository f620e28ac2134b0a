/** What an audience is on the sample platform, and what each request does to it. No I/O. */

/** A member exactly as it was last sent. */
export type Member = Readonly<Record<string, unknown>>;

/** `upsert` adds or replaces, `update` replaces only who is there, `remove` takes out. All three may be repeated. */
export type Action = 'upsert' | 'update' | 'remove';

/** One applied request. `at` is in epoch milliseconds. */
export type Change = { readonly at: number; readonly audience: string } & (
  | { readonly do: 'create'; readonly identity: string }
  | { readonly do: Action; readonly members: readonly Member[] }
);

/** What a change did. `matched` counts the records whose member stood there, or stands there now by an upsert. */
export interface Tally {
  readonly received: number;
  readonly matched: number;
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
}

/** The sender is at fault, and nothing was applied. `status` is the HTTP status that says so. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}

export const DEFAULT_IDENTITY = 'email';

const NOTHING: Tally = { received: 0, matched: 0, added: 0, updated: 0, removed: 0 };

/**
 * The identity of each member, in their order.
 * @throws Refused 400 at the first without one: a non-empty text or a finite number.
 */
export function identify(members: readonly Member[], identity: string): string[] {
  return members.map((member, index) => {
    const value = member[identity];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    throw new Refused(
      400,
      `members[${index}] has no "${identity}": send it as non-empty text or a number`,
    );
  });
}

export class Audience {
  readonly id: string;
  readonly identity: string;
  /** Epoch milliseconds of the last change of its members or of its making. */
  changedAt: number;
  readonly #members = new Map<string, Member>();
  #sorted: readonly string[] | undefined;

  constructor(id: string, identity: string, at: number) {
    this.id = id;
    this.identity = identity;
    this.changedAt = at;
  }

  get count(): number {
    return this.#members.size;
  }

  /** Members by identity, in the order in which they first came. A live view. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** Up to `limit` members whose identity is greater than `after`, in code-unit order of identity. */
  page(after: string, limit: number): { members: Member[]; next: string | null } {
    this.#sorted ??= [...this.#members.keys()].sort();
    const from = firstAbove(this.#sorted, after);
    const keys = this.#sorted.slice(from, from + limit);
    const members: Member[] = [];
    for (const key of keys) {
      const member = this.#members.get(key);
      if (member !== undefined) members.push(member);
    }
    const more = from + limit < this.#sorted.length;
    return { members, next: more ? (keys.at(-1) ?? null) : null };
  }

  /** All members or none: an invalid one is found before the first is applied. Later records of one identity win. */
  apply(action: Action, members: readonly Member[], at: number): Tally {
    const keys = identify(members, this.identity);
    const before = this.#members.size;
    let matched = 0;
    members.forEach((member, index) => {
      const key = keys[index];
      if (key !== undefined && this.#applyOne(action, key, member)) matched++;
    });
    const grown = this.#members.size - before;
    if (grown !== 0) this.#sorted = undefined;
    this.changedAt = at;
    const received = members.length;
    if (action === 'remove') return { ...NOTHING, received, matched, removed: matched };
    if (action === 'update') return { ...NOTHING, received, matched, updated: matched };
    return { ...NOTHING, received, matched: received, added: grown, updated: received - grown };
  }

  #applyOne(action: Action, key: string, member: Member): boolean {
    if (action === 'remove') return this.#members.delete(key);
    if (action === 'update' && !this.#members.has(key)) return false;
    this.#members.set(key, member);
    return true;
  }
}

/** All audiences. One comes into being with the first request that names it. */
export class Audiences {
  readonly #all = new Map<string, Audience>();

  get(id: string): Audience | undefined {
    return this.#all.get(id);
  }

  identityOf(id: string): string {
    return this.#all.get(id)?.identity ?? DEFAULT_IDENTITY;
  }

  /** In code-unit order of their ids. */
  list(): Audience[] {
    return [...this.#all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws Refused 409 for another identity of an audience that exists, 400 for a member without identity. */
  check(change: Change): void {
    const identity = this.identityOf(change.audience);
    if (change.do !== 'create') identify(change.members, identity);
    else if (this.#all.has(change.audience) && change.identity !== identity) {
      throw new Refused(409, `this audience exists with another identity, "${identity}"`);
    }
  }

  /** Takes a change that `check` let pass. */
  apply(change: Change): Tally {
    const { audience: id, at } = change;
    const identity = change.do === 'create' ? change.identity : DEFAULT_IDENTITY;
    const audience = this.#all.get(id) ?? new Audience(id, identity, at);
    const tally = change.do === 'create' ? NOTHING : audience.apply(change.do, change.members, at);
    this.#all.set(id, audience);
    return tally;
  }
}

/** Index of the first element greater than `bound` in a sorted list. */
function firstAbove(sorted: readonly string[], bound: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
