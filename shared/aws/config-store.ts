/**
 * Destinations and syncs in the table: one partition each, as they are few. What is deleted leaves its version behind,
 * so that what is made anew under its id goes on counting.
 */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Destination, DestinationInput } from '../contracts/destination.ts';
import { Sync, SyncInput } from '../contracts/sync.ts';
import {
  checkConfigurationSize,
  existsAlready,
  versionOutdated,
} from '../domain/settings/configuration.ts';
import { nameKey } from '../domain/settings/name-key.ts';
import { StoredError } from '../domain/words/errors.ts';
import type { ConfigStore } from '../ports/configurations.ts';
import type { Listed, Page } from '../ports/listed.ts';
import type { Condition } from '../ports/table.ts';
import { asStored } from '../stored.ts';
import { type Found, type Items, jsonText, unreadableOf } from './items.ts';
import { UniqueNames } from './unique-names.ts';

const Config = z.looseObject({ id: z.string(), name: z.string() });
const Saved = z.object({
  /** Absent once it is deleted. As text, so that no name or depth in it is one of the table's. */
  config: jsonText.pipe(Config).optional(),
  version: z.number().int().nonnegative().default(0),
  /** Of the save that made it. */
  token: z.string().optional(),
  /** Of a sync: what it is asked for by. */
  destination: z.string().optional(),
  audience: z.string().optional(),
});
type Saved = z.infer<typeof Saved>;

/** A saved thing as it is used; undefined once it is deleted. What `Saved` takes may still not be read by it. */
const readable = <Whole>(whole: z.ZodType<Whole>) =>
  Saved.transform(({ config, version }, context): Whole | undefined => {
    if (!config) return undefined;
    const parsed = whole.safeParse({ ...config, version });
    if (parsed.success) return parsed.data;
    const places = parsed.error.issues.map(({ path }) => path.join('.'));
    context.addIssue(`not readable: ${places.join(', ')}`);
    return z.NEVER;
  });

/** Configurations of one kind. */
export class Configs<Input extends { id: string; name: string }, Whole> {
  readonly #items: Items;
  readonly #kind: string;
  readonly #input: z.ZodType<Input>;
  readonly #whole: z.ZodType<Whole>;
  readonly #readable: z.ZodType<Whole | undefined>;
  readonly #names: UniqueNames;
  readonly #now: () => number;
  readonly #marks: (input: Input) => Partial<Saved>;

  constructor(
    items: Items,
    kind: string,
    schemas: { readonly input: z.ZodType<Input>; readonly whole: z.ZodType<Whole> },
    now: () => number,
    /** What of it stands beside it, to be asked for by. */
    marks: (input: Input) => Partial<Saved> = () => ({}),
  ) {
    this.#marks = marks;
    this.#items = items;
    this.#kind = kind;
    this.#input = schemas.input;
    this.#whole = schemas.whole;
    this.#readable = readable(schemas.whole);
    this.#now = now;
    this.#names = new UniqueNames(
      items,
      `${kind}#NAMES`,
      async (id) => (await this.#read(id))?.config?.name,
    );
  }

  holder(name: string): Promise<string | undefined> {
    return this.#names.holder(name);
  }

  async put(input: Input, expected: number | undefined): Promise<Whole> {
    const config = this.#input.parse(input);
    checkConfigurationSize(config);
    const { id, name } = config;
    asStored(this.#whole, { ...config, version: 1 }, `${this.#kind}/${id}`);
    const token = randomUUID();
    await this.#names.claim({ name, id, token, now: this.#now() });
    if (expected === undefined) await this.#dropWreck(id);
    const before = await this.#items.update(
      Saved,
      this.#key(id),
      {
        set: { config: JSON.stringify(config), token, ...this.#marks(config) },
        add: { version: 1 },
        ...replaces(expected),
      },
      'ALL_OLD',
    );
    if (before) {
      await this.#release(before, name);
      return this.#whole.parse({ ...config, version: before.version + 1 });
    }
    const now = await this.#read(id);
    // The client repeats a write whose answer was lost, and then meets its own.
    if (now?.token === token) return this.#whole.parse({ ...config, version: now.version });
    if (now?.config && now.token !== undefined && nameKey(now.config.name) === nameKey(name)) {
      await this.#names.giveBack(name, token, { id, token: now.token, at: this.#now() });
    } else {
      await this.#names.release(name, token);
    }
    throw expected === 0 ? existsAlready(id) : versionOutdated(id);
  }

  async get(id: string): Promise<Whole | undefined> {
    return this.#items.get(this.#readable, this.#key(id));
  }

  async delete(id: string, expected: number): Promise<void> {
    const before = await this.#items.update(
      Saved,
      this.#key(id),
      { remove: ['config'], add: { version: 1 }, ...replaces(expected) },
      'ALL_OLD',
    );
    if (before) return this.#release(before, undefined);
    // As above: the answer of our own deletion may have been lost.
    const now = await this.#read(id);
    if (now?.config || now?.version !== expected + 1) throw versionOutdated(id);
  }

