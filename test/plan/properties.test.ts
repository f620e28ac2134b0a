/** What every plan keeps to, whatever the audiences: through the planner, over both engines. */

import { stat } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { mirrorAttempt } from '../../shared/contracts/layout.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { PinnedObject, Snapshot } from '../../shared/contracts/snapshot.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import type { PlanRow } from '../../shared/domain/plan/plan.ts';
import { writeLines } from '../../shared/lines.ts';
import type { PlanEngine } from '../../shared/ports/plan-engine.ts';
import { cases } from '../depth.ts';
import { outcomeLine, Workplace } from '../duckdb/workplace.ts';
import fc from '../fast-check.ts';
import { type Planned, planWith } from '../ports/engine-chain.ts';
import { createMemoryFoldEngine } from '../simulation/memory/fold-engine.ts';
import { createMemoryPlanEngine } from '../simulation/memory/plan-engine.ts';
import { MemorySnapshotStore } from '../simulation/memory/snapshots.ts';
import { MemoryStateStore } from '../simulation/memory/stores.ts';
import {
  after,
  apply,
  audience,
  deliveryFor,
  inputOf,
  type Row,
  type Shape,
  shape,
  sorted,
} from './audiences.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const state = new MemoryStateStore();
const snapshots = new MemorySnapshotStore();
const inMemory = createMemoryPlanEngine({ snapshots, state });
const onDuckDb = place.engine();

type Format = Snapshot['format'];
/** Which rows stand in which file, and in what order the files are. */
type Files = readonly (readonly Row[])[];

const ndjson = (rows: readonly Row[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const quoted = (cell: string | null) => `"${(cell ?? '').replaceAll('"', '""')}"`;
const csv = (rows: readonly Row[]) =>
  ['city,id,name', ...rows.map(({ city, id, name }) => [city, id, name].map(quoted).join(','))]
    .map((line) => `${line}\n`)
    .join('');

function remember(files: Files): PinnedObject[] {
  return files.map((rows, file) => {
    const key = `${file}.ndjson`;
    const body = Buffer.from(ndjson(rows));
    snapshots.write(key, body, 0);
    return { key, etag: snapshots.etag(key) ?? '', size: body.length };
  });
}

async function write(files: Files, format: Format): Promise<PinnedObject[]> {
  const objects: PinnedObject[] = [];
  for (const [file, rows] of files.entries()) {
    const key = `${file}.${format}`;
    if (format === 'parquet') {
      const source = place.object(await place.write('source', ndjson(rows)));
      const columns = `{name: 'VARCHAR', id: 'VARCHAR', city: 'VARCHAR'}`;
      await place.export(
        key,
        `FROM read_json('${source}', columns = ${columns}, format = 'newline_delimited')`,
      );
    } else await place.write(key, format === 'csv' ? csv(rows) : ndjson(rows));
    objects.push({ key, etag: '', size: (await stat(place.object(key))).size });
  }
  return objects;
}

async function plan(
  engine: PlanEngine,
  objects: PinnedObject[],
  format: Format,
  asked: Shape,
  mirror?: MirrorPointer,
): Promise<Planned> {
  const delivery = deliveryFor(asked);
  const session = await engine.open(inputOf(delivery, format, objects, mirror));
  try {
    const planned = await planWith(
      session,
      delivery,
      true,
      'differences',
      (size) => size * asked.requests,
    );
    await session.finish('plan');
    return planned;
  } finally {
    await session.close();
  }
}

/** The next mirror, where every request was delivered. */
async function delivered(chunks: readonly Chunk[], mirror?: MirrorPointer): Promise<MirrorPointer> {
  const epoch = (mirror?.epoch ?? 0) + 1;
  const target = mirrorAttempt('s', epoch, 'c1');
  const outcomes = chunks.map(({ phase, number }) => ({
    phase,
    chunk: number,
    location: `outcomes/${phase}/${number}`,
  }));
  for (const { phase, number, lines } of chunks) {
    const body = writeLines(OutcomeLine, [outcomeLine(0, lines.length, 'delivered')], 'outcomes');
    await state.put(`outcomes/${phase}/${number}`, body);
  }
  const {
    members,
    uncertain,
    mirror: objects,
  } = await createMemoryFoldEngine(state, state).fold({
    mirror,
    plan: 'plan',
    outcomes,
    retryFailed: true,
    target,
  });
  if (!objects) throw new Error('No mirror was written.');
  return { ...objects, epoch, members, uncertain };
}

test('a plan, applied to the audience it starts from, gives the one it is for; then nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(audience, audience, shape, async (a, b, asked) => {
      const first = await plan(inMemory, remember([a]), 'ndjson', asked);
      const before = apply(new Map(), first.chunks);
      expect(sorted(before)).toEqual(sorted(after(new Map(), a)));
      const mirror = await delivered(first.chunks);

      const second = await plan(inMemory, remember([b]), 'ndjson', asked, mirror);
      expect(sorted(apply(before, second.chunks))).toEqual(sorted(after(before, b)));
      const next = await delivered(second.chunks, mirror);

      const third = await plan(inMemory, remember([b]), 'ndjson', asked, next);
      expect(third.chunks).toEqual([]);
      expect(third.planner.isEmpty).toBe(true);
    }),
    { numRuns: cases(150, 500) },
  );
});

const inByteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('chunks part the plan: each change stands at one place, in order, and no chunk is too large', async () => {
  await fc.assert(
    fc.asyncProperty(audience, audience, shape, async (a, b, asked) => {
      const { chunks: first } = await plan(inMemory, remember([a]), 'ndjson', asked);
      const mirror = await delivered(first);
      const planned = await plan(inMemory, remember([b]), 'ndjson', asked, mirror);
      const changes = planned.rows.filter((row) => row.kind === 'change');
      const lines = new Map<string, unknown>(
        planned.chunks.flatMap(({ phase, number, lines: own }) =>
          own.map((line, position) => [`${phase} ${number} ${position}`, line] as const),
        ),
      );
      expect(lines.size).toBe(changes.length);
      for (const { place: at, ...change } of changes) {
        const where = typeof at === 'object' && 'phase' in at ? at : undefined;
        const line = lines.get(`${where?.phase} ${where?.chunk} ${where?.position}`);
        expect(line).toEqual({ key: change.key, action: change.action, record: change.record });
        expect(where?.phase).toBe(change.action === 'delete' ? 'deleting' : 'upserting');
      }
      for (const phase of ['deleting', 'upserting'] as const) {
        const numbers = planned.chunks.filter((each) => each.phase === phase);
        expect(numbers.map(({ number }) => number).sort((x, y) => x - y)).toEqual(
          Array.from({ length: planned.planner.chunks[phase] }, (_, number) => number),
        );
      }
      const size = asked.batchSize * asked.requests;
      const short = new Map<string, number>();
      for (const { lines: own } of planned.chunks) {
        const keys = own.map(({ key }) => key);
        expect(keys).toEqual([...new Set(keys)].sort(inByteOrder));
        expect(own.length).toBeGreaterThan(0);
        expect(own.length).toBeLessThanOrEqual(size);
        const kinds = new Set(
          own.map(({ action }) => (action === 'update' && !asked.ownUpdates ? 'insert' : action)),
        );
        expect(kinds.size).toBe(1);
        const [kind = ''] = kinds;
        if (own.length < size) short.set(kind, (short.get(kind) ?? 0) + 1);
      }
      expect(Math.max(0, ...short.values())).toBeLessThanOrEqual(1);
    }),
    { numRuns: cases(150, 500) },
  );
});

describe('a plan is the same', () => {
  /** Which file a keyless row stands in is all that may differ. */
  const essence = ({ rows, chunks, planner }: Planned) => ({
    rows: rows.filter((row) => row.kind !== 'invalid' || row.key !== null),
    keyless: rows.reduce((sum, row) => sum + keylessIn(row), 0),
    chunks,
    counts: planner.chunks,
  });
  const digestless = (planned: Planned) => {
    const { rows, ...rest } = essence(planned);
    return { ...rest, rows: rows.map((row) => ({ ...row, digest: undefined })) };
  };
  const keylessIn = (row: PlanRow) => (row.kind === 'invalid' && row.key === null ? row.rows : 0);

  const layout = fc.record({
    files: fc.integer({ min: 1, max: 4 }),
    seed: fc.array(fc.nat(), { minLength: 40, maxLength: 70 }),
  });
  /** The rows dealt out to files, in another order. */
  const dealt = (
    rows: readonly Row[],
    { files, seed }: { files: number; seed: number[] },
  ): Files => {
    const shuffled = rows
      .map((row, at) => ({ row, by: seed[at % seed.length] ?? 0, at }))
      .sort((x, y) => x.by - y.by || x.at - y.at)
      .map(({ row }) => row);
    return Array.from({ length: files }, (_, file) =>
      shuffled.filter((_row, at) => at % files === file),
    );
  };

  test('whatever the order and number of the files, in memory', async () => {
    await fc.assert(
      fc.asyncProperty(audience, audience, shape, layout, async (a, b, asked, how) => {
        const { chunks } = await plan(inMemory, remember([a]), 'ndjson', asked);
        const mirror = await delivered(chunks);
        const whole = await plan(inMemory, remember([b]), 'ndjson', asked, mirror);
        const parted = await plan(inMemory, remember(dealt(b, how)), 'ndjson', asked, mirror);
        expect(essence(parted)).toEqual(essence(whole));
      }),
      { numRuns: cases(100, 300) },
    );
  });

  test('whatever the order, number and format of the files, in DuckDB', async () => {
    let played = 0;
    await fc.assert(
      fc.asyncProperty(audience, shape, layout, layout, async (rows, asked, one, two) => {
        played += 1;
        const whole = await plan(onDuckDb, await write([rows], 'ndjson'), 'ndjson', asked);
        for (const [format, how] of [
          ['ndjson', one],
          ['csv', two],
          ['parquet', one],
        ] as const) {
          const objects = await write(dealt(rows, how), format);
          const parted = await plan(onDuckDb, objects, format, asked);
          // A digest is of the values as they came.
          const of = format === 'ndjson' ? essence : digestless;
          expect(of(parted), format).toEqual(of(whole));
        }
      }),
      // Also ends the search for a smaller example.
      { numRuns: cases(8, 25), interruptAfterTimeLimit: 45_000 },
    );
    console.info(`${played} audiences in three formats`);
    expect(played).toBeGreaterThanOrEqual(cases(3, 5));
  });
});
