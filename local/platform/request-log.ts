/** The platform's account of the member requests it got since it started. No I/O. */
import type { Tally } from './audience.ts';

export interface RequestEntry {
  /** Order of arrival, from 1. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  /** Records in the body; 0 if it could not be read. */
  identities: number;
  fault: string;
  applied: boolean;
  /** Null while no complete answer was given. */
  status: number | null;
}

export interface Stats {
  requests: number;
  added: number;
  updated: number;
  removed: number;
  /** Requests whose Idempotency-Key had been answered with 2xx before. */
  repeats: number;
  /** Records received, applied or not. */
  identities: number;
}

/** Entries kept; older ones are forgotten, the counters are not. */
export const LOG_LIMIT = 10_000;
/** Idempotency keys remembered for `repeats`; the oldest are forgotten first. */
const KEY_LIMIT = 100_000;
const TEXT_LIMIT = 500;

export class RequestLog {
  readonly #ring: RequestEntry[] = [];
  readonly #answered = new Set<string>();
  readonly #stats: Stats = {
    requests: 0,
    added: 0,
    updated: 0,
    removed: 0,
    repeats: 0,
    identities: 0,
  };

  /** Notes a request on its arrival. Texts are cut at 500 characters. */
  open(method: string, path: string, key: string | null, fault: string): RequestEntry {
    const seq = ++this.#stats.requests;
    const entry: RequestEntry = {
      seq,
      time: new Date().toISOString(),
      method,
      path: path.slice(0, TEXT_LIMIT),
      idempotencyKey: key === null ? null : key.slice(0, TEXT_LIMIT),
      identities: 0,
      fault,
      applied: false,
      status: null,
    };
    if (entry.idempotencyKey !== null && this.#answered.has(entry.idempotencyKey)) {
      this.#stats.repeats++;
    }
    this.#ring[(seq - 1) % LOG_LIMIT] = entry;
    return entry;
  }

  received(entry: RequestEntry, identities: number): void {
    entry.identities = identities;
    this.#stats.identities += identities;
  }

  applied(entry: RequestEntry, tally: Tally): void {
    entry.applied = true;
    this.#stats.added += tally.added;
    this.#stats.updated += tally.updated;
    this.#stats.removed += tally.removed;
  }

  answered(entry: RequestEntry, status: number): void {
    entry.status = status;
    if (entry.idempotencyKey === null || status < 200 || status > 299) return;
    this.#answered.add(entry.idempotencyKey);
    if (this.#answered.size <= KEY_LIMIT) return;
    for (const oldest of this.#answered) {
      this.#answered.delete(oldest);
      return;
    }
  }

  get stats(): Readonly<Stats> {
    return this.#stats;
  }

  /** In order of arrival. */
  entries(): RequestEntry[] {
    const oldest = this.#stats.requests % LOG_LIMIT;
    if (this.#stats.requests <= LOG_LIMIT) return [...this.#ring];
    return [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)];
  }

  /** The newest `count`, newest first. */
  latest(count: number): RequestEntry[] {
    const newest = this.#stats.requests;
    const kept = Math.min(count, newest, LOG_LIMIT);
    return Array.from(
      { length: kept },
      (_, back) => this.#ring[(newest - 1 - back) % LOG_LIMIT],
    ).filter((entry) => entry !== undefined);
  }
}
