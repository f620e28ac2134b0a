/** What the adapter promises of the engine, over a real Trino: every type, pinned files, limits, tokens and an end on request. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Candidate } from '../../../shared/domain/plan/plan.ts';
import { createPartEngine } from '../../../shared/duckdb/part-engine.ts';
import type {
  DistributedEngine,
  QueryState,
  Statement,
} from '../../../shared/ports/distributed-engine.ts';
import { fileSnapshots } from '../../duckdb/file-stores.ts';
import { Workplace } from '../../duckdb/workplace.ts';
import { snapshotOf } from '../../snapshot-of.ts';
import { usualReading } from '../../usual-reading.ts';
import { exports, openTrino, type TrinoPlace } from './place.ts';

let trino: TrinoPlace;
let place: Workplace;
let names = 0;

beforeAll(async () => {
  trino = await openTrino();
  place = await Workplace.open();
}, 300_000);

afterAll(async () => {
  await place?.[Symbol.asyncDispose]();
  await trino?.close();
});

const token = (text: string) => createHash('sha256').update(text).digest('hex');

async function ended(engine: DistributedEngine, id: string): Promise<QueryState> {
  for (;;) {
    const state = await engine.look(id);
    if (state.status !== 'running') return state;
    await sleep(50);
  }
}

async function write(name: string, query: string) {
  await place.export(name, query);
  await trino.put(exports, name, await readFile(place.object(name)));
  return { key: name, etag: '', size: (await stat(place.object(name))).size };
}

const partsOf = () =>
  createPartEngine({
    snapshots: fileSnapshots(join(place.folder, 'snapshots')),
    state: trino.state,
    scratch: place.scratch,
    ...place.limits,
  });

/** The same files, read by one machine and through the engine. */
async function bothWays(query: string, key: string[], columns: string[]) {
  const name = `types-${++names}`;
  const object = await write(`${name}.parquet`, query);
  const wanted = {
    kind: 'snapshot',
    snapshot: snapshotOf('parquet', [object]),
    reading: usualReading,
  } as const;
  const question = { key, columns, fingerprint: 'f', retryFailed: true };
  const session = await place.engine().open({ ...question, wanted, mirror: undefined });
  const one: Candidate[] = [];
  for await (const batch of session.candidates()) one.push(...batch);
  await session.close();

  const parts = partsOf();
  const { groups } = await parts.groups({ wanted, key, columns });
  const [group] = groups;
  if (!group) throw new Error('There is a file.');
  const table = `am_${token(name).slice(0, 12)}`;
  await trino.engine.createTable({
    name: table,
    columns: group.columns.map(({ name: column, type }) => ({ name: column, type })),
    files: [{ bucket: exports, key: object.key }],
  });
  const statement: Statement = {
    kind: 'rows',
    source: {
      table,
      key: group.key,
      digested: group.columns.map(({ name: column, type }) => ({ name: column, type })),
      carried: group.columns.map(({ name: column }) => column),
      seed: 'f',
    },
    keys: undefined,
    parts: 1,
  };
  const id = await trino.engine.start({ statement, target: `types/${name}/`, token: token(name) });
  const state = await ended(trino.engine, id);
  if (state.status !== 'done') throw new Error(JSON.stringify(state));
  const part = await parts.open({ ...question, groups, rows: [state.objects], entries: [] });
  const many: Candidate[] = [];
  for await (const batch of part.candidates()) many.push(...batch);
  await part.close();
  await trino.engine.dropTables([table]);
  return { one, many };
}

type TypeCase = readonly [name: string, values: readonly string[], isKey: boolean];

const valueTypes: readonly (readonly [name: string, values: readonly string[], isKey?: boolean])[] =
  [
    ['VARCHAR', [`'x'`, `'é😀' || chr(0)`, `' a '`, `''`, `chr(10) || '"\\\\'`], true],
    ['BOOLEAN', ['true', 'false'], true],
    ['TINYINT', ['-128', '127'], true],
    ['SMALLINT', ['-32768', '32767'], true],
    ['INTEGER', ['-2147483648', '2147483647'], true],
    ['BIGINT', ['-9223372036854775808', '9223372036854775807'], true],
    ['UTINYINT', ['0', '255'], true],
    ['USMALLINT', ['0', '65535'], true],
    ['UINTEGER', ['0', '4294967295', '4000000000'], true],
    ['UBIGINT', ['0', '18446744073709551615', '9223372036854775808']],
    ['DECIMAL(9,2)', ['1.50', '-0.01', '1.00', '0'], true],
    ['DECIMAL(38,10)', ['1.5', '-1234567890123456789012345678.0123456789'], true],
    ['FLOAT', ['0.1', `'NaN'`, '-0.0', `'Infinity'`]],
    ['DOUBLE', ['0.1', '1e300', `'NaN'`, '-0.0', '12']],
    ['DATE', [`'2024-02-29'`, `'0001-01-01'`, `'9999-12-31'`], true],
    ['TIMESTAMP', [`'2024-01-31 12:34:56.123457'`, `'1969-12-31 23:59:59.999999'`]],
    ['TIMESTAMP_MS', [`'2024-01-31 12:34:56.123'`]],
    ['TIMESTAMP_NS', [`'2024-01-31 12:34:56.123456789'`]],
    ['TIMESTAMPTZ', [`'2024-01-31 12:34:56.123457+05:45'`]],
    ['TIME', [`'12:34:56.123457'`, `'00:00:00'`]],
    [
      'UUID',
      [`'00000000-0000-0000-0000-000000000001'`, `'ffffffff-ffff-4fff-bfff-ffffffffffff'`],
      true,
    ],
    ['BLOB', [`'\\x00\\xFF'::BLOB`]],
    ['VARCHAR[]', [`['a', NULL, '😀']`, '[]']],
    ['BIGINT[]', ['[1, NULL, 9223372036854775807]']],
  ];

