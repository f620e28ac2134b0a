/**
 * The simulator plans and folds in memory. Here its engines are held equal to DuckDB's over chains of runs, and a
 * share of the histories is played on DuckDB itself.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mirrorAttempt } from '../../shared/contracts/layout.ts';
import type { MirrorObjects, MirrorPointer } from '../../shared/contracts/mirror.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { PinnedObject } from '../../shared/contracts/snapshot.ts';
import type { LogRecord } from '../../shared/contracts/sync-log.ts';
import { keyText } from '../../shared/domain/plan/key.ts';
import type { MirrorEntry } from '../../shared/domain/plan/mirror.ts';
import type { Candidate, PlanRow } from '../../shared/domain/plan/plan.ts';
import { imbalances } from '../../shared/domain/run/counts.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import { writeLines } from '../../shared/lines.ts';
import type { FoldEngine } from '../../shared/ports/fold-engine.ts';
import type { PlanEngine, PlanInput, Wanted } from '../../shared/ports/plan-engine.ts';
import type { ScrubEngine, ScrubQuestion } from '../../shared/ports/scrub-engine.ts';
import { cases } from '../depth.ts';
import { Workplace } from '../duckdb/workplace.ts';
import fc from '../fast-check.ts';
import { seed } from '../seed.ts';
import { DuckDbEngines } from '../simulation/duckdb-engines.ts';
import { oftenCompacted } from '../simulation/engines.ts';
import { createMemoryFoldEngine } from '../simulation/memory/fold-engine.ts';
import { createMemoryPlanEngine } from '../simulation/memory/plan-engine.ts';
import { createMemoryScrubEngine } from '../simulation/memory/scrub.ts';
import { MemorySnapshotStore } from '../simulation/memory/snapshots.ts';
import { MemoryStateStore } from '../simulation/memory/stores.ts';
import { compareKeys, readMemoryLog, readMirror } from '../simulation/memory/tables.ts';
import { Random } from '../simulation/random.ts';
import { scriptOf } from '../simulation/script.ts';
import { play } from '../simulation/simulate.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';
import {
  type ChainedRun,
  chain,
  deliveryFor,
  eachTask,
  type Names,
  outcomesOf,
  planWith,
  type Row,
  type Task,
} from './engine-chain.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const state = new MemoryStateStore();
const limits = { ...place.limits, scratch: place.scratch };

/** An entry of a mirror, of which the numbers are made. */
type Standing = Pick<MirrorEntry, 'state' | 'parked'>;

/** One engine's world: its own plans and mirrors, and the outcomes of both. */
interface Side {
  readonly name: string;
  readonly plan: (snapshots: MemorySnapshotStore) => PlanEngine;
  readonly fold: FoldEngine;
  readonly mirror: (mirror: MirrorObjects) => Promise<readonly Standing[]>;
  readonly log: (location: string) => Promise<readonly LogRecord[]>;
  readonly scrub: ScrubEngine;
  /** Columns and types of a table. */
  readonly schema: (location: string) => Promise<unknown>;
}

const inMemory: Side = {
  name: 'memory',
  plan: (snapshots) => createMemoryPlanEngine({ snapshots, state }),
  fold: createMemoryFoldEngine(state, state, oftenCompacted),
  mirror: async (mirror) =>
    [...(await readMirror(state, mirror))]
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([key, entry]) => {
        const row = { identity: null, ...entry, key };
        return standing(row);
      }),
  log: async (location) => readMemoryLog(await state.get(location)),
  scrub: createMemoryScrubEngine({ state, logs: state }),
  schema: async () => undefined,
};

const onDuckDb: Side = {
  name: 'duckdb',
  plan: (snapshots) => createPlanEngine({ ...limits, snapshots, state }),
  fold: createFoldEngine({ ...limits, state, logs: state, compaction: oftenCompacted }),
  mirror: async (mirror) => {
    for (const { location } of layersOf(mirror))
      await place.state.put(location, (await state.get(location)) ?? new Uint8Array());
    return (await place.readMirror(mirror)).map(standing);
  },
  log: async (location) => {
    const body = await state.get(location);
    if (!body) return [];
    await place.state.put('log', body);
    return place.readLog('log');
  },
  scrub: createScrubEngine({ ...limits, stores: { state, logs: state } }),
  schema: async (location) => {
    const body = await state.get(location);
    if (!body) return 'gone';
    await place.state.put('table', body);
    return place.sql(
      `SELECT * EXCLUDE (file_name) FROM parquet_schema('${join(place.folder, 'state', 'table')}')`,
    );
  },
};

const numbersOf = (entries: readonly Standing[]) => ({
  members: entries.length,
  uncertain: entries.filter(({ state, parked }) => state !== 'certain' && !parked).length,
});

