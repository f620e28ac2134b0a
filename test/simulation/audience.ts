/** The warehouse's side of one sync: an audience that changes, and its exports. */

import { type Member, nameOf } from './answers.ts';
import type { MemorySnapshotStore } from './memory/snapshots.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const names = ['Ada', 'Bo', 'Cy', 'Di', 'Eve'];
const cities = ['Aachen', 'Bonn', 'Celle', null];

export interface Row {
  readonly id: string | null;
  readonly name: string;
  readonly city: string | null;
  /** Another column that a mapping may take the city from. */
  readonly town: string | null;
  /** Of an audience that is known by it; two may share one. */
  readonly email?: string | null;
}

/** What an edit of the sync changes. */
export interface Mapping {
  readonly cityColumn: 'city' | 'town';
  readonly lowercase: boolean;
}

export const plainMapping: Mapping = { cityColumn: 'city', lowercase: false };

/** What the newest complete snapshot says, by what the platform knows a member by. */
export interface Expected {
  readonly members: ReadonlyMap<string, Member>;
  /** Of rows that are invalid: they may be there or not. */
  readonly invalid: ReadonlySet<string>;
  /** Of several rows, now or before: any of their records may be there. */
  readonly shared: ReadonlySet<string>;
}

export class Audience {
  readonly id: string;
  readonly #random: Random;
  readonly #store: MemorySnapshotStore;
  /** The platform knows members by their e-mail. */
  readonly #isByEmail: boolean;
  /** The ids that each e-mail ever had in a complete export. */
  readonly #sharers = new Map<string, Set<string>>();
  #rows: Row[] = [];
  #exported: Row[] = [];
  /** Members that every complete export held so far. */
  #always: Set<string> | undefined;
  /** Counts exports: a slow one ends where the next begins. */
  #export = 0;
  /** All exports that were begun and are no garbage. */
  readonly #exports: { readonly at: number; readonly ids: ReadonlySet<string> }[] = [];
  /** What lies at the warehouse is no complete snapshot. */
  isBroken = false;

  constructor(id: string, random: Random, store: MemorySnapshotStore, isByEmail = false) {
    this.id = id;
    this.#isByEmail = isByEmail;
    this.#random = random;
    this.#store = store;
    this.change();
  }

  /** People join, change and leave; now and then everybody leaves, and rows are broken. */
  change(): void {
    const random = this.#random;
    if (random.chance(0.03)) this.#rows = [];
    this.#rows = this.#rows.filter(() => !random.chance(0.2));
    this.#rows = this.#rows.map((row) => (random.chance(0.2) ? this.#row(row.id) : row));
    const joining = random.between(0, random.chance(0.3) ? 25 : 6);
    for (let i = 0; i < joining; i++) {
      const id = `m${random.between(1, 40)}`;
      if (!this.#rows.some((row) => row.id === id)) this.#rows.push(this.#row(id));
    }
  }

  #row(id: string | null): Row {
    const random = this.#random;
    const city = random.pick(cities);
    const town = random.chance(0.5) ? city : random.pick(cities);
    const row = { id, name: random.pick(names), city, town };
    return this.#isByEmail ? { ...row, email: this.#email() } : row;
  }

