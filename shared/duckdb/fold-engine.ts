/**
 * Folds the plan and what became of it into the next mirror and the sync log. SQL only joins here: what becomes of
 * an entry is looked up in the domain's transitions. The plan has the entries it is about, so that what is read and
 * written is what changed; only where the base is written anew is the mirror read.
 */

import { join } from 'node:path';
import type { Outcome } from '../contracts/counts.ts';
import { mirrorObject } from '../contracts/layout.ts';
import { type MirrorPointer, mirrorFormat } from '../contracts/mirror.ts';
import { type Compaction, isCompacted, withDelta } from '../domain/run/mirror-objects.ts';
import { InvariantError, StoredError } from '../domain/words/errors.ts';
import type {
  FoldEngine,
  FoldInput,
  FoldResult,
  Salvaged,
  SalvageInput,
} from '../ports/fold-engine.ts';
import type { LogStore, StateStore } from '../ports/objects.ts';
import { readStored, unreadable } from '../stored.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { contentOf } from './file-content.ts';
import { formatIn } from './file-format.ts';
import { createCombinations, createRules, nextPrevious } from './fold-rules.ts';
import { createLearnt, idsIn } from './learnt-ids.ts';
import { copyMirrorRows, gone, openMirror, putMirrorObject } from './mirror-table.ts';
import {
  createCovered,
  createCrowded,
  createLines,
  neverTried,
  planTold,
  selectSent,
} from './outcome-lines.ts';
import { createChunkLines, createSalvagedChange } from './salvage.ts';
import { openScratch } from './scratch.ts';
import { fromParquet } from './sql.ts';
import { createTold, readReasons, writeTold } from './sync-log.ts';

export interface FoldEngineOptions extends DatabaseLimits {
  readonly state: StateStore;
  readonly logs: Pick<LogStore, 'putIfAbsent'>;
  /** @default the domain's */
  readonly compaction?: Compaction;
  /** Folder for files in passing; each fold has its own below it. */
  readonly scratch: string;
}

/** Folds in DuckDB, over local copies of mirror, plan and outcomes. */
export function createFoldEngine(options: FoldEngineOptions): FoldEngine {
  const inScratch = async <T>(work: (database: Database, folder: string) => Promise<T>) => {
    const scratch = await openScratch(options.scratch, 'fold');
    let database: Database | undefined;
    try {
      database = await Database.open(scratch.folder, options);
      return await work(database, scratch.folder);
    } finally {
      database?.close();
      await scratch.remove();
    }
  };
  return {
    fold: (input) => inScratch((database, folder) => fold(database, options, input, folder)),
    salvage: (input) =>
      inScratch((database, folder) => salvage(database, options.state, input, folder)),
  };
}

async function fold(
  database: Database,
  { state, logs, compaction }: FoldEngineOptions,
  input: FoldInput,
  folder: string,
): Promise<FoldResult> {
  const file = (name: string) => join(folder, name);
  await fetchPlan(state, input, file('plan.parquet'));
  const format = await formatIn(database, file('plan.parquet'));
  readStored({ parse: () => undefined }, { format }, input.plan);
  await database.run(createPlanView(file('plan.parquet')));
  await checkPlan(database);
  await createLines(database, state, input.outcomes, folder);
  await database.run(createCrowded);
  await database.run(createCovered);
  await database.run(createCombinations);
  await database.run(createBecame);
  if (input.ids) await createLearnt(database, state, input.ids, folder);
  await database.run(createChangeView(input.ids !== undefined));
  await database.run(writeTold(file('log.parquet'), input.log));
  await database.run(createTold(file('log.parquet')));
  const result = await summarise(database, input);
  if (input.log && result.logged > 0) {
    // Whoever closed the run before us had the same outcomes. One that wakes up late, when they are gone, has not.
    await logs.putIfAbsent(input.log.location, { file: file('log.parquet') });
  }
  if (input.target === undefined) return result;
  await database.run(createRules(input.retryFailed));
  await database.run(createNext);
  const { mirror, target } = input;
  const next = { mirror, before: `SELECT was ${fromChanges}`, target, folder, compaction };
  return { ...result, ...(await writeNext(database, state, next)) };
}

/** @throws StoredError where it is gone, or not what was written */
async function fetchPlan(
  state: Pick<StateStore, 'download'>,
  { plan, content }: FoldInput,
  file: string,
): Promise<void> {
  await state.download(plan, file);
  const found = content && (await contentOf(file));
  if (content?.bytes === found?.bytes && content?.sha256 === found?.sha256) return;
  throw unreadable(plan, 'it is not what was written');
}

const createPlanView = (path: string) => `CREATE VIEW plan AS FROM ${fromParquet([path])}`;

const fromChanges = `FROM plan WHERE kind IN ('change', 'refresh', 'adopt')`;