/** Rows in each object: both engines write anew at the same time. */
const rowsOf = ({ base, deltas }: MirrorObjects) =>
  [base, deltas].map((each) => each.map(({ rows }) => rows));

/** What is known of a mirror's objects, and of one that is something else by now. */
function writtenIn(mirror: MirrorObjects): ScrubQuestion['written'] {
  const objects = layersOf(mirror);
  const [object] = objects;
  const all = objects.map((each) => [each.location, each] as const);
  return new Map([
    ...all,
    ...(object
      ? [['altered', { ...object, location: 'altered', sha256: '0'.repeat(64) }] as const]
      : []),
  ]);
}

/** Takes the keys out of every table the run left; gives how many rows of theirs each had. */
async function scrub(
  { scrub: engine, schema }: Side,
  tables: { readonly plan: string; readonly mirrors: readonly string[]; readonly log: string },
  question: ScrubQuestion,
) {
  const session = await engine.open(question);
  try {
    const { plan, mirrors, log } = tables;
    const schemas = async () => {
      const all: unknown[] = [];
      for (const table of [plan, ...mirrors, log]) all.push(await schema(table));
      return all;
    };
    const before = await schemas();
    const found = [
      await session.find('state', [plan, ...mirrors, 'gone']),
      await session.find('logs', [log]),
    ];
    const whole = (await state.get(plan)) ?? new Uint8Array();
    await state.put('cut', whole.subarray(0, whole.length >> 1));
    await state.put('altered', whole);
    const lost = await session.find('state', ['cut', plan, 'altered']);
    const isKnown = question.written.has('altered');
    expect(new Set(lost.unreadable)).toEqual(new Set(['cut', ...(isKnown ? ['altered'] : [])]));
    expect(lost.rows.get(plan)).toBe(found[0]?.rows.get(plan));
    expect(await session.remove('state', 'cut')).toBe('unreadable');
    for (const table of [plan, ...mirrors, 'gone'])
      expect(await session.remove('state', table)).toBe('done');
    expect(await session.remove('state', 'altered')).toBe(isKnown ? 'unreadable' : 'done');
    await session.remove('logs', log);
    expect(await schemas()).toEqual(before);
    const left = [
      await session.find('state', [plan, ...mirrors]),
      await session.find('logs', [log]),
    ].map(({ rows, unreadable }) => [rows.size, unreadable]);
    expect(left).toEqual([
      [0, []],
      [0, []],
    ]);
    return {
      forms: [...session.forms].sort(),
      rows: found.map((each) =>
        [...each.rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, n]) => n),
      ),
    };
  } finally {
    await session.close();
  }
}

function write(snapshots: MemorySnapshotStore, rows: readonly Row[], files: number) {
  return Array.from({ length: files }, (_, file): PinnedObject => {
    const lines = rows.filter((_row, i) => i % files === file).map((row) => JSON.stringify(row));
    const key = `exports/${file}.ndjson`;
    const body = Buffer.from(`${lines.join('\n')}\n`);
    snapshots.write(key, body, 0);
    return { key, etag: snapshots.etag(key) ?? '', size: body.length };
  });
}

/** The digests of two engines differ; that both have one or none must not. */
const digestless = (value: object): object => ({
  ...value,
  ...('digest' in value ? { digest: value.digest !== null && value.digest !== undefined } : {}),
});

const standing = (entry: Standing & object): Standing => ({
  ...digestless(entry),
  state: entry.state,
  parked: entry.parked,
});

const plain = (row: PlanRow) => digestless(row);

/** What of a candidate the port promises; DuckDB's and the memory's carry more. */
const candidateOf = ({ key, row, mirror }: Candidate) => ({
  key,
  row: row && 'digest' in row ? { ...row, digest: typeof row.digest } : row,
  mirror: mirror && {
    record: mirror.record,
    state: mirror.state,
    parked: mirror.parked,
    previous: mirror.previous,
  },
});

