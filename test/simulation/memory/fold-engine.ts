/** Folds in memory. A property holds it equal to DuckDB's. */

import { createHmac } from 'node:crypto';
import type { Outcome, Sent } from '../../../shared/contracts/counts.ts';
import { mirrorObject } from '../../../shared/contracts/layout.ts';
import {
  type MirrorObjects,
  type MirrorPointer,
  mirrorFormat,
} from '../../../shared/contracts/mirror.ts';
import type { OutcomeLine } from '../../../shared/contracts/plan.ts';
import {
  ChunkLine,
  IdsLine,
  OutcomeLine as OutcomeSchema,
} from '../../../shared/contracts/plan.ts';
import type { LogRecord } from '../../../shared/contracts/sync-log.ts';
import {
  adopted,
  combined,
  type NextEntry,
  nextPrevious,
  transition,
} from '../../../shared/domain/plan/mirror.ts';
import type { ChunkPlace, Place, PlanRow } from '../../../shared/domain/plan/plan.ts';
import { noOutcomes } from '../../../shared/domain/run/counts.ts';
import {
  type Compaction,
  isCompacted,
  withDelta,
} from '../../../shared/domain/run/mirror-objects.ts';
import type { Fault } from '../../../shared/domain/words/problem.ts';
import { orSetAside } from '../../../shared/flow/set-aside.ts';
import { readLines } from '../../../shared/lines.ts';
import type { FoldEngine, FoldInput, FoldResult } from '../../../shared/ports/fold-engine.ts';
import type { StateStore } from '../../../shared/ports/objects.ts';
import { unreadable } from '../../../shared/stored.ts';
import {
  compareKeys,
  contentOf,
  decode,
  type Entry,
  encode,
  type FoldedRow,
  type MirrorRows,
  readMirror,
} from './tables.ts';

export const createMemoryFoldEngine = (
  state: StateStore,
  logs: StateStore,
  compaction?: Compaction,
): FoldEngine => ({
  async fold(input) {
    const body = await state.get(input.plan);
    const found = body && contentOf(body);
    if (!body || (input.content && input.content.sha256 !== found?.sha256))
      throw unreadable(input.plan, 'it is gone, or not what was written');
    const plan: FoldedRow[] = decode(body);
    const outcomes = await readOutcomes(state, input);
    const fold = new Fold(outcomes, input, await readLearnt(state, input));
    const removals = Map.groupBy(
      plan.filter((row) => row.kind === 'removal'),
      ({ key }) => key,
    );
    for (const row of plan) {
      if (row.kind !== 'removal') fold.take(row, removals.get(row.key ?? '') ?? []);
    }
    const { log, target } = input;
    if (log && fold.told.length > 0)
      await logs.putIfAbsent(log.location, encode(fold.told.sort(byKey)));
    const result = fold.result();
    if (target === undefined) return result;
    const mirror = await writeNext(state, input.mirror, fold.next, target, compaction);
    return { ...result, ...fold.numbers(), mirror };
  },
  async salvage({ mirror, chunks, target }) {
    const before = (await orSetAside(() => readMirror(state, mirror))) ?? new Map<string, Entry>();
    const fold = new Fold(new Map(), { mirror, plan: '', outcomes: [], retryFailed: true, target });
    const named = new Map<string, ChunkLine>();
    let lost = 0;
    for (const name of chunks) {
      const body = await state.get(name);
      const lines = body && (await orSetAside(() => readLines(ChunkLine, body, name)));
      if (!lines) lost += 1;
      for (const line of lines ?? [])
        if (named.get(line.key)?.action === undefined || line.action !== 'delete')
          named.set(line.key, line);
    }
    for (const { key, action, record } of named.values()) {
      const was = before.get(key);
      if (action === 'delete' && !was) continue;
      const place = { phase: 'upserting', chunk: 0, position: 0 } as const;
      const made: FoldedRow = {
        kind: 'change',
        key,
        action: action === 'update' && !was ? 'insert' : action,
        record,
        digest: undefined,
        place,
        ...(was && { was }),
      };
      fold.take(made, []);
    }
    const never = { maxDeltas: Number.POSITIVE_INFINITY, maxShare: Number.POSITIVE_INFINITY };
    return {
      ...fold.numbers(),
      lost,
      mirror: await writeNext(state, mirror, fold.next, target, never),
    };
  },
});

/** Writes what changed, or, where that is due, everything. */
async function writeNext(
  state: StateStore,
  mirror: MirrorPointer | undefined,
  next: Fold['next'],
  target: string,
  compaction: Compaction | undefined,
): Promise<MirrorObjects> {
  const write = async (layer: 'base' | 'delta', rows: MirrorRows) => {
    const location = mirrorObject(target, layer);
    const body = encode(rows.sort(([a], [b]) => compareKeys(a, b)));
    await state.put(location, body);
    return { location, ...contentOf(body) };
  };
  if (!mirror || isCompacted(mirror, next.size, compaction)) {
    const all = new Map([...(await readMirror(state, mirror)), ...next]);
    const base = await write(
      'base',
      [...all].filter(([, entry]) => entry),
    );
    return { format: mirrorFormat, base: [base], deltas: [] };
  }
  return withDelta(mirror, next.size === 0 ? [] : [await write('delta', [...next])]);
}

