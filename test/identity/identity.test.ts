/**
 * What a platform is sent that knows people by their identity: each case is a chain of runs, with the lines of the
 * chunks in their order and the outcomes of some. Played on both engines.
 */

import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { Counts, Outcome } from '../../shared/contracts/counts.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import { mirrorAttempt } from '../../shared/contracts/layout.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import { Planner } from '../../shared/domain/plan/planner.ts';
import { type Delivery, deliveryOf } from '../../shared/domain/request/delivery.ts';
import { imbalances } from '../../shared/domain/run/counts.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { writeLines } from '../../shared/lines.ts';
import type { FoldEngine, FoldResult } from '../../shared/ports/fold-engine.ts';
import type { PlanEngine, PlanSession } from '../../shared/ports/plan-engine.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { isDeep } from '../depth.ts';
import { outcomeLine, Workplace } from '../duckdb/workplace.ts';
import { createMemoryFoldEngine } from '../simulation/memory/fold-engine.ts';
import { createMemoryPlanEngine } from '../simulation/memory/plan-engine.ts';
import { MemorySnapshotStore } from '../simulation/memory/snapshots.ts';
import { MemoryStateStore } from '../simulation/memory/stores.ts';
import { destinationOf, syncOf } from '../simulation/settings.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';

interface Case {
  readonly name: string;
  /** Of the sync. @default what the delete names */
  readonly identity?: string[];
  /** Fields that the delete names. @default ['email'] */
  readonly deletes?: readonly string[];
  readonly retryFailed?: boolean;
  readonly runs: readonly {
    /** By key: e-mail and name. */
    readonly rows: Readonly<Record<string, string>>;
    /** Key, action and e-mail. */
    readonly lines: readonly string[];
    /** @default delivered */
    readonly outcomes?: Readonly<Record<string, Outcome>>;
    readonly counts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  }[];
}

const cases: Case[] = JSON.parse(await readFile(new URL('./cases.json', import.meta.url), 'utf8'));

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());
const state = new MemoryStateStore();
const snapshots = new MemorySnapshotStore();
const limits = { ...place.limits, scratch: place.scratch };

const engines: [string, { plan: PlanEngine; fold: FoldEngine }][] = [
  [
    'memory',
    {
      plan: createMemoryPlanEngine({ snapshots, state }),
      fold: createMemoryFoldEngine(state, state),
    },
  ],
  [
    'DuckDB',
    {
      plan: createPlanEngine({ ...limits, snapshots, state }),
      fold: createFoldEngine({ ...limits, state, logs: state }),
    },
  ],
];

function deliveryFor({ identity, deletes, retryFailed = true }: Case): Delivery {
  const script = { id: 's', lanes: 1, batchSize: 2, retryFailed, isByEmail: true };
  const plain = syncOf(script, { cityColumn: 'city', lowercase: false });
  const mappings = { ...plain.mappings, ...(deletes?.includes('id') && { id: { column: 'id' } }) };
  const sync = { ...plain, mappings, ...(identity && { identity }), version: 1 };
  const { actions, ...destination } = destinationOf(script);
  const body = `[$$.records.{${deletes?.map((name) => `"${name}": ${name}`).join(', ')}}]`;
  const removal = actions.delete && { ...actions.delete, ...(deletes && { body, fields: {} }) };
  const changed = { ...destination, actions: { ...actions, delete: removal }, version: 1 };
  return deliveryOf(Destination.parse(changed), Sync.parse(sync), {
    records: recordTools,
    targets: { allowLoopbackHttp: false },
  });
}

async function openSession(
  engine: PlanEngine,
  { records }: Delivery,
  rows: Case['runs'][number]['rows'],
  mirror: MirrorPointer | undefined,
  retryFailed: boolean,
): Promise<PlanSession> {
  const lines = Object.entries(rows).map(([id, row]) => {
    const [email, name = 'Ada'] = row.split(' ');
    return `${JSON.stringify({ id, email, name, city: null })}\n`;
  });
  snapshots.write('exports/0.ndjson', Buffer.from(lines.join('') || '\n'), 0);
  const [object] = await snapshots.list('warehouse', 'exports/');
  const { key = '', etag = '', size = 0 } = object ?? {};
  return await engine.open({
    wanted: {
      kind: 'snapshot',
      snapshot: snapshotOf('ndjson', [{ key, etag, size }], 'warehouse'),
      reading: usualReading,
    },
    key: ['id'],
    columns: records.columns,
    fingerprint: records.fingerprint,
    mirror,
    retryFailed,
  });
}

/** As plan-run does it. */
async function planWith(session: PlanSession, planner: Planner): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const candidates of session.candidates()) {
    const { rows, full, removals } = planner.take(candidates);
    await session.append(rows);
    await session.propose(removals);
    chunks.push(...full);
  }
  for await (const removals of session.removals()) {
    const { rows, full } = planner.takeRemovals(removals);
    await session.append(rows);
    chunks.push(...full);
  }
  chunks.push(...planner.rest());
  return chunks.sort((a, b) => (a.phase < b.phase ? -1 : 1) || a.number - b.number);
}

const told = ({ key, action, record }: Chunk['lines'][number]) =>
  `${key} ${action} ${JSON.parse(record).email}`;

const countsOf = (planned: Counts, result: FoldResult): Counts => {
  const { insert, reinsert, update, delete: removed, members: after, uncertain } = result;
  const mirror = { ...planned.mirror, after, uncertain };
  return { ...planned, insert, reinsert, update, delete: removed, mirror };
};

describe.each(engines)('on %s', (engineName, engine) => {
  // The engines are held equal by a suite of their own: a part of the cases is enough of a proof that both are meant.
  const played = engineName === 'memory' || isDeep ? cases : cases.filter((_, at) => at % 3 === 0);
  test.each(played)('$name', async (each) => {
    const { retryFailed = true } = each;
    const delivery = deliveryFor(each);
    let mirror: MirrorPointer | undefined;
    for (const [at, { rows, lines, outcomes: given = {}, counts }] of each.runs.entries()) {
      const name = `${engineName}/${each.name}/${at}`;
      const planner = new Planner(delivery, { retryFailed, sends: 'differences' });
      const session = await openSession(engine.plan, delivery, rows, mirror, retryFailed);
      const chunks = await planWith(session, planner);
      expect(chunks.flatMap((chunk) => chunk.lines.map(told))).toEqual(lines);
      await session.finish(`${name}/plan`);
      await session.close();
      const outcomes = chunks.map(({ phase, number: chunk, lines }) => {
        const met = lines.map(
          (line, i): OutcomeLine => outcomeLine(i, i + 1, given[told(line)] ?? 'delivered'),
        );
        const location = `${name}/${phase}/${chunk}`;
        state.objects.set(location, writeLines(OutcomeLine, met, location));
        return { phase, chunk, location };
      });
      const plan = `${name}/plan`;
      const target = mirrorAttempt(engineName, at + 1, 'c1');
      const result = await engine.fold.fold({ mirror, plan, outcomes, retryFailed, target });
      expect(result).toMatchObject(counts ?? {});
      expect(imbalances(countsOf(planner.counts(session.statistics, mirror), result))).toEqual([]);
      const { members, uncertain } = result;
      mirror = result.mirror && { ...result.mirror, epoch: at + 1, members, uncertain };
    }
  });
});
