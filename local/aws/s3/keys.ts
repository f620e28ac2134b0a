/** An ordered map from object keys, and S3's listing over it. */

/** S3's order of keys: by their UTF-8 bytes, which is the order of code points but not of JavaScript's `<`. */
function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for U+10000 and above, so they come after U+E000 to U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Keeps its keys sorted in memory; 20,000 of them cost some 10 µs for a new key and nothing for an old one. */
export class SortedKeys<Value> {
  readonly #values: Map<string, Value>;
  readonly #keys: string[];

  constructor(entries: Iterable<readonly [string, Value]> = []) {
    this.#values = new Map(entries);
    this.#keys = [...this.#values.keys()].sort(compareKeys);
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    if (!this.#values.has(key)) this.#keys.splice(this.from(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.from(key), 1);
  }

  at(position: number): string | undefined {
    return this.#keys[position];
  }

  /** Position of the first key that is not below this one. */
  from(key: string): number {
    return this.#search(0, (each) => compareKeys(each, key) < 0);
  }

  /** Position of the first key above this one. */
  after(key: string): number {
    return this.#search(0, (each) => compareKeys(each, key) <= 0);
  }

  /** Position of the first key above all those that begin with this prefix. */
  beyond(prefix: string): number {
    return this.#search(this.from(prefix), (each) => each.startsWith(prefix));
  }

  /** First position from `low` on where `passes` no longer holds; it must hold for a run of keys from `low`. */
  #search(low: number, passes: (key: string) => boolean): number {
    let from = low;
    let to = this.#keys.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const key = this.#keys[middle];
      if (key !== undefined && passes(key)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Where a page of a listing ended: at a key, or at a prefix that stood for many. */
export interface ListPosition {
  readonly kind: 'key' | 'prefix';
  readonly value: string;
}

export interface ListRequest {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Keys up to and with this one are left out; empty for none. */
  readonly startAfter: string;
  /** 0 to 1,000: keys and common prefixes together. */
  readonly maxKeys: number;
  /** Where the page before ended; takes the place of `startAfter`. */
  readonly resume: ListPosition | undefined;
}

export interface ListPage {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  /** Set when there is more. */
  readonly next: ListPosition | undefined;
}

/** One page of ListObjectsV2. Costs O(page × log n): what a common prefix stands for is jumped over. */
export function listPage(sorted: SortedKeys<unknown>, request: ListRequest): ListPage {
  const { prefix, delimiter, maxKeys } = request;
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  let position = Math.max(sorted.from(prefix), startOf(sorted, request));
  let last: ListPosition | undefined;
  for (
    let key = sorted.at(position);
    key?.startsWith(prefix) && maxKeys > 0;
    key = sorted.at(position)
  ) {
    if (keys.length + commonPrefixes.length === maxKeys) {
      return { keys, commonPrefixes, next: last };
    }
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end < 0) {
      keys.push(key);
      last = { kind: 'key', value: key };
      position += 1;
    } else {
      last = { kind: 'prefix', value: key.slice(0, end + delimiter.length) };
      commonPrefixes.push(last.value);
      position = sorted.beyond(last.value);
    }
  }
  return { keys, commonPrefixes, next: undefined };
}

function startOf(sorted: SortedKeys<unknown>, { resume, startAfter }: ListRequest): number {
  if (resume?.kind === 'prefix') return sorted.beyond(resume.value);
  const key = resume?.value ?? startAfter;
  return key === '' ? 0 : sorted.after(key);
}