async function take(
  side: Side,
  run: ChainedRun,
  { key, identity }: Names,
  before: Before,
  name: string,
) {
  const snapshots = new MemorySnapshotStore();
  const objects = write(snapshots, run.rows, run.files);
  const delivery = deliveryFor(run.mapping, key, identity);
  const mirrors = before[side.name] ?? [];
  const mirror = mirrors.at(-1);
  const snapshot = snapshotOf('ndjson', objects, 'b');
  const sought = keysOf(run.rows, key);
  const reading = usualReading;
  const adopts = run.task === 'adopt' && !mirror;
  const input: PlanInput = {
    wanted: wantedBy(
      run.task,
      { kind: 'snapshot', snapshot, reading },
      mirrors,
      sought.slice(0, 3),
    ),
    key,
    columns: delivery.records.columns,
    fingerprint: delivery.records.fingerprint,
    mirror,
    retryFailed: run.retryFailed,
    full: run.task === 'full',
  };
  const engine = side.plan(snapshots);
  if (run.task === 'erase') {
    const found = await engine.find({ snapshot, reading, key, sought: [...sought, 'of nobody'] });
    expect(found).toBe(sought.length);
  }
  const session = await engine.open(input);
  try {
    const sends = adopts ? 'nothing' : run.task === 'full' ? 'everything' : 'differences';
    const planned = await planWith(session, delivery, run.retryFailed, sends);
    const plan = `${name}/${side.name}/plan`;
    await session.finish(plan);
    const random = new Random(run.seed);
    const outcomes = await Promise.all(
      planned.chunks.map(async ({ phase, number, lines }) => {
        const location = `${name}/${side.name}/${phase}/${number}`;
        await state.put(
          location,
          writeLines(OutcomeLine, outcomesOf(random, phase, lines.length), location),
        );
        return { phase, chunk: number, location };
      }),
    );
    const target = mirrorAttempt(`${name}-${side.name}`.replaceAll('/', '-'), 1, 'c1');
    const location = `${name}/${side.name}/log`;
    const result = await side.fold.fold({
      mirror,
      plan,
      outcomes,
      retryFailed: run.retryFailed,
      target,
      log: { location, sync: 's', run: 'r', hashKey: run.hashKey },
    });
    const { members, uncertain, reasons: _, mirror: next, ...ended } = result;
    if (!next) throw new Error('No mirror was written.');
    const counts = planned.planner.counts(session.statistics, undefined);
    const after = { ...counts.mirror, after: members };
    expect(imbalances({ ...counts, ...ended, mirror: after }), run.task).toEqual([]);
    // Anybody's rows, and not only those of who was to be erased.
    const scrubbed =
      run.task === 'erase' &&
      (await scrub(
        side,
        { plan, mirrors: layersOf(next).map((each) => each.location), log: location },
        { keys: sought.slice(1, 4), hashKey: run.hashKey, written: writtenIn(next) },
      ));
    const left = await side.mirror(next);
    // Who was to be erased is in the mirror no more; anybody else is missing in its numbers.
    before[side.name] = [...mirrors, { ...next, epoch: 1, ...numbersOf(left) }];
    return {
      scrubbed,
      statistics: session.statistics,
      keyless: session.keyless,
      candidates: planned.candidates.map(candidateOf),
      rows: planned.rows.map(plain),
      chunks: planned.chunks,
      counts,
      result: { ...ended, members, uncertain },
      written: rowsOf(next),
      mirror: left,
      log: await side.log(location),
    };
  } finally {
    await session.close();
  }
}

/** The mirrors so far, newest last. */
type Before = Record<string, readonly MirrorPointer[]>;

function wantedBy(
  task: Task,
  snapshot: Wanted,
  mirrors: readonly MirrorPointer[],
  keys: readonly string[],
): Wanted {
  const older = mirrors.at(-2) ?? mirrors.at(-1);
  if (task === 'rollback' && older) return { kind: 'mirror', mirror: older };
  if (task === 'empty') return { kind: 'nobody' };
  return task === 'erase' ? { kind: 'nobody', only: keys } : snapshot;
}

/** Of the rows that have one. */
function keysOf(rows: readonly Row[], key: Names['key']): string[] {
  const keys = rows
    .map(({ id, town }) => (key.length === 1 ? [id] : [id, town]))
    .flatMap((values) => (values.every((each) => each) ? keyText(values.map(String)) : []));
  return [...new Set(keys)];
}

test('the engines in memory and DuckDB give the same plans, counts and mirrors', async () => {
  let chains = 0;
  await fc.assert(
    fc.asyncProperty(chain, async ({ runs, ...names }) => {
      const before: Before = {};
      chains += 1;
      for (const [at, run] of runs.entries()) {
        const name = `chain-${chains}/${at}`;
        const expected = await take(onDuckDb, run, names, before, name);
        expect(await take(inMemory, run, names, before, name)).toEqual(expected);
      }
    }),
    // Also ends the search for a smaller example.
    { numRuns: cases(18, 66), interruptAfterTimeLimit: 50_000, examples: eachTask },
  );
  console.info(`${chains} chains of runs`);
  expect(chains).toBeGreaterThanOrEqual(cases(5, 10));
}, 240_000);

const histories = cases(2, 10);

test(`${histories} histories under faults end well on DuckDB, too`, async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'histories-'));
  const engines = new DuckDbEngines(scratch);
  const first = seed * 1_000;
  try {
    for (let i = 0; i < histories; i++) {
      const { broken, history } = await play(scriptOf(first + i), engines);
      expect(broken, `seed ${first + i}`).toEqual([]);
      expect(history.world.calls).toContain('plan-engine.open');
    }
  } finally {
    await engines.close();
    await rm(scratch, { recursive: true, force: true });
  }
}, 240_000);
