/** In-memory stand-ins of what is configured, and of the books about it. The contract suite holds them equal to the table. */

import type { AuditEntry } from '../../../shared/contracts/audit.ts';
import type { Claim } from '../../../shared/contracts/claim.ts';
import { Destination, DestinationInput } from '../../../shared/contracts/destination.ts';
import { Sync, SyncInput } from '../../../shared/contracts/sync.ts';
import {
  checkConfigurationSize,
  existsAlready,
  nameTaken,
  versionOutdated,
} from '../../../shared/domain/settings/configuration.ts';
import { nameKey } from '../../../shared/domain/settings/name-key.ts';
import type {
  AuditTrail,
  ConfigStore,
  Locks,
  SecretBook,
  SecretDates,
} from '../../../shared/ports/configurations.ts';
import type { Listed, Page } from '../../../shared/ports/listed.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

class MemoryConfigs<T extends Named & { readonly version: number }> {
  readonly #live = new Map<string, T>();
  readonly #versions = new Map<string, number>();

  put(input: Named, expected: number | undefined, parse: (whole: object) => T): T {
    checkConfigurationSize(input);
    const holder = this.all().find(({ name }) => nameKey(name) === nameKey(input.name));
    if (holder && holder.id !== input.id) throw nameTaken(input.name, holder.id);
    const found = this.#live.get(input.id);
    if (expected === 0 && found) throw existsAlready(input.id);
    if (expected && found?.version !== expected) throw versionOutdated(input.id);
    const saved = parse({ ...input, version: this.#count(input.id) });
    this.#live.set(input.id, saved);
    return saved;
  }

  get(id: string): T | undefined {
    return this.#live.get(id);
  }

  delete(id: string, expected: number): void {
    if (this.#live.get(id)?.version !== expected) throw versionOutdated(id);
    this.#live.delete(id);
    this.#count(id);
  }

  all(): T[] {
    return [...this.#live.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  page(limit: number, after = ''): Page<T> {
    return pageOf(
      this.all().filter(({ id }) => id > after),
      limit,
    );
  }

  #count(id: string): number {
    const version = (this.#versions.get(id) ?? 0) + 1;
    this.#versions.set(id, version);
    return version;
  }
}

function pageOf<T extends { readonly id: string }>(left: readonly T[], limit: number): Page<T> {
  const items = left.slice(0, limit);
  const last = items.at(-1);
  const page = { items, unreadable: [] };
  return last && left.length > limit ? { ...page, next: last.id } : page;
}

export class MemoryConfigStore implements ConfigStore {
  readonly #destinations = new MemoryConfigs<Destination>();
  readonly #syncs = new MemoryConfigs<Sync>();

  async putDestination(...[input, expected]: Parameters<ConfigStore['putDestination']>) {
    return this.#destinations.put(DestinationInput.parse(input), expected, (whole) =>
      Destination.parse(whole),
    );
  }

  async putSync(...[input, expected]: Parameters<ConfigStore['putSync']>) {
    return this.#syncs.put(SyncInput.parse(input), expected, (whole) => Sync.parse(whole));
  }

  async getDestination(id: string): Promise<Destination | undefined> {
    return this.#destinations.get(id);
  }

  async getSync(id: string): Promise<Sync | undefined> {
    return this.#syncs.get(id);
  }

  async deleteDestination(id: string, expected: number): Promise<void> {
    this.#destinations.delete(id, expected);
  }

  async deleteSync(id: string, expected: number): Promise<void> {
    this.#syncs.delete(id, expected);
  }

  async nameHolder(kind: 'destination' | 'sync', name: string): Promise<string | undefined> {
    const all = kind === 'sync' ? this.#syncs.all() : this.#destinations.all();
    return all.find((each) => nameKey(each.name) === nameKey(name))?.id;
  }

  async discardDestination(): Promise<boolean> {
    return false;
  }

  async discardSync(): Promise<boolean> {
    return false;
  }

  async listDestinations(): Promise<Listed<Destination>> {
    return { items: this.#destinations.all(), unreadable: [] };
  }

  async listSyncs(): Promise<Listed<Sync>> {
    return { items: this.#syncs.all(), unreadable: [] };
  }

  async syncsOf(destination: string, audience?: string) {
    const items = this.#syncs
      .all()
      .filter(
        (sync) =>
          sync.destination === destination && (audience ?? sync.audience.id) === sync.audience.id,
      );
    return { items, unreadable: [] };
  }

  async pageDestinations(limit: number, after?: string): Promise<Page<Destination>> {
    return this.#destinations.page(limit, after);
  }

  async pageSyncs(limit: number, after?: string): Promise<Page<Sync>> {
    return this.#syncs.page(limit, after);
  }
}

export class MemoryAuditTrail implements AuditTrail {
  readonly #entries = new Map<string, AuditEntry>();

  async add(entry: AuditEntry): Promise<void> {
    this.#entries.set(entry.id, entry);
  }

  async withdraw(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async page(limit: number, after?: string): Promise<Page<AuditEntry>> {
    const newestFirst = [...this.#entries.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    return pageOf(
      newestFirst.filter(({ id }) => after === undefined || id < after),
      limit,
    );
  }
}

export class MemorySecretBook implements SecretBook {
  readonly #dates = new Map<string, SecretDates>();
  readonly #claims = new Map<string, Claim>();

  async get(secret: string): Promise<SecretDates> {
    return this.#dates.get(secret) ?? {};
  }

  async claim(secret: string, claim: Claim, now: number): Promise<SecretDates | undefined> {
    const holder = this.#claims.get(secret);
    if (holder && holder.until >= now && holder.by !== claim.by) return undefined;
    this.#claims.set(secret, claim);
    return this.#dates.get(secret) ?? {};
  }

  async release(secret: string, { by }: Claim, dates: SecretDates): Promise<void> {
    if (this.#claims.get(secret)?.by !== by) return;
    this.#claims.delete(secret);
    this.#dates.set(secret, dates);
  }
}

export class MemoryLocks implements Locks {
  readonly #claims = new Map<string, Claim>();

  async take(name: string, claim: Claim, now: number): Promise<boolean> {
    const holder = this.#claims.get(name);
    if (holder && holder.until >= now && holder.by !== claim.by) return false;
    this.#claims.set(name, claim);
    return true;
  }

  async free(name: string, by: string): Promise<void> {
    if (this.#claims.get(name)?.by === by) this.#claims.delete(name);
  }
}
