/** The warehouse's side of one sync: an audience that changes, and its exports. */

import type { MemorySnapshotStore } from './memory/stores.ts';
import type { Member } from './platform.ts';
import type { Random } from './random.ts';

const names = ['Ada', 'Bo', 'Cy', 'Di', 'Eve'];
const cities = ['Aachen', 'Bonn', 'Celle', null];

interface Row {
  readonly id: string | null;
  readonly name: string;
  readonly city: string | null;
}

/** What the newest complete snapshot says: exact members, and keys whose rows are invalid. */
export interface Expected {
  readonly members: ReadonlyMap<string, Member>;
  readonly invalid: ReadonlySet<string>;
}

export class Audience {
  readonly id: string;
  readonly #random: Random;
  readonly #store: MemorySnapshotStore;
  #rows: Row[] = [];
  #exported: Row[] = [];

  constructor(id: string, random: Random, store: MemorySnapshotStore) {
    this.id = id;
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
    return { id, name: this.#random.pick(names), city: this.#random.pick(cities) };
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
    this.#exported = rows;
    this.#write(rows, now);
  }

  /** The same rows once more, in other files: nothing has changed. */
  exportAgain(now: number): void {
    this.#write([...this.#exported].reverse(), now);
  }

  /** Writes garbage: no complete snapshot until the next export. */
  exportBroken(now: number): void {
    this.#clear();
    this.#store.write(`exports/${this.id}/0.ndjson`, Buffer.from('{"id": "m1", "na'), now);
  }

  #write(rows: readonly Row[], now: number): void {
    this.#clear();
    const files = this.#random.between(1, 3);
    for (let file = 0; file < files; file++) {
      const lines = rows
        .filter((_, i) => i % files === file)
        .map((row) => `${JSON.stringify(row)}\n`);
      this.#store.write(`exports/${this.id}/${file}.ndjson`, Buffer.from(lines.join('')), now);
    }
  }

  #clear(): void {
    for (const key of this.#store.keys(`exports/${this.id}/`)) this.#store.remove(key);
  }

  expected(): Expected {
    const byId = Map.groupBy(this.#exported, (row) => row.id);
    const members = new Map<string, Member>();
    const invalid = new Set<string>();
    for (const [id, rows] of byId) {
      if (id === null) continue;
      const distinct = new Set(rows.map((row) => JSON.stringify(row)));
      const [row] = rows;
      if (distinct.size > 1) invalid.add(id);
      else if (row) members.set(id, { id, name: row.name, ...(row.city && { city: row.city }) });
    }
    return { members, invalid };
  }

  get isEmpty(): boolean {
    return this.#exported.length === 0;
  }
}