  /** False where it can be read, or there is none. */
  async discard(id: string): Promise<boolean> {
    const error = await this.get(id).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) return false;
    if (!(error instanceof StoredError) || error.code === 'format-newer') throw error;
    await this.#dropWreck(id);
    const before = await this.#items.update(
      Saved,
      this.#key(id),
      { remove: ['config'], add: { version: 1 } },
      'ALL_OLD',
    );
    if (before) await this.#release(before, undefined);
    return true;
  }

  /**
   * What not even tells its version is taken away, and its successor counts from the seconds of today: that is above
   * every version that was counted from 1.
   */
  async #dropWreck(id: string): Promise<void> {
    const key = this.#key(id);
    if (!(await this.#items.discard(Saved, key))) return;
    await this.#items.put(Saved, key, { version: Math.floor(this.#now() / 1_000) });
  }

  /** Those of which it holds, by what stands beside their settings. */
  async where(only: (item: Readonly<Record<string, unknown>>) => boolean): Promise<Listed<Whole>> {
    return shown(await this.#items.query(this.#readable, this.#kind, '', { only }));
  }

  async all(): Promise<Listed<Whole>> {
    return shown(await this.#items.query(this.#readable, this.#kind, ''));
  }

  /** Pages of deleted ones alone are passed over. */
  async page(limit: number, after: string | undefined): Promise<Page<Whole>> {
    for (let from = after; ; ) {
      const { next, ...found } = await this.#items.page(this.#readable, this.#kind, {
        limit,
        after: from,
      });
      const page = shown(found);
      if (next === undefined) return page;
      if (page.items.length + page.unreadable.length > 0) return { ...page, next };
      from = next;
    }
  }

  #read(id: string): Promise<Saved | undefined> {
    return this.#items.get(Saved, this.#key(id));
  }

  /** Gives up the name that a save or deletion took from the thing. */
  async #release({ config, token }: Saved, kept: string | undefined): Promise<void> {
    if (!config || token === undefined) return;
    if (kept !== undefined && nameKey(config.name) === nameKey(kept)) return;
    await this.#names.release(config.name, token);
  }

  #key(id: string) {
    return { pk: this.#kind, sk: id };
  }
}

const shown = <Whole>({ items, unreadable }: Found<Whole | undefined>): Listed<Whole> => ({
  items: items.flatMap((each) => each ?? []),
  unreadable: unreadable.map(unreadableOf),
});

function replaces(expected: number | undefined): Partial<Condition> {
  const names = { '#config': 'config' };
  if (expected === undefined) return {};
  if (expected === 0) return { when: 'attribute_not_exists(#config)', names };
  return {
    when: '#version = :expected AND attribute_exists(#config)',
    names: { ...names, '#version': 'version' },
    values: { ':expected': expected },
  };
}

export function createConfigStore(items: Items, now: () => number = Date.now): ConfigStore {
  const destinations = new Configs(
    items,
    'DESTINATIONS',
    { input: DestinationInput, whole: Destination },
    now,
  );
  const syncs = new Configs(
    items,
    'SYNCS',
    { input: SyncInput, whole: Sync },
    now,
    ({ destination, audience }) => ({ destination, audience: audience.id }),
  );
  return {
    putDestination: (input, expected) => destinations.put(input, expected),
    putSync: (input, expected) => syncs.put(input, expected),
    getDestination: (id) => destinations.get(id),
    getSync: (id) => syncs.get(id),
    deleteDestination: (id, expected) => destinations.delete(id, expected),
    deleteSync: (id, expected) => syncs.delete(id, expected),
    nameHolder: (kind, name) => (kind === 'sync' ? syncs : destinations).holder(name),
    discardDestination: (id) => destinations.discard(id),
    discardSync: (id) => syncs.discard(id),
    listDestinations: () => destinations.all(),
    listSyncs: () => syncs.all(),
    syncsOf: (destination, audience) =>
      syncs.where(
        (item) =>
          item['destination'] === destination &&
          (audience ?? item['audience']) === item['audience'],
      ),
    pageDestinations: (limit, after) => destinations.page(limit, after),
    pageSyncs: (limit, after) => syncs.page(limit, after),
  };
}