/** Two changes of one key would both be folded, and the mirror would hold the key twice. */
async function checkPlan(database: Database): Promise<void> {
  // Numbers are told apart in half the time of texts; only where two are alike need the texts be looked at.
  const [keys, different] = await database.counts(
    `SELECT count(*), count(DISTINCT hash(key)) ${fromChanges}`,
  );
  if (keys === different) return;
  const [twice = 0] = await database.counts(
    `SELECT count(*) FROM (SELECT key ${fromChanges} GROUP BY key HAVING count(*) > 1)`,
  );
  if (twice > 0) throw new InvariantError(`The plan has ${twice} keys with more than one change.`);
}

/** What was put in a chunk and has no outcome may have been sent: never take it for unsent. */
const createBecame = `
  CREATE VIEW became AS
  SELECT plan.kind, plan.key, plan.action, plan.digest, plan.raw, plan.record, plan.identity, plan.was,
    plan.phase, plan.chunk, plan.position,
    CASE WHEN plan.phase = 'held' THEN 'held' WHEN plan.chunk IS NULL THEN 'invalid' ELSE coalesce(told.outcome, 'uncertain') END AS outcome,
    CASE WHEN plan.chunk IS NULL THEN plan.code ELSE coalesce(told.code, 'outcome-missing') END AS code,
    CASE WHEN plan.chunk IS NULL THEN plan.reason
      ELSE coalesce(told.reason, '') END AS reason,
    coalesce(told.tried, ${neverTried}) AS tried
  FROM ${planTold} AS plan
  WHERE plan.kind IN ('change', 'removal')`;

const learntOf = `
  LEFT JOIN learnt ON learnt.phase = became.phase AND learnt.chunk = became.chunk AND learnt.position = became.position`;

const isRemovals = `(became.outcome IN ('held', 'delivered') AND removed.fault IS NOT NULL)`;

/**
 * The outcomes of a change's own line and of its removals are one. What it is told by is its own line, unless a
 * removal alone failed: then the first of those.
 */
const createChangeView = (learns: boolean) => `
  CREATE VIEW change AS
  SELECT became.key, became.action, became.digest, became.raw, became.record, became.identity, became.was,
    ${learns ? 'learnt.ids' : 'NULL::VARCHAR[]'} AS ids,
    coalesce(combination.outcome, became.outcome) AS outcome,
    CASE WHEN ${isRemovals} THEN removed.fault.code ELSE became.code END AS code,
    CASE WHEN ${isRemovals} THEN removed.fault.reason ELSE became.reason END AS reason,
    CASE WHEN ${isRemovals} THEN removed.fault.tried ELSE became.tried END AS tried
  FROM became
  LEFT JOIN (
    SELECT key, string_agg(DISTINCT outcome, ',' ORDER BY outcome) AS outcomes,
      min({"code": code, "reason": reason, "tried": tried}) FILTER (outcome <> 'delivered') AS fault
    FROM became WHERE kind = 'removal' GROUP BY key
  ) AS removed ON removed.key = became.key
  LEFT JOIN combination ON combination.action = became.action AND combination.own = became.outcome
    AND combination.removals = coalesce(removed.outcomes, '')
  ${learns ? learntOf : ''}
  WHERE became.kind = 'change'
  UNION ALL
  SELECT key, kind, digest, raw, record, identity, was, ${idsIn('ids')}, kind, NULL, NULL, NULL FROM plan WHERE kind IN ('refresh', 'adopt')`;

/** View `next`: what becomes of each key of a change; `was` is NULL where the mirror lacks the key. */
const createNext = `
  CREATE VIEW next AS
  SELECT key, stays, was,
    CASE WHEN stays THEN digest END AS digest,
    CASE WHEN stays THEN record END AS record,
    CASE WHEN stays THEN state ELSE ${gone} END AS state,
    CASE WHEN stays THEN parked END AS parked,
    CASE WHEN stays THEN ${nextPrevious} END AS previous,
    CASE WHEN stays THEN identity END AS identity,
    CASE WHEN stays THEN nullif(coalesce(learnt, CASE WHEN identity IS NOT DISTINCT FROM was.identity THEN was.ids END), []) END AS ids,
    CASE WHEN stays THEN raw END AS raw
  FROM (
    SELECT change.key, change.was, change.was.record AS old_record, change.was.previous AS previous, rule.next_previous,
      CASE WHEN rule.action IS NULL THEN error('no rule') ELSE rule.next_record IS NOT NULL END AS stays,
      CASE WHEN rule.next_record = 'new' THEN change.digest ELSE change.was.digest END AS digest,
      CASE WHEN rule.next_record = 'new' THEN change.raw ELSE change.was.raw END AS raw,
      CASE WHEN rule.next_record = 'new' THEN change.record ELSE change.was.record END AS record,
      CASE WHEN rule.next_record = 'new' THEN change.identity ELSE change.was.identity END AS identity,
      rule.next_state AS state, rule.next_parked AS parked, change.ids AS learnt
    FROM change
    LEFT JOIN rule ON rule.action = change.action AND rule.outcome = change.outcome
      AND rule.state = coalesce(change.was.state, '') AND rule.parked = coalesce(change.was.parked, false)
  ) AS next
  WHERE stays OR was IS NOT NULL`;

const isUncertain = (entry: string) => `(${entry}state <> 'certain' AND NOT ${entry}parked)`;