type Outcomes = Map<string, OutcomeLine[]>;

async function readOutcomes(state: StateStore, { outcomes }: FoldInput): Promise<Outcomes> {
  const all: Outcomes = new Map();
  for (const { phase, chunk, location } of outcomes) {
    const body = await state.get(location);
    const lines = body && (await orSetAside(() => readLines(OutcomeSchema, body, location)));
    if (lines) all.set(`${phase}#${chunk}`, lines);
  }
  return all;
}

type Learnt = ReadonlyMap<string, readonly string[]>;

/** By phase, chunk and position: of several the latest. */
async function readLearnt(state: StateStore, { ids = [] }: FoldInput): Promise<Learnt> {
  const latest = new Map<string, IdsLine>();
  for (const { phase, chunk, location } of ids) {
    const body = await state.get(location);
    const lines = body && (await orSetAside(() => readLines(IdsLine, body, location)));
    for (const line of lines ?? []) {
      const name = `${phase}#${chunk}#${line.position}`;
      if ((latest.get(name)?.at ?? -1) < line.at) latest.set(name, line);
    }
  }
  return new Map([...latest].map(([name, line]) => [name, line.ids]));
}

class Fold {
  readonly told: LogRecord[] = [];
  /** What becomes of the keys of changes; null: they are gone. */
  readonly next = new Map<string, Entry | null>();
  #members: number;
  #uncertain: number;
  readonly #outcomes: Outcomes;
  readonly #input: FoldInput;
  readonly #learnt: Learnt;
  readonly #counts = {
    insert: noOutcomes(),
    reinsert: noOutcomes(),
    update: noOutcomes(),
    delete: noOutcomes(),
  };

  constructor(outcomes: Outcomes, input: FoldInput, learnt: Learnt = new Map()) {
    this.#learnt = learnt;
    this.#members = input.mirror?.members ?? 0;
    this.#uncertain = input.mirror?.uncertain ?? 0;
    this.#outcomes = outcomes;
    this.#input = input;
  }

  take(row: Exclude<FoldedRow, RemovalRow>, removals: readonly RemovalRow[]): void {
    if (row.kind === 'invalid') {
      const { key, rows, object: file, fault } = row;
      this.#tell({ key, action: 'none', outcome: 'invalid', rows, file }, { ...never, ...fault });
      return;
    }
    const entry = row.was;
    if (row.kind === 'refresh' || row.kind === 'adopt') {
      const { record, digest, identity } = row;
      const { state, parked, previous } = entry ?? { ...adopted, previous: [] };
      const ids = idsAfter(row.kind === 'adopt' ? row.ids : undefined, entry, identity);
      this.#put(row.key, entry, { state, parked, previous, record, digest, identity, ...ids });
      return;
    }
    const { outcome, line } = this.#decided(row, removals);
    const action = row.action === 'insert' && entry ? 'reinsert' : row.action;
    this.#counts[action][outcome] += 1;
    this.#tell({ key: row.key, action, outcome, rows: 1, file: null }, line);
    const next = transition(row.action, entry, outcome, this.#input.retryFailed);
    this.#put(row.key, entry, next ? nextEntry(row, entry, next, this.#idsAt(row.place)) : null);
  }

  #idsAt(place: Place): readonly string[] | undefined {
    if (typeof place !== 'object' || 'code' in place) return undefined;
    return this.#learnt.get(`${place.phase}#${place.chunk}#${place.position}`);
  }

  #put(key: string, was: Entry | undefined, next: Entry | null): void {
    if (!was && !next) return;
    this.next.set(key, next);
    this.#members += Number(next !== null) - Number(was !== undefined);
    this.#uncertain += Number(isUncertain(next)) - Number(isUncertain(was));
  }

  numbers() {
    return { members: this.#members, uncertain: this.#uncertain };
  }

  /** The line is the change's own, or, where removals alone failed, the first of theirs by name. */
  #decided({ action, place }: ChangeRow, removals: readonly RemovalRow[]): Became {
    const own = place === 'held' ? undefined : this.#becameOf(place);
    const others = removals.map((each) => this.#becameOf(each.place));
    const outcomes = new Set(others.map((each) => each.outcome));
    const failed = others.filter((each) => each.outcome !== 'delivered').map(({ line }) => line);
    const [first] = failed.sort(compareTold);
    const line = own && own.outcome !== 'delivered' ? own.line : (first ?? own?.line ?? never);
    return { outcome: combined(action, own?.outcome, outcomes), line };
  }

  #becameOf(place: ChunkPlace | Fault): Became {
    if ('code' in place) return { outcome: 'invalid', line: { ...never, ...place } };
    const lines = this.#outcomes.get(`${place.phase}#${place.chunk}`) ?? [];
    const line = lines.find(({ from, to }) => from <= place.position && place.position < to);
    if (!line) return { outcome: 'uncertain', line: { ...never, code: 'outcome-missing' } };
    return { outcome: line.outcome, line };
  }

  #tell(record: Pick<LogRecord, 'key' | 'action' | 'outcome' | 'rows' | 'file'>, line: Told): void {
    const { key, ...rest } = record;
    const { code, reason, status, request, attempts, firstAt, lastAt } = line;
    const hashKey = this.#input.log?.hashKey;
    this.told.push({
      key: key !== null && hashKey ? createHmac('sha256', hashKey).update(key).digest('hex') : key,
      ...rest,
      code: code || null,
      reason: reason || null,
      httpStatus: status || null,
      request: request || null,
      attempts,
      firstAt: firstAt || null,
      lastAt: lastAt || null,
    });
  }

  result(): FoldResult {
    return {
      ...this.#counts,
      mirror: undefined,
      members: 0,
      uncertain: 0,
      reasons: reasonsOf(this.told, this.#input.log !== undefined),
      sent: sentOf([...this.#outcomes.values()].flat()),
      logged: this.#input.log ? this.told.length : 0,
    };
  }
}

const isUncertain = (entry: Entry | null | undefined) =>
  entry ? entry.state !== 'certain' && !entry.parked : false;

type ChangeRow = Extract<PlanRow, { kind: 'change' }>;
type RemovalRow = Extract<PlanRow, { kind: 'removal' }>;

interface Became {
  readonly outcome: Outcome;
  readonly line: Told;
}

/** What is told of a change: its fault, and how its request fared. */
type Told = Pick<
  OutcomeLine,
  'code' | 'reason' | 'status' | 'request' | 'attempts' | 'firstAt' | 'lastAt'
>;

const never: Told = {
  code: '',
  reason: '',
  status: 0,
  request: '',
  attempts: 0,
  firstAt: 0,
  lastAt: 0,
};

const compareFaults = (a: Fault, b: Fault) =>
  compareKeys(a.code, b.code) || compareKeys(a.reason, b.reason);

export const compareTold = (a: Told, b: Told) =>
  compareFaults(a, b) ||
  a.status - b.status ||
  compareKeys(a.request, b.request) ||
  a.attempts - b.attempts ||
  a.firstAt - b.firstAt ||
  a.lastAt - b.lastAt;

/** Rows without a key last. */
const byKey = (a: LogRecord, b: LogRecord) =>
  Number(a.key === null) - Number(b.key === null) ||
  compareKeys(a.key ?? '', b.key ?? '') ||
  compareKeys(a.file ?? '', b.file ?? '') ||
  compareKeys(a.code ?? '', b.code ?? '');

/** The most frequent ten, each with the first key there is where examples are kept. */
function reasonsOf(told: readonly LogRecord[], isNamed: boolean): FoldResult['reasons'] {
  const failed = told.filter(({ outcome }) => outcome !== 'delivered');
  const groups = Map.groupBy(failed, ({ code, reason }) => `${code} ${reason}`);
  return [...groups.values()]
    .map((group) => {
      const { code, reason } = group[0] ?? { code: null, reason: null };
      const [example] = group.flatMap(({ key }) => (key === null ? [] : [key])).sort(compareKeys);
      return {
        code: code ?? '',
        reason: reason ?? '',
        count: group.reduce((sum, { rows }) => sum + rows, 0),
        ...(isNamed && example !== undefined && { example }),
      };
    })
    .sort((a, b) => b.count - a.count || compareFaults(a, b))
    .slice(0, 10);
}

const sentOf = (lines: readonly OutcomeLine[]): Sent =>
  lines.reduce(
    (sum, { sent }) => ({
      requests: sum.requests + (sent?.requests ?? 0),
      retries: sum.retries + (sent?.retries ?? 0),
      bytes: sum.bytes + (sent?.bytes ?? 0),
    }),
    { requests: 0, retries: 0, bytes: 0 },
  );

/** What was learnt counts, and else what was known of the same identity. */
function idsAfter(
  learnt: readonly string[] | undefined,
  entry: Entry | undefined,
  identity: string | undefined,
): { readonly ids?: readonly string[] } {
  const ids = learnt ?? (entry?.identity === identity ? entry?.ids : undefined);
  return ids && ids.length > 0 ? { ids } : {};
}

function nextEntry(
  row: ChangeRow,
  entry: Entry | undefined,
  next: NextEntry,
  learnt: readonly string[] | undefined,
): Entry {
  const record = next.record === 'new' ? row.record : (entry?.record ?? row.record);
  const digest = next.record === 'new' ? (row.digest ?? null) : (entry?.digest ?? null);
  const { state, parked } = next;
  const previous = entry ? nextPrevious(entry, next.previous, record) : [];
  const { identity } = next.record === 'new' ? row : (entry ?? row);
  const ids = idsAfter(learnt, entry, identity);
  return { record, digest, state, parked, previous, identity, ...ids };
}
