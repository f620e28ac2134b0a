/** What stands in the table and can't be read: set aside, named without a value, and nothing else waits for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditTrail } from '../../shared/aws/audit-trail.ts';
import { createCircuitStore } from '../../shared/aws/circuit-store.ts';
import { createConfigStore } from '../../shared/aws/config-store.ts';
import { Items } from '../../shared/aws/items.ts';
import { createRunStore } from '../../shared/aws/run-store.ts';
import { createSecretBook } from '../../shared/aws/secret-book.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { InvariantError, StoredError } from '../../shared/domain/words/errors.ts';
import { plainMapping } from '../simulation/audience.ts';
import { destinationOf, syncOf } from '../simulation/settings.ts';
import { inSqlite, onDynamoDb, type TableWorld } from './tables.ts';

describe.each([
  ['DynamoDB', onDynamoDb],
  ['SQLite', inSqlite],
] as const)('in %s', (_, start) => {
  let world: TableWorld;
  beforeAll(async () => {
    world = await start();
  });
  afterAll(() => world.close());

  const stores = () => {
    const items = new Items(world.table);
    return {
      configs: createConfigStore(items),
      runs: createRunStore(items),
      circuits: createCircuitStore(items),
      book: createSecretBook(items),
      audit: createAuditTrail(items),
    };
  };
  const plant = (pk: string, sk: string, rest: object) => world.table.put({ pk, sk, ...rest });
  const itemAt = (pk: string, sk: string) => world.table.get({ pk, sk });

  const secretValue = 'ada@example.org';
  /** Of the form of today, and of no sense; and of a form that is still to come. */
  const wrecks = [
    { format: 1, config: secretValue, epoch: secretValue, openUntil: secretValue },
    { format: 2 },
  ];
  const at = 1_700_000_000_000;
  const run = (sync: string, id: string): Run => ({
    sync,
    id,
    epoch: 1,
    trigger: 'manual',
    task: usualTask,
    phase: 'starting',
    startedAt: at,
    movedAt: at,
    deadline: at + 1,
    attempts: 0,
  });

  test('lists go on without what can not be read, and name it; no error holds a value', async () => {
    const { configs, runs, audit } = stores();
    await configs.putDestination(
      destinationOf({ id: 'whole', lanes: 1, batchSize: 1, retryFailed: true }),
    );
    await configs.putSync({ ...syncOf({ id: 'whole', retryFailed: true }, plainMapping) });
    await runs.claimLease({
      sync: 'whole',
      run: 'r',
      trigger: 'manual',
      task: usualTask,
      startedAt: at,
    });
    await runs.createRun(run('whole', 'r'));
    for (const [index, wreck] of wrecks.entries()) {
      const id = `wreck${index}`;
      for (const pk of ['DESTINATIONS', 'SYNCS', 'STATES', 'AUDIT']) await plant(pk, id, wreck);
      await plant('SYNC#whole', `RUN#${id}`, wreck);
      await plant('RUN#r', `p1#deleting#000000${index}`, wreck);
    }
    const states = await runs.listStates();
    const lists = [
      await configs.listDestinations(),
      await configs.listSyncs(),
      await configs.pageSyncs(10),
      { items: [...states.states], unreadable: states.unreadable },
      await runs.listRuns('whole', 10),
    ];
    for (const { items, unreadable } of lists) {
      expect(items).toHaveLength(1);
      expect(unreadable.map(({ id }) => id).sort()).toEqual(['wreck0', 'wreck1']);
      expect(unreadable.map(({ error }) => error.code).sort()).toEqual([
        'format-newer',
        'stored-unreadable',
      ]);
      expect(JSON.stringify(unreadable)).not.toContain(secretValue);
    }
    expect((await audit.page(10)).unreadable).toHaveLength(2);
    const pending = await runs.listPending(run('whole', 'r'), 'p1', 'deleting', 1);
    expect(pending).toMatchObject({ items: [], unreadable: [{ id: '0' }, { id: '1' }] });
    for (const read of [
      configs.getSync('wreck0'),
      configs.getDestination('wreck0'),
      runs.getState('wreck0'),
      runs.getRun('whole', 'wreck0'),
    ])
      await expect(read).rejects.toBeInstanceOf(StoredError);
  });

  test('what can not be read is replaced or taken away; what a later release wrote stays as it is', async () => {
    const { configs, runs } = stores();
    const input = (id: string) => ({
      ...syncOf({ id, retryFailed: true }, plainMapping),
      name: id,
    });
    const saved = await configs.putSync(input('wreck0'));
    expect(await configs.getSync('wreck0')).toEqual(saved);
    await plant('SYNCS', 'wreck3', wrecks[0] ?? {});
    expect(await configs.discardSync('wreck3')).toBe(true);
    expect(await configs.getSync('wreck3')).toBeUndefined();
    expect(await configs.discardSync('wreck0')).toBe(false);
    expect(await runs.discardRun('whole', 'wreck0')).toBe(true);
    expect(await runs.forgetMirror('wreck0')).toBe(true);
    expect(await runs.getState('wreck0')).toMatchObject({ epoch: 1 });
    const newer = { pk: 'SYNCS', sk: 'wreck1', ...wrecks[1] };
    await expect(configs.putSync(input('wreck1'))).rejects.toMatchObject({ code: 'format-newer' });
    await expect(configs.discardSync('wreck1')).rejects.toMatchObject({ code: 'format-newer' });
    expect(await runs.discardRun('whole', 'wreck1')).toBe(false);
    await runs.claimRun(
      { sync: 'whole', id: 'wreck1', epoch: 1 },
      'starting',
      { by: 'x', until: at },
      at,
    );
    expect(await itemAt('SYNCS', 'wreck1')).toEqual(newer);
    expect(await itemAt('SYNC#whole', 'RUN#wreck1')).toEqual({
      ...newer,
      pk: 'SYNC#whole',
      sk: 'RUN#wreck1',
    });
  });

  test('a circuit or the dates of a secret that can not be read keep nobody waiting', async () => {
    const { circuits, book } = stores();
    await plant('CIRCUITS', 'd', wrecks[0] ?? {});
    await plant('SECRETS', 'd', { format: 1, dates: secretValue });
    expect(await circuits.get('d')).toBeUndefined();
    expect(await book.claim('d', { by: 'x', until: at }, at)).toEqual({});
  });

  test('nothing is written that could not be read again, and a state no reader knows', async () => {
    const { runs, configs } = stores();
    for (const wrong of [
      { epoch: -1 },
      { deadline: at + 0.5 },
      { startedAt: Number.NaN },
      { id: '\ud800' },
    ])
      await expect(runs.createRun({ ...run('odd', 'r'), ...wrong })).rejects.toBeInstanceOf(
        InvariantError,
      );
    expect((await runs.listRuns('odd', 10)).items).toEqual([]);
    const odd = { ...syncOf({ id: 'odd', retryFailed: true }, plainMapping), name: 'odd' };
    await expect(configs.putSync({ ...odd, connection: { a: 2 ** 53 } })).rejects.toThrow();
    await expect(configs.putSync({ ...odd, name: '\ud800' })).rejects.toBeInstanceOf(
      InvariantError,
    );
    expect(await configs.getSync('odd')).toBeUndefined();
  });
});