  #email(): string | null {
    const random = this.#random;
    if (random.chance(0.03)) return null;
    const email = `e${random.between(1, 40)}@example.com`;
    return random.chance(0.2) ? email.toUpperCase() : email;
  }

  /** Writes the audience as it is, in one file or several, some rows twice, some without a key, some in conflict. */
  export(now: number): void {
    const random = this.#random;
    const rows = [...this.#rows];
    for (const row of this.#rows) {
      if (random.chance(0.04)) rows.push(row);
      if (random.chance(0.02)) rows.push({ ...row, name: `${row.name} again` });
    }
    if (random.chance(0.2)) rows.push(this.#row(null));
    this.#complete(rows, now);
    this.#write(rows, now);
  }

  /** They withdrew consent: from the next export on they are not there. */
  leave(id: string): void {
    this.#rows = this.#rows.filter((row) => row.id !== id);
  }

  /** Whether an export since, or the one that was the newest then, has them. */
  isExportedSince(id: string, moment: number): boolean {
    const last = this.#exports.findLastIndex(({ at }) => at <= moment);
    return this.#exports.slice(Math.max(0, last)).some(({ ids }) => ids.has(id));
  }

  /** By this e-mail more than one was ever known. */
  isShared(email: string): boolean {
    return (this.#sharers.get(email)?.size ?? 0) > 1;
  }

  /** Who may be meant by an e-mail. */
  idOf(email: string): string | undefined {
    return [...(this.#sharers.get(email) ?? [])].at(-1);
  }

  /** Writes exactly these rows. */
  exportExactly(rows: readonly Row[], now: number): void {
    this.#rows = [...rows];
    this.#complete([...rows], now);
    this.#write(rows, now);
  }

  /** The same rows once more, in other files: nothing has changed. */
  exportAgain(now: number): void {
    this.isBroken = false;
    this.#write([...this.#exported].reverse(), now);
  }

  /** Writes garbage: no complete snapshot until the next export. */
  exportBroken(now: number): void {
    this.#clear();
    this.isBroken = true;
    this.#store.write(`exports/${this.id}/0.ndjson`, Buffer.from('{"id": "m1", "na'), now);
  }

  #complete(rows: Row[], now: number): void {
    this.#exports.push({ at: now, ids: new Set(rows.flatMap(({ id }) => id ?? [])) });
    this.#exported = rows;
    this.isBroken = false;
    for (const { id, email } of rows) {
      if (!email || id === null) continue;
      const name = email.toLowerCase();
      this.#sharers.set(name, (this.#sharers.get(name) ?? new Set()).add(id));
    }
    const there = this.#isByEmail
      ? new Set(this.expected(plainMapping).members.keys())
      : new Set(rows.flatMap(({ id }) => id ?? []));
    const before = this.#always;
    this.#always = before ? new Set([...before].filter((name) => there.has(name))) : there;
  }

  /** No complete export ever lacked this member: nobody may remove it. */
  isAlwaysThere(name: string): boolean {
    return this.#always?.has(name) ?? false;
  }

  #write(rows: readonly Row[], now: number): void {
    this.#clear();
    const files = this.#random.between(1, 3);
    for (let file = 0; file < files; file++) {
      const lines = rows
        .filter((_, i) => i % files === file)
        .map((row) => `${JSON.stringify(row)}\n`);
      this.#store.write(
        `exports/${this.id}/${file}.ndjson`,
        Buffer.from(lines.join('') || '\n'),
        now,
      );
    }
  }

  #files(rows: readonly Row[]): [string, Uint8Array][] {
    const files = this.#random.between(1, 3);
    return Array.from({ length: files }, (_, file) => {
      const lines = rows.filter((_row, i) => i % files === file);
      const body = lines.map((row) => `${JSON.stringify(row)}\n`).join('') || '\n';
      return [`exports/${this.id}/${file}.ndjson`, Buffer.from(body)];
    });
  }

  /** Writes the audience file by file, with pauses in which somebody may look. */
  exportSlowly(world: World): void {
    this.#complete([...this.#rows], world.clock());
    this.#clear();
    const files = this.#files(this.#rows);
    const current = this.#export;
    files.forEach(([name, body], i) => {
      world.at(world.now() + i * 3_000, () => {
        if (this.#export === current) this.#store.write(name, body, world.clock());
      });
    });
  }

  #clear(): void {
    this.#export += 1;
    for (const key of this.#store.keys(`exports/${this.id}/`)) this.#store.remove(key);
  }

  expected(mapping: Mapping): Expected {
    const byId = Map.groupBy(this.#exported, (row) => row.id);
    const members = new Map<string, Member>();
    const invalid = new Set<string>();
    for (const [id, rows] of byId) {
      if (id === null) continue;
      const [first, ...others] = rows.map((row) => this.#memberOf(id, row, mapping));
      const isConflict = others.some((each) => JSON.stringify(each) !== JSON.stringify(first));
      if (isConflict || !first || nameOf(first) === '') {
        for (const name of this.#namesOf(id)) invalid.add(name);
      } else members.set(nameOf(first), first);
    }
    const shared = [...this.#sharers].filter(([, ids]) => ids.size > 1).map(([email]) => email);
    return { members, invalid, shared: new Set(shared) };
  }

  /** What the platform may ever have known the key by. */
  #namesOf(id: string): string[] {
    if (!this.#isByEmail) return [id];
    return [...this.#sharers].filter(([, ids]) => ids.has(id)).map(([email]) => email);
  }

  #memberOf(id: string, row: Row, { cityColumn, lowercase }: Mapping): Member {
    const city = row[cityColumn];
    const name = lowercase ? row.name.toLowerCase() : row.name;
    const known = this.#isByEmail ? { email: row.email?.toLowerCase() ?? '' } : { id };
    return { ...known, name, ...(city && { city }) };
  }

  get isEmpty(): boolean {
    return this.#exported.length === 0;
  }
}
