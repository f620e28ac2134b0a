/** Chains of runs for both engines: random snapshots, random outcomes, one planner. */

import { outcomes } from '../../shared/contracts/counts.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import type { OutcomeLine, ProgressLine } from '../../shared/contracts/plan.ts';
import type { SendPhase } from '../../shared/contracts/run.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import type { Candidate, PlanRow, PlanRules } from '../../shared/domain/plan/plan.ts';
import { Planner } from '../../shared/domain/plan/planner.ts';
import { type Delivery, deliveryOf } from '../../shared/domain/request/delivery.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';
import { recordTools } from '../../shared/records/tools.ts';
import fc from '../fast-check.ts';
import type { Mapping } from '../simulation/audience.ts';
import type { Random } from '../simulation/random.ts';
import { destinationOf, syncOf } from '../simulation/settings.ts';

type Cell = string | null;
export interface Row {
  readonly id: Cell;
  readonly name: Cell;
  readonly city: Cell;
  readonly town: Cell;
}

export interface ChainedRun {
  readonly rows: readonly Row[];
  readonly files: number;
  readonly mapping: Mapping;
  readonly retryFailed: boolean;
  /** Of the outcomes. */
  readonly seed: number;
  /** Keys are logged as their HMAC. */
  readonly hashKey: Uint8Array | undefined;
  readonly task: Task;
}

/** What a run is after: usually the differences, now and then what a repair tool asks for. */
const tasks = ['mirror', 'full', 'adopt', 'rollback', 'empty', 'erase'] as const;
export type Task = (typeof tasks)[number];

const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Cell>('Ada', 'ada', 'Bo', '', '1n', '1.10', '😀', null) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }).filter((each) => !/\0/.test(each)),
  },
);
const name = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom<Cell>('k', 'K', 'ä', '1', '01', '12n', 'k"', '￿', '😀', '\ufeffk'),
  },
  { weight: 1, arbitrary: fc.constantFrom<Cell>(null, '') },
  { weight: 1, arbitrary: text },
);
const rows = fc.array(fc.record<Row>({ id: name, name: text, city: text, town: text }), {
  maxLength: 20,
});
const run = fc.record<ChainedRun>({
  rows,
  files: fc.integer({ min: 1, max: 3 }),
  mapping: fc.record<Mapping>({
    cityColumn: fc.constantFrom('city', 'city', 'city', 'town'),
    lowercase: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  }),
  retryFailed: fc.boolean(),
  seed: fc.nat(),
  hashKey: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  task: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Task>('mirror') },
    { weight: 1, arbitrary: fc.constant<Task>('erase') },
    { weight: 1, arbitrary: fc.constantFrom(...tasks) },
  ),
});

const first: ChainedRun = {
  rows: ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, name: 'Ada', city: id, town: null })),
  files: 1,
  mapping: { cityColumn: 'city', lowercase: false },
  retryFailed: true,
  seed: 1,
  hashKey: undefined,
  task: 'mirror',
};

/** Each task once, over members of whom it is given one: no chance leaves one out. */
export const eachTask = tasks.map((task): [Names & { readonly runs: readonly ChainedRun[] }] => [
  { runs: [first, { ...first, rows: first.rows.slice(0, 1), task }], key: ['id'], identity: [] },
]);

/** What names a member for us, and for the platform. */
export interface Names {
  readonly key: readonly string[];
  readonly identity: readonly string[];
}

/** A run's rows are partly those of the run before: most members stay. */
export const chain = fc
  .record({
    runs: fc.array(run, { minLength: 1, maxLength: 4 }),
    kept: fc.array(fc.nat({ max: 9 }), { minLength: 5, maxLength: 5 }),
    key: fc.constantFrom<('id' | 'town')[]>(['id'], ['id'], ['id', 'town']),
    identity: fc.constantFrom<string[]>([], [], ['name'], ['name', 'city']),
  })
  .map(({ runs, kept, ...names }): Names & { readonly runs: readonly ChainedRun[] } => ({
    ...names,
    runs: runs.map((each, at) => {
      const before = runs[at - 1]?.rows.filter((_, i) => i % 10 < (kept[at] ?? 0)) ?? [];
      return { ...each, rows: [...before, ...each.rows.slice(0, 12)] };
    }),
  }));

/** Two records a request, four changes a chunk; a member without a name is invalid. */
export function deliveryFor(mapping: Mapping, key: readonly string[], identity: readonly string[]) {
  const plain = destinationOf({ id: 's', lanes: 2, batchSize: 2, retryFailed: true });
  const fields = { name: { required: true } };
  const destination = Destination.parse({
    ...plain,
    version: 1,
    actions: {
      ...plain.actions,
      insert: { ...plain.actions.insert, fields },
      delete: {
        ...plain.actions.delete,
        body: '[$$.records.{"id": id, "name": name, "city": city}]',
      },
    },
  });
  const own = { key, identity, version: 1 };
  const sync = Sync.parse({ ...syncOf({ id: 's', retryFailed: true }, mapping), ...own });
  return deliveryOf(destination, sync, {
    records: recordTools,
    targets: { allowLoopbackHttp: false },
  });
}

export interface Planned {
  readonly candidates: Candidate[];
  readonly rows: PlanRow[];
  readonly chunks: Chunk[];
  readonly planner: Planner;
}

/** As plan-run does it. */
export async function planWith(
  session: PlanSession,
  delivery: Delivery,
  retryFailed: boolean,
  sends: PlanRules['sends'] = 'differences',
  sizeOf: (batchSize: number) => number = (batchSize) => batchSize * 2,
): Promise<Planned> {
  const planner = new Planner(delivery, { retryFailed, sends }, sizeOf);
  const planned: Planned = {
    candidates: [],
    rows: [],
    chunks: [],
    planner,
  };
  const keep = async ({ rows: taken, full }: { rows: PlanRow[]; full: Chunk[] }) => {
    await session.append(taken);
    planned.rows.push(...taken);
    planned.chunks.push(...full);
  };
  for await (const batch of session.candidates()) {
    planned.candidates.push(...batch);
    const taken = planner.take(batch);
    await keep(taken);
    await session.propose(taken.removals);
  }
  await keep({ rows: planner.takeKeyless(session.keyless), full: [] });
  for await (const removals of session.removals()) await keep(planner.takeRemovals(removals));
  planned.chunks.push(...planner.rest());
  return planned;
}

/** Lines over the positions of a chunk, of any outcome, now and then with a gap. */
export function outcomesOf(random: Random, phase: SendPhase, length: number): OutcomeLine[] {
  const lines: OutcomeLine[] = [];
  for (let from = 0; from < length; ) {
    const to = Math.min(length, from + random.between(1, 3));
    const outcome = random.chance(0.5) ? 'delivered' : random.pick(outcomes);
    const code = outcome === 'delivered' ? '' : `${outcome}-${random.between(1, 4)}`;
    const line = { from, to, outcome, code, reason: code && `The ${phase} met ${code}.` };
    if (!random.chance(0.05)) lines.push({ ...line, ...tried });
    from = to;
  }
  return lines;
}

const tried: Pick<ProgressLine, 'status' | 'request' | 'attempts' | 'firstAt' | 'lastAt'> = {
  status: 200,
  request: 'r',
  attempts: 1,
  firstAt: 1,
  lastAt: 2,
};