/** What of the keys of changes is there, in the file of their next entries; and what was before. */
const selectAfter = (file: string) => `
  SELECT count(*), count(*) FILTER (state <> ${gone}), count(*) FILTER (state <> ${gone} AND ${isUncertain('')})
  FROM ${fromParquet([file])}`;
const selectBefore = (entries: string) =>
  `SELECT count(was), count(*) FILTER (was IS NOT NULL AND ${isUncertain('was.')}) FROM (${entries})`;

/** Entries of what the chunks name, each key once, as if nothing was ever answered. */
async function salvage(
  database: Database,
  state: StateStore,
  { mirror, chunks, target }: SalvageInput,
  folder: string,
): Promise<Salvaged> {
  const lost = await createChunkLines(database, state, chunks, folder);
  // Without it, what the keys were before is not known; the mirror keeps it all the same.
  if (!(await opens(database, state, mirror, folder)))
    await openMirror(database, state, undefined, folder);
  await database.run(createSalvagedChange);
  await database.run(createRules(true));
  await database.run(createNext);
  const compaction = { maxDeltas: Number.POSITIVE_INFINITY, maxShare: Number.POSITIVE_INFINITY };
  const before = 'SELECT was FROM change';
  const next = await writeNext(database, state, { mirror, before, target, folder, compaction });
  return { ...next, lost };
}

interface NextMirror {
  readonly mirror: MirrorPointer | undefined;
  /** The entries that keys of changes had, as a query of `was`. */
  readonly before: string;
  readonly target: string;
  readonly folder: string;
  readonly compaction: Compaction | undefined;
}

/** Writes what changed, or, where that is due, everything. */
async function writeNext(
  database: Database,
  state: StateStore,
  { mirror, before: entries, target, folder, compaction }: NextMirror,
): Promise<Omit<Salvaged, 'lost'>> {
  const changed = join(folder, 'changed.parquet');
  await database.run(copyMirrorRows(mirror ? 'FROM next' : 'FROM next WHERE stays', changed));
  const [rows = 0, after = 0, uncertain = 0] = await database.counts(selectAfter(changed));
  const [before = 0, uncertainBefore = 0] = await database.counts(selectBefore(entries));
  const numbers = {
    members: (mirror?.members ?? 0) + after - before,
    uncertain: (mirror?.uncertain ?? 0) + uncertain - uncertainBefore,
  };
  const put = async (file: string, kind: 'base' | 'delta') =>
    await putMirrorObject(database, state, file, mirrorObject(target, kind));
  if (!mirror) {
    const base = await put(changed, 'base');
    return { ...numbers, mirror: { format: mirrorFormat, base: [base], deltas: [] } };
  }
  if (isCompacted(mirror, rows, compaction) && (await opens(database, state, mirror, folder))) {
    const whole = join(folder, 'whole.parquet');
    await database.run(copyMirrorRows(selectAll(changed), whole));
    const base = await put(whole, 'base');
    return { ...numbers, mirror: { format: mirrorFormat, base: [base], deltas: [] } };
  }
  if (rows === 0) return { ...numbers, mirror: withDelta(mirror, []) };
  return { ...numbers, mirror: withDelta(mirror, [await put(changed, 'delta')]) };
}

/** A base that is damaged is not written anew: the delta goes on top of it, and whoever reads it tells. */
async function opens(
  database: Database,
  state: StateStore,
  mirror: MirrorPointer | undefined,
  folder: string,
): Promise<boolean> {
  try {
    await openMirror(database, state, mirror, folder);
    return true;
  } catch (error) {
    if (error instanceof StoredError) return false;
    throw error;
  }
}

/** Entries without a change stay as they are. */
const selectAll = (changed: string) => `
  SELECT * FROM mirror ANTI JOIN ${fromParquet([changed])} AS changed USING (key)
  UNION ALL
  FROM ${fromParquet([changed])} WHERE state <> ${gone}`;

const selectCounts = `SELECT action, outcome, count(*) FROM told WHERE action <> 'none' GROUP BY ALL`;

async function summarise(database: Database, { log }: FoldInput): Promise<FoldResult> {
  const counted = await database.rows(selectCounts);
  const of = (action: string) => {
    const count = (outcome: Outcome) =>
      Number(counted.find((row) => row[0] === action && row[1] === outcome)?.[2] ?? 0);
    return {
      delivered: count('delivered'),
      rejected: count('rejected'),
      uncertain: count('uncertain'),
      unsent: count('unsent'),
      invalid: count('invalid'),
    };
  };
  const [requests = 0, retries = 0, bytes = 0] = await database.counts(selectSent);
  const [rows = 0] = await database.counts('SELECT count(*) FROM told');
  return {
    insert: of('insert'),
    reinsert: of('reinsert'),
    update: of('update'),
    delete: of('delete'),
    mirror: undefined,
    members: 0,
    uncertain: 0,
    reasons: await readReasons(database, log !== undefined),
    sent: { requests, retries, bytes },
    logged: log ? rows : 0,
  };
}