const types = valueTypes.map(([name, values, isKey = false]): TypeCase => [name, values, isKey]);

describe('each type comes through as one machine reads it', () => {
  test.each(types)('%s', async (type, values, isKey) => {
    const rows = [...values, 'NULL'].map(
      (value, at) => `SELECT ${at} AS id, CAST(${value} AS ${type}) AS v`,
    );
    const query = rows.join(' UNION ALL ');
    const cells = await bothWays(query, ['id'], ['id', 'v']);
    expect(cells.many).toEqual(cells.one);
    expect(cells.one.length).toBe(rows.length);
    if (!isKey) return;
    for (const key of [['v'], ['v', 'id']]) {
      // Of several columns, a key with a control character is refused.
      const plain = `SELECT * FROM (${query}) WHERE v IS NULL OR NOT contains(v::VARCHAR, chr(0))`;
      const keyed = await bothWays(plain, key, ['id']);
      expect(keyed.many).toEqual(keyed.one.filter((each) => each.key !== null));
      expect(keyed.many.length).toBeGreaterThan(0);
    }
  });
});

const countOf = (table: string): Statement => ({
  kind: 'count',
  sources: [{ table, key: [{ column: 'id', form: 'whole' }], digested: [], carried: [], seed: '' }],
});

async function tableOf(...files: readonly string[]): Promise<string> {
  const name = `am_t${++names}`;
  const columns = [{ name: 'id', type: 'bigint' }] as const;
  const there = files.map((key) => ({ bucket: exports, key }));
  await trino.engine.createTable({ name, columns, files: there });
  return name;
}

test('a table has the files that it names, and fails where one is gone', async () => {
  await write('pins/a.parquet', 'SELECT unnest(range(5)) AS id');
  await write('pins/b.parquet', 'SELECT unnest(range(7)) AS id');
  await trino.put(exports, 'pins/no-parquet', Buffer.from('something else'));
  const parts = partsOf();
  const one = {
    statement: countOf(await tableOf('pins/a.parquet')),
    target: 'pins/1/',
    token: token('pins-1'),
  };
  const state = await ended(trino.engine, await trino.engine.start(one));
  const objects = state.status === 'done' ? state.objects : [];
  expect(await parts.counts(objects)).toEqual([
    { file: `s3://${exports}/pins/a.parquet`, rows: 5, keyed: 5 },
  ]);
  const gone = countOf(await tableOf('pins/a.parquet', 'pins/gone.parquet'));
  const failed = await trino.engine.start({
    statement: gone,
    target: 'pins/2/',
    token: token('pins-2'),
  });
  expect(await ended(trino.engine, failed)).toMatchObject({ status: 'failed' });
  const none = { statement: countOf(await tableOf()), target: 'pins/3/', token: token('pins-3') };
  expect(await ended(trino.engine, await trino.engine.start(none))).toMatchObject({
    status: 'done',
  });
});

test('a token is one query, and of another text it is refused', async () => {
  await write('tokens.parquet', 'SELECT 1 AS id');
  const statement = countOf(await tableOf('tokens.parquet'));
  const query = { statement, target: 'tokens/1/', token: token('tokens') };
  const [first, second] = [await trino.engine.start(query), await trino.engine.start(query)];
  expect(second).toBe(first);
  await ended(trino.engine, first);
  await expect(trino.engine.start({ ...query, target: 'tokens/2/' })).rejects.toThrow();
});

test('a query is cut off by bytes, and by time, and ends on request', async () => {
  await write(
    'large.parquet',
    `SELECT hash(i)::VARCHAR || repeat('x', 20) AS t, i AS id FROM range(400000) AS r(i)`,
  );
  const statement = countOf(await tableOf('large.parquet'));
  const wide: Statement = {
    kind: 'rows',
    source: {
      table: await tableOf('large.parquet'),
      key: [{ column: 'id', form: 'whole' }],
      digested: [],
      carried: ['id'],
      seed: '',
    },
    keys: undefined,
    parts: 4,
  };
  const byBytes = await trino.limited({ scannedBytes: 1_000 });
  const cut = await byBytes.start({ statement, target: 'large/1/', token: token('large-1') });
  expect(await ended(byBytes, cut)).toMatchObject({ status: 'failed', fault: 'bytes' });
  const byTime = await trino.limited({ runTimeMs: 1 });
  const late = await byTime.start({ statement: wide, target: 'large/2/', token: token('large-2') });
  expect(await ended(byTime, late)).toMatchObject({ status: 'failed', fault: 'time' });
  const { engine } = trino;
  const stopped = await engine.start({
    statement: wide,
    target: 'large/3/',
    token: token('large-3'),
  });
  await engine.stop(stopped);
  expect(await ended(engine, stopped)).toMatchObject({ status: 'failed', fault: 'stopped' });
});
