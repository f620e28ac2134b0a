/** One suite over the in-memory configurations and those in the table: versions, names, pages, and the books about them. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditTrail } from '../../shared/aws/audit-trail.ts';
import { createConfigStore } from '../../shared/aws/config-store.ts';
import { Items } from '../../shared/aws/items.ts';
import { createLocks } from '../../shared/aws/locks.ts';
import { createOnceStore } from '../../shared/aws/once-store.ts';
import { createSecretBook } from '../../shared/aws/secret-book.ts';
import { UniqueNames } from '../../shared/aws/unique-names.ts';
import { maxConfigurationBytes } from '../../shared/domain/settings/configuration.ts';
import { nameKey } from '../../shared/domain/settings/name-key.ts';
import { MirrorError } from '../../shared/domain/words/errors.ts';
import type {
  AuditTrail,
  ConfigStore,
  Locks,
  SecretBook,
} from '../../shared/ports/configurations.ts';
import fc from '../fast-check.ts';
import { plainMapping } from '../simulation/audience.ts';
import {
  MemoryAuditTrail,
  MemoryConfigStore,
  MemoryLocks,
  MemorySecretBook,
} from '../simulation/memory/configs.ts';
import { destinationOf, syncOf } from '../simulation/settings.ts';
import { inSqlite, onDynamoDb, type TableWorld } from './tables.ts';

interface Stores {
  readonly configs: ConfigStore;
  readonly audit: AuditTrail;
  readonly book: SecretBook;
  readonly locks: Locks;
  readonly close: () => Promise<void>;
}

const clock = { at: 1_700_000_000_000 };
let items: Items;

const over = (make: () => Promise<TableWorld>) => async (): Promise<Stores> => {
  const { table, close } = await make();
  items = new Items(table);
  return {
    configs: createConfigStore(items, () => clock.at),
    audit: createAuditTrail(items),
    book: createSecretBook(items),
    locks: createLocks(items),
    close,
  };
};

const inMemory = async (): Promise<Stores> => ({
  configs: new MemoryConfigStore(),
  audit: new MemoryAuditTrail(),
  book: new MemorySecretBook(),
  locks: new MemoryLocks(),
  close: async () => {},
});

let count = 0;
const newId = () => `thing-${String(++count).padStart(4, '0')}`;
const destination = (id: string, name = `Name of ${id}`) => ({
  ...destinationOf({ id, lanes: 2, batchSize: 3, retryFailed: true }),
  id,
  name,
});
const sync = (id: string, name = `Name of ${id}`) => ({
  ...syncOf({ id, retryFailed: true }, plainMapping),
  name,
});
const codeOf = (write: Promise<unknown>) =>
  write.then(
    () => 'done',
    (error: unknown) => (error instanceof MirrorError ? error.code : `${error}`),
  );

describe.each([
  { where: 'in memory', make: inMemory },
  { where: 'on DynamoDB', make: over(onDynamoDb) },
  { where: 'in SQLite', make: over(inSqlite) },
])('configurations $where', ({ make }) => {
  let stores: Stores;
  let configs: ConfigStore;
  beforeAll(async () => {
    stores = await make();
    configs = stores.configs;
  });
  afterAll(() => stores.close());

  test('a save counts the version up, expected or not, and goes on after a deletion', async () => {
    const id = newId();
    expect(await configs.getDestination(id)).toBeUndefined();
    await configs.putDestination(destination(id), 0);
    expect(await configs.putDestination(destination(id, 'Other'), 1)).toEqual({
      ...destination(id, 'Other'),
      version: 2,
    });
    expect(await configs.getDestination(id)).toMatchObject({ name: 'Other', version: 2 });
    expect(await codeOf(configs.putDestination(destination(id), 0))).toBe('exists-already');
    expect(await codeOf(configs.putDestination(destination(id), 1))).toBe('version-outdated');
    expect(await codeOf(configs.deleteDestination(id, 1))).toBe('version-outdated');
    await configs.deleteDestination(id, 2);
    expect(await configs.getDestination(id)).toBeUndefined();
    expect(await codeOf(configs.deleteDestination(id, 2))).toMatch(/done|version-outdated/);
    expect(await codeOf(configs.putDestination(destination(id), 2))).toBe('version-outdated');
    expect(await codeOf(configs.putDestination(destination(id), 3))).toBe('version-outdated');
    expect((await configs.putDestination(destination(id), 0)).version).toBe(4);
    expect((await configs.putDestination(destination(id))).version).toBe(5);
  });

  test('of many racing saves of one version, one comes through', async () => {
    const id = newId();
    await configs.putSync(sync(id), 0);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `${id} ${letter}`);
    const codes = await Promise.all(
      names.map((name) => codeOf(configs.putSync(sync(id, name), 1))),
    );
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(await configs.getSync(id)).toMatchObject({
      version: 2,
      name: names[codes.indexOf('done')],
    });
    // Those that lost keep no name from others.
    for (const name of names.filter((_, index) => codes[index] !== 'done')) {
      await configs.putSync(sync(newId(), name), 0);
    }
  });

  test('a name goes to one of many racing creations, whatever its case and spaces', async () => {
    const name = newId();
    const forms = [name, ` ${name}`, name.toUpperCase(), `${name} `, name, name];
    const codes = await Promise.all(
      forms.map((form) => codeOf(configs.putDestination(destination(newId(), form), 0))),
    );
    expect(codes.sort()).toEqual(['done', ...Array(5).fill('name-taken')]);
    await configs.putSync(sync(newId(), name), 0);
  });

  test('a name is free again once its bearer has another, or is deleted', async () => {
    const [a, b] = [newId(), newId()];
    await configs.putSync(sync(a, 'Once'), 0);
    expect(await codeOf(configs.putSync(sync(b, 'once'), 0))).toBe('name-taken');
    await configs.putSync(sync(a, 'Twice'), 1);
    await configs.putSync(sync(b, 'once'), 0);
    await configs.deleteSync(a, 2);
    await configs.putSync(sync(b, 'Twice'), 1);
    await configs.putSync(sync(a, 'Once'), 0);
  });

  test('a save that was refused does not hold the name its bearer gives up afterwards', async () => {
    const [a, b] = [newId(), newId()];
    await configs.putSync(sync(a, 'Held'), 0);
    expect(await codeOf(configs.putSync(sync(a, 'held'), 0))).toBe('exists-already');
    await configs.putSync(sync(a, 'Let go'), 1);
    await configs.putSync(sync(b, 'Held'), 0);
  });

  test('what is too large for an item of the table is refused', async () => {
    const id = newId();
    const headers = Object.fromEntries(
      Array.from({ length: Math.ceil(maxConfigurationBytes / 8_000) }, (_, at) => [
        `x-${at}`,
        'é'.repeat(4_000),
      ]),
    );
    const tooLarge = { ...destination(id), headers };
    expect(await codeOf(configs.putDestination(tooLarge, 0))).toBe('configuration-too-large');
    const { 'x-0': _, 'x-1': __, ...fewer } = headers;
    await configs.putDestination({ ...destination(id), headers: fewer }, 0);
  });

  test('pages hold everything once, in order, without what is deleted', async () => {
    const fresh = (await make()).configs;
    const prefix = newId();
    const ids = Array.from({ length: 7 }, (_, at) => `${prefix}-${at}`);
    for (const id of ids) await fresh.putDestination(destination(id), 0);
    for (const id of ids.slice(1, 4)) await fresh.deleteDestination(id, 1);
    const left = [ids[0], ...ids.slice(4)];
    const seen: string[] = [];
    for (let after: string | undefined = prefix; after; ) {
      const page = await fresh.pageDestinations(2, after);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(seen.filter((id) => id.startsWith(prefix))).toEqual(left);
  });

  test('lists are in byte order of ids, and those of an audience know their own', async () => {
    const prefix = newId();
    const at = (id: string, audience: string) => ({
      ...sync(id),
      destination: prefix,
      audience: { id: audience, name: audience },
    });
    const ids = ['z', 'a-', 'a', '9', 'a0'].map((end) => `${prefix}${end}`);
    for (const [index, id] of ids.entries()) await configs.putSync(at(id, `${index % 2}`), 0);
    const idsOf = async (found: ReturnType<ConfigStore['syncsOf']>) =>
      (await found).items.map(({ id }) => id.slice(prefix.length)).filter((id) => id.length < 3);
    expect(await idsOf(configs.syncsOf(prefix))).toEqual(['9', 'a', 'a-', 'a0', 'z']);
    expect(await idsOf(configs.syncsOf(prefix, '1'))).toEqual(['9', 'a-']);
    expect((await configs.syncsOf('nobody')).items).toEqual([]);
    const all = (await configs.listSyncs()).items.map(({ id }) => id);
    expect(all).toEqual([...all].sort());
    expect(all).toEqual(expect.arrayContaining(ids));
  });

  test('a lock has one of many that want it, until it lets go or its time is over', async () => {
    const { locks } = stores;
    const claim = (by: string) => ({ by, until: clock.at + 1_000 });
    const take = (by: string, later = 0) => locks.take('l', claim(by), clock.at + later);
    const taken = await Promise.all(['a', 'b', 'c'].map((by) => take(by)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const winner = ['a', 'b', 'c'][taken.indexOf(true)] ?? '';
    expect([await take(winner), await take('d')]).toEqual([true, false]);
    await locks.free('l', 'd');
    expect(await take('d')).toBe(false);
    await locks.free('l', winner);
    expect([await take('d'), await take('e'), await take('e', 1_001)]).toEqual([true, false, true]);
    expect(await locks.take('another', claim('f'), clock.at)).toBe(true);
  });

  test('the audit trail gives the newest first, page by page, without what was withdrawn', async () => {
    const { audit } = stores;
    const entries = ['01', '02', '03', '04'].map((id) => ({
      id,
      at: clock.at,
      who: 'ada',
      what: 'updated',
      kind: 'sync' as const,
      thing: 'customers',
      version: 2,
      changes: [{ pointer: '/key/0', before: 'a', after: ['b'] }],
    }));
    for (const entry of entries) await audit.add(entry);
    await audit.withdraw('03');
    const first = await audit.page(2);
    expect(first.items).toEqual([entries[3], entries[1]]);
    expect(await audit.page(2, first.next)).toEqual({ unreadable: [], items: [entries[0]] });
  });

  test('the book of secrets has one writer at a time, and keeps what the last one wrote', async () => {
    const { book } = stores;
    const claim = (by: string) => ({ by, until: clock.at + 1_000 });
    expect(await book.get('s')).toEqual({});
    const claims = await Promise.all(
      ['a', 'b', 'c'].map((by) => book.claim('s', claim(by), clock.at)),
    );
    expect(claims.filter(Boolean)).toEqual([{}]);
    const winner = ['a', 'b', 'c'][claims.findIndex(Boolean)] ?? '';
    await book.release('s', claim('nobody'), { token: 1 });
    await book.release('s', claim(winner), { token: 2, password: 3 });
    expect(await book.get('s')).toEqual({ token: 2, password: 3 });
    expect(await book.claim('s', claim('d'), clock.at)).toEqual({ token: 2, password: 3 });
    expect(await book.claim('s', claim('e'), clock.at)).toBeUndefined();
    expect(await book.claim('s', claim('e'), clock.at + 2_000)).toBeDefined();
  });
});

describe('the table', () => {
  let table: Stores;
  beforeAll(async () => {
    table = await over(onDynamoDb)();
  });
  afterAll(() => table.close());

  const step = fc.record({
    what: fc.constantFrom('create', 'save', 'put', 'delete'),
    id: fc.constantFrom('a', 'b', 'c'),
    name: fc.constantFrom('One', 'ONE', 'Two', 'Three'),
    version: fc.nat(4),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const take = (configs: ConfigStore, round: string, { what, id, name, version }: Step) => {
    const input = sync(`${round}-${id}`, `${round} ${name}`);
    if (what === 'create') return codeOf(configs.putSync(input, 0));
    if (what === 'save') return codeOf(configs.putSync(input, version + 1));
    if (what === 'put') return codeOf(configs.putSync(input));
    return codeOf(configs.deleteSync(input.id, version + 1));
  };

  test('does the same as memory, whatever is saved and deleted one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const round = newId();
        const memory = new MemoryConfigStore();
        for (const each of steps) {
          const code = await take(memory, round, each);
          // Deleted twice in a row is deleted: the table cannot tell the second from a repetition of the first.
          const found = await take(table.configs, round, each);
          if (!(each.what === 'delete' && found === 'done')) expect(found).toBe(code);
        }
        const saved = (await table.configs.listSyncs()).items.filter(({ id }) =>
          id.startsWith(round),
        );
        expect(saved).toEqual((await memory.listSyncs()).items);
      }),
      { numRuns: 12 },
    );
  });

  test('lets no two bear one name, whatever is saved and deleted at once; and no name is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
        const round = newId();
        const half = Math.ceil(steps.length / 2);
        for (const part of [steps.slice(0, half), steps.slice(half)]) {
          await Promise.all(part.map((each) => take(table.configs, round, each)));
        }
        const live = (await table.configs.listSyncs()).items.filter(({ id }) =>
          id.startsWith(round),
        );
        const borne = live.map(({ name }) => nameKey(name));
        expect(new Set(borne).size).toBe(borne.length);
        clock.at += 121_000;
        for (const name of ['One', 'Two', 'Three'].map((each) => `${round} ${each}`)) {
          const expected = borne.includes(nameKey(name)) ? 'name-taken' : 'done';
          expect(await codeOf(table.configs.putSync(sync(newId(), name), 0))).toBe(expected);
        }
      }),
      { numRuns: 12 },
    );
  });

  test('the same request stands for what the first of many started, for a day', async () => {
    const once = createOnceStore(items);
    const keep = (id: string, later = 0) =>
      once.keep('key', { request: 'digest', id }, clock.at + later);
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((id) => keep(id)));
    expect(new Set(kept.map(({ id }) => id)).size).toBe(1);
    expect(await keep('e', 86_399_999)).toEqual(kept[0]);
    expect(await keep('f', 86_400_001)).toEqual({ request: 'digest', id: 'f' });
    expect(await keep('g', 86_400_001)).toMatchObject({ id: 'f' });
  });

  test('a name whose claimer died is kept for two minutes, and then is free', async () => {
    const [name, dead] = [newId(), newId()];
    const names = new UniqueNames(items, 'SYNCS#NAMES', async () => undefined);
    await names.claim({ name, id: dead, token: 't', now: clock.at });
    clock.at += 119_000;
    expect(await codeOf(table.configs.putSync(sync(newId(), name), 0))).toBe('name-taken');
    clock.at += 2_000;
    expect(await codeOf(table.configs.putSync(sync(newId(), name), 0))).toBe('done');
    expect(await codeOf(table.configs.putSync(sync(dead, name), 0))).toBe('name-taken');
  });
});
