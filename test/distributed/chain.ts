/**
 * Chains of runs, each planned twice over the same snapshot and mirror: by one machine, and in parts that an engine hands
 * over. The plans are to be equal row by row, but for the numbers of the chunks.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  advance,
  leaveParts,
  type PartPorts,
  type PartsQuestion,
  preparePlan,
  statisticsOf,
} from '../../functions/plan-run/plan-parts.ts';
import type { Counts } from '../../shared/contracts/counts.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import { PlanParts } from '../../shared/contracts/plan-parts.ts';
import type { PinnedObject } from '../../shared/contracts/snapshot.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import { Planner } from '../../shared/domain/plan/planner.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPartEngine } from '../../shared/duckdb/part-engine.ts';
import { writeLines } from '../../shared/lines.ts';
import type { DistributedEngine } from '../../shared/ports/distributed-engine.ts';
import type { LogStore } from '../../shared/ports/objects.ts';
import type { PlanInput } from '../../shared/ports/plan-engine.ts';
import { fileSnapshots } from '../duckdb/file-stores.ts';
import type { Workplace } from '../duckdb/workplace.ts';
import {
  type ChainedRun,
  deliveryFor,
  type Names,
  outcomesOf,
  planWith,
} from '../ports/engine-chain.ts';
import { Random } from '../simulation/random.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Rows of a plan that both have, as text. */
const compared = `kind, key, action, digest, record, phase, code, reason, rows, object, identity, CAST(was AS VARCHAR)`;

export interface Compared {
  /** Rows of the plans that only one has. */
  readonly different: number;
  readonly rows: number;
  readonly counts: { readonly one: Counts; readonly parts: Counts };
  readonly handed: PlanParts['handed'];
  readonly isSettled: boolean;
  readonly removals: number;
}

const [members, stays] = [60, 45];
const row = (at: number, name: string) => ({ id: `k${at}`, name, city: 'Bonn', town: null });
const plainRun = {
  files: 3,
  mapping: { cityColumn: 'city', lowercase: false },
  retryFailed: true,
  hashKey: undefined,
  task: 'mirror',
} as const;

/** Some stay as they are, twice or against another row too; some go whose identity others have; identities move. */
export const troubled: Names & { readonly runs: readonly ChainedRun[] } = {
  key: ['id'],
  identity: ['name'],
  runs: [
    {
      ...plainRun,
      seed: 3,
      rows: Array.from({ length: members }, (_, at) => row(at, `name ${at % 50}`)),
    },
    {
      ...plainRun,
      seed: 4,
      rows: [
        ...Array.from({ length: stays }, (_, at) => row(at, `name ${at % 50}`)),
        ...[1, 2, 3].map((at) => row(at, `name ${at}`)),
        ...[4, 5].map((at) => row(at, 'another')),
        ...[70, 71].map((at) => row(at, `name ${at - 20}`)),
        { id: null, name: 'nobody', city: null, town: null },
        { id: '', name: 'nobody', city: null, town: null },
      ],
    },
  ],
};

let plays = 0;

interface ChainPlace {
  readonly partSize: number;
  /** Takes a file of the snapshot to where the engine reads it. */
  readonly put?: (object: string) => Promise<void>;
  /** Writes into the folder of the place, too. @default that alone */
  readonly state?: LogStore;
}

export async function playChain(
  place: Workplace,
  engine: DistributedEngine,
  { runs, key, identity }: Names & { readonly runs: readonly ChainedRun[] },
  { partSize, put = async () => {}, state = place.state }: ChainPlace,
): Promise<Compared[]> {
  const play = ++plays;
  const found: Compared[] = [];
  let mirror: MirrorPointer | undefined;
  for (const [at, run] of runs.entries()) {
    const id = `${play}-${at}`;
    const objects = await writeRows(place, run, id, put);
    const delivery = deliveryFor(run.mapping, key, identity);
    const input: PlanInput = {
      wanted: { kind: 'snapshot', snapshot: snapshotOf('parquet', objects), reading: usualReading },
      key,
      columns: delivery.records.columns,
      fingerprint: delivery.records.fingerprint + JSON.stringify(identity),
      mirror,
      retryFailed: run.retryFailed,
    };
    const rules = { retryFailed: run.retryFailed, sends: 'differences' } as const;
    const one = await planAlone(place, input, delivery, `single-${id}`);

    const ports: PartPorts = {
      state,
      gzip: async (text) => gzipSync(text),
      engine,
      parts: createPartEngine({
        snapshots: fileSnapshots(join(place.folder, 'snapshots')),
        state,
        scratch: place.scratch,
        ...place.limits,
      }),
      digest,
      chunkSize: (batchSize) => batchSize * 2,
      partSize,
    };
    const wanted = input.wanted.kind === 'snapshot' ? input.wanted : undefined;
    if (!wanted) throw new Error('It is a snapshot.');
    const question: PartsQuestion = {
      subject: {
        sync: 's',
        run: id,
        attempt: 'p1',
        epoch: at + 1,
        bucket: wanted.snapshot.bucket,
        columns: input.columns,
        mirror,
        retryFailed: run.retryFailed,
        tables: `am_${play}_${at}`,
      },
      footers: { wanted, key, columns: input.columns },
      delivery,
      rules,
      fingerprint: input.fingerprint,
    };
    const progress = await planned(ports, question);
    const planner = new Planner(delivery, rules, undefined, progress.soFar);
    const parts = planner.counts(statisticsOf(progress, mirror), mirror);
    await leaveParts(ports, question.subject, progress);
    await merge(place, progress, `parts-${id}`);
    await state.upload(`parts-${id}`, join(place.folder, 'state', `parts-${id}`));
    found.push({ ...(await compare(place, id)), counts: { one, parts }, ...outcomeOf(progress) });
    mirror = await foldOf(place, state, progress, `parts-${id}`, mirror, run, at + 1);
  }
  return found;
}

async function planAlone(
  place: Workplace,
  input: PlanInput,
  delivery: Delivery,
  name: string,
): Promise<Counts> {
  const session = await place.engine().open(input);
  try {
    const { planner } = await planWith(session, delivery, input.retryFailed);
    await session.finish(name);
    return planner.counts(session.statistics, input.mirror);
  } finally {
    await session.close();
  }
}

const outcomeOf = ({ handed, isSettled }: PlanParts) => ({ handed, isSettled });

async function compare(place: Workplace, id: string) {
  const side = (name: string) =>
    `SELECT ${compared} FROM read_parquet('${join(place.folder, 'state', name)}')`;
  const [[different, rows, removals] = []] = await place.sql(`
    WITH a AS (${side(`single-${id}`)}), b AS (${side(`parts-${id}`)})
    SELECT (SELECT count(*) FROM (FROM a EXCEPT ALL FROM b)) + (SELECT count(*) FROM (FROM b EXCEPT ALL FROM a)),
      (SELECT count(*) FROM a), (SELECT count(*) FROM a WHERE kind = 'removal' OR action = 'delete')`);
  return { different: Number(different), rows: Number(rows), removals: Number(removals) };
}

/** What is stored between two turns is all that a turn knows. */
async function planned(ports: PartPorts, question: PartsQuestion): Promise<PlanParts> {
  let progress = await preparePlan(ports, question, 0);
  for (let turns = 0; progress.step !== 'planned'; turns += 1) {
    if (turns > 5_000) throw new Error('It does not come to an end.');
    const moved = await advance(ports, question, progress);
    progress = PlanParts.parse(JSON.parse(JSON.stringify(moved.progress)));
    if (moved.waits) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return progress;
}

async function writeRows(
  place: Workplace,
  { rows, files }: ChainedRun,
  id: string,
  put: (object: string) => Promise<void>,
): Promise<PinnedObject[]> {
  const objects: PinnedObject[] = [];
  for (let file = 0; file < files; file += 1) {
    const own = rows.filter((_, index) => index % files === file);
    const lines = own.map((row) => `${JSON.stringify(row)}\n`).join('');
    const source = place.object(await place.write(`source-${id}`, lines || '\n'));
    const columns = `{id: 'VARCHAR', name: 'VARCHAR', city: 'VARCHAR', town: 'VARCHAR'}`;
    const key = await place.export(
      `${id}-${file}.parquet`,
      `FROM read_json('${source}', columns = ${columns}, format = 'newline_delimited')`,
    );
    await put(key);
    objects.push({ key, etag: '', size: (await stat(place.object(key))).size });
  }
  return objects;
}

/** All parts as one plan, as whoever closes a run has them. */
async function merge(place: Workplace, { plans, proposals }: PlanParts, name: string) {
  const file = (location: string) =>
    `'${join(place.folder, 'state', encodeURIComponent(location))}'`;
  const all = plans.flat().map(({ location }) => file(location));
  const leaving = proposals.map((each) => file(each.leaving));
  const none = 'SELECT NULL::VARCHAR AS key, NULL AS was WHERE false';
  const left = leaving.length > 0 ? `FROM read_parquet([${leaving.join(', ')}])` : none;
  const empty = all.length === 0;
  await place.sql(
    empty
      ? `COPY (SELECT * FROM read_parquet('${join(place.folder, 'state', name.replace('parts', 'single'))}') WHERE false) TO ${file(name)} (FORMAT parquet, KV_METADATA {format: '1'})`
      : `COPY (SELECT plan.* REPLACE (coalesce(plan.was, leaving.was) AS was) FROM read_parquet([${all.join(', ')}]) AS plan
      LEFT JOIN (${left}) AS leaving ON leaving.key = plan.key AND plan.action = 'delete')
      TO ${file(name)} (FORMAT parquet, KV_METADATA {format: '1'})`,
  );
}

async function foldOf(
  place: Workplace,
  state: LogStore,
  progress: PlanParts,
  plan: string,
  mirror: MirrorPointer | undefined,
  { seed, retryFailed }: ChainedRun,
  epoch: number,
): Promise<MirrorPointer> {
  const random = new Random(seed);
  const outcomes: { phase: Chunk['phase']; chunk: number; location: string }[] = [];
  for (const { phase, chunk, changes } of progress.chunks) {
    const location = `${plan}-${phase}-${chunk}`;
    await state.put(
      location,
      writeLines(OutcomeLine, outcomesOf(random, phase, changes), location),
    );
    outcomes.push({ phase, chunk, location });
  }
  const folded = await createFoldEngine({
    state,
    logs: state,
    scratch: place.scratch,
    ...place.limits,
  }).fold({ mirror, plan, outcomes, retryFailed, target: `mirrors/s/${plan}/` });
  if (!folded.mirror) throw new Error('No mirror was written.');
  const { members, uncertain } = folded;
  return { ...folded.mirror, epoch, members, uncertain, raw: progress.seed };
}
