/**
 * Plan and fold in memory, over snapshots of NDJSON with text values. A property holds them equal to DuckDB's.
 */
import { createHash, createHmac } from 'node:crypto';
import type { OutcomeLine } from '../../../shared/contracts/plan.ts';
import { OutcomeLine as OutcomeSchema } from '../../../shared/contracts/plan.ts';
import type { Outcome, Sent, Snapshot } from '../../../shared/contracts/run.ts';
import type { LogRecord } from '../../../shared/contracts/sync-log.ts';
import { noOutcomes } from '../../../shared/domain/counts.ts';
import { SnapshotError } from '../../../shared/domain/errors.ts';
import { keyText } from '../../../shared/domain/key.ts';
import {
  adopted,
  combined,
  type MirrorEntry,
  type NextEntry,
  nextPrevious,
  transition,
} from '../../../shared/domain/mirror.ts';
import type {
  Candidate,
  ChunkPlace,
  Fault,
  MirroredRow,
  Place,
  PlanRow,
  SnapshotRow,
} from '../../../shared/domain/plan.ts';
import type { Removal } from '../../../shared/domain/removal.ts';
import { readLines } from '../../../shared/lines.ts';
import type {
  FoldEngine,
  FoldInput,
  FoldResult,
  PlanEngine,
  PlanInput,
  PlanSession,
  SnapshotStore,
  StateStore,
} from '../../../shared/ports.ts';

type Entry = MirrorEntry & {
  readonly digest: bigint | null;
  readonly identity?: string | undefined;
};
type Mirror = Map<string, Entry>;

const encode = (value: unknown) =>
  Buffer.from(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each)));
const decode = (body: Uint8Array) =>
  JSON.parse(Buffer.from(body).toString(), (name, each) =>
    name === 'digest' && typeof each === 'string' ? BigInt(each) : each,
  );

/** What of a run was logged in memory; nothing where there is no log. */
export const readMemoryLog = (body: Uint8Array | undefined): LogRecord[] =>
  body ? decode(body) : [];

async function readMirror(state: StateStore, location: string | undefined): Promise<Mirror> {
  if (location === undefined) return new Map();
  const body = await state.get(location);
  if (!body) throw new Error(`The mirror ${location} is gone.`);
  return new Map(decode(body));
}

const digestOf = (text: string) => createHash('sha256').update(text).digest().readBigUInt64LE(0);

interface Row {
  readonly object: string;
  readonly key: string | null;
  readonly row: SnapshotRow | MirroredRow | { readonly doubtful: true };
}

type Question = Pick<PlanInput, 'key' | 'columns' | 'fingerprint'>;

interface Stores {
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
}

async function readWanted({ snapshots, state }: Stores, input: PlanInput): Promise<Row[]> {
  const { wanted } = input;
  switch (wanted.kind) {
    case 'snapshot':
      return readRows(snapshots, wanted.snapshot, input);
    case 'mirror': {
      const older = await readMirror(state, wanted.location);
      return [...older].map(([key, { state, record, digest }]) => ({
        object: '',
        key,
        row: state === 'maybe' ? { doubtful: true } : { record, digest: digest ?? 0n },
      }));
    }
    case 'nobody':
      return [];
  }
}

async function readRows(
  snapshots: SnapshotStore,
  snapshot: Snapshot,
  question: Question,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const object of snapshot.objects) {
    const parts: Uint8Array[] = [];
    for await (const part of await snapshots.read(snapshot.bucket, object)) parts.push(part);
    const text = Buffer.concat(parts).toString();
    for (const line of text.split('\n').filter((each) => each !== '')) {
      rows.push(rowOf(object.key, line, question));
    }
  }
  return rows;
}

function rowOf(object: string, line: string, input: Question): Row {
  let row: Record<string, string | null>;
  try {
    row = JSON.parse(line);
  } catch {
    throw new SnapshotError('file-unreadable', `The file ${object} cannot be read.`);
  }
  const keys = input.key.map((column) => row[column] ?? null);
  const isKeyless = keys.some((key) => key === null || key === '');
  const key = keyText(keys.map((each) => each ?? ''));
  const values = JSON.stringify(input.columns.map((column) => row[column] ?? null));
  return {
    object,
    key: isKeyless ? null : key,
    row: { values, digest: digestOf(JSON.stringify([input.fingerprint, values, keys])) },
  };
}

const digestIn = (row: Row['row']) => ('digest' in row ? row.digest : undefined);

const compareKeys = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const createMemoryPlanEngine = (ports: Stores): PlanEngine => ({
  async open(input) {
    const mirror = await readMirror(ports.state, input.mirror?.location);
    const rows = await readWanted(ports, input);
    return new MemoryPlanSession(ports.state, mirror, rows, input);
  },
  async find({ snapshot, key, sought }) {
    const question = { key, columns: [], fingerprint: '' };
    const rows = await readRows(ports.snapshots, snapshot, question);
    return sought.filter((each) => rows.some((row) => row.key === each)).length;
  },
});

const isDoubtful = ({ row }: Row) => 'doubtful' in row;

class MemoryPlanSession implements PlanSession {
  readonly statistics;
  readonly keyless;
  readonly #state: StateStore;
  readonly #candidates: Candidate[] = [];
  readonly #plan: PlanRow[] = [];
  readonly #proposed: Removal[] = [];
  readonly #mirror: Mirror;

  constructor(
    state: StateStore,
    mirror: Mirror,
    rows: readonly Row[],
    { wanted, retryFailed, full = false }: PlanInput,
  ) {
    this.#state = state;
    this.#mirror = mirror;
    const without = Map.groupBy(
      rows.filter((row) => row.key === null),
      (row) => row.object,
    );
    this.keyless = [...without].map(([object, all]) => ({ object, rows: all.length }));
    const byKey = Map.groupBy(rows, (row) => row.key);
    byKey.delete(null);
    let duplicate = 0;
    let invalid = rows.filter((row) => row.key === null || isDoubtful(row)).length;
    let unchanged = 0;
    const keys = new Set([...byKey.keys(), ...mirror.keys()].filter((key) => key !== null));
    const only = wanted.kind === 'nobody' && wanted.only ? new Set(wanted.only) : keys;
    for (const key of [...keys].filter((each) => only.has(each)).sort(compareKeys)) {
      const same = (byKey.get(key) ?? []).map(({ row }) => row);
      const entry = mirror.get(key);
      const digests = new Set(same.map((row) => digestIn(row)));
      const [first] = same;
      if (digests.size > 1) {
        invalid += same.length;
        this.#candidates.push({ key, row: { conflict: same.length }, mirror: entry });
        continue;
      }
      duplicate += Math.max(0, same.length - 1);
      const isSame =
        !full &&
        first &&
        entry !== undefined &&
        entry.digest === digestIn(first) &&
        (entry.state === 'certain' || (entry.parked && !retryFailed));
      if (isSame) unchanged += 1;
      else this.#candidates.push({ key, row: first, mirror: entry });
    }
    const before = mirror.size;
    const touched = this.#candidates.filter((each) => each.mirror !== undefined).length;
    const apart = before - unchanged - touched;
    this.statistics = { rows: rows.length, duplicate, invalid, unchanged, before, apart };
  }

  async *candidates() {
    for (let at = 0; at < this.#candidates.length; at += 7) {
      yield this.#candidates.slice(at, at + 7);
    }
  }

  async append(rows: readonly PlanRow[]): Promise<void> {
    this.#plan.push(...rows);
  }

  async propose(removals: readonly Removal[]): Promise<void> {
    this.#proposed.push(...removals);
  }

  async *removals() {
    const candidates = new Set(this.#candidates.map(({ key }) => key));
    const holders = new Map<string, Place>();
    const settle = (identity: string | undefined, place: Place) => {
      if (identity === undefined) return;
      const known = holders.get(identity);
      if (known === undefined || rankOf(place) < rankOf(known)) holders.set(identity, place);
    };
    for (const [key, { identity }] of this.#mirror) {
      if (!candidates.has(key)) settle(identity, 'held');
    }
    for (const row of this.#plan) {
      if (row.kind !== 'removal') settle(row.identity, row.kind === 'change' ? row.place : 'held');
    }
    for (let at = 0; at < this.#proposed.length; at += 5) {
      yield this.#proposed.slice(at, at + 5).map((removal) => ({
        ...removal,
        holder: removal.identity === undefined ? undefined : holders.get(removal.identity),
      }));
    }
  }

  async finish(location: string): Promise<void> {
    await this.#state.put(location, encode(this.#plan));
  }

  async close(): Promise<void> {}
}

/** Who is there comes before who is to be sent, in the order of the chunks, and last who cannot be sent. */
function rankOf(place: Place): number {
  if (place === 'held') return -1;
  return 'code' in place ? Number.POSITIVE_INFINITY : place.chunk * 1e6 + place.position;
}

export const createMemoryFoldEngine = (state: StateStore, logs: StateStore): FoldEngine => ({
  async fold(input) {
    const mirror = await readMirror(state, input.mirror?.location);
    const body = await state.get(input.plan);
    if (!body) throw new Error(`The plan ${input.plan} is gone.`);
    const plan: PlanRow[] = decode(body);
    const outcomes = await readOutcomes(state, input);
    const fold = new Fold(mirror, outcomes, input);
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
    if (target !== undefined)
      await state.put(target, encode([...mirror].sort(([a], [b]) => compareKeys(a, b))));
    return fold.result();
  },
});

type Outcomes = Map<string, OutcomeLine[]>;

async function readOutcomes(state: StateStore, { outcomes }: FoldInput): Promise<Outcomes> {
  const all: Outcomes = new Map();
  for (const { phase, chunk, location } of outcomes) {
    const body = await state.get(location);
    if (!body) throw new Error(`The outcomes ${location} are gone.`);
    all.set(`${phase}#${chunk}`, readLines(OutcomeSchema, body));
  }
  return all;
}

class Fold {
  readonly told: LogRecord[] = [];
  readonly #mirror: Mirror;
  readonly #outcomes: Outcomes;
  readonly #input: FoldInput;
  readonly #counts = {
    insert: noOutcomes(),
    reinsert: noOutcomes(),
    update: noOutcomes(),
    delete: noOutcomes(),
  };

  constructor(mirror: Mirror, outcomes: Outcomes, input: FoldInput) {
    this.#mirror = mirror;
    this.#outcomes = outcomes;
    this.#input = input;
  }

  take(row: Exclude<PlanRow, RemovalRow>, removals: readonly RemovalRow[]): void {
    if (row.kind === 'invalid') {
      const { key, rows, object: file, fault } = row;
      this.#tell({ key, action: 'none', outcome: 'invalid', rows, file }, { ...never, ...fault });
      return;
    }
    const entry = this.#mirror.get(row.key);
    if (row.kind === 'refresh' || row.kind === 'adopt') {
      const { record, digest, identity } = row;
      const { state, parked, previous } = entry ?? { ...adopted, previous: [] };
      this.#mirror.set(row.key, { state, parked, previous, record, digest, identity });
      return;
    }
    const { outcome, line } = this.#decided(row, removals);
    const action = row.action === 'insert' && entry ? 'reinsert' : row.action;
    this.#counts[action][outcome] += 1;
    this.#tell({ key: row.key, action, outcome, rows: 1, file: null }, line);
    const next = transition(row.action, entry, outcome, this.#input.retryFailed);
    if (next) this.#mirror.set(row.key, nextEntry(row, entry, next));
    else this.#mirror.delete(row.key);
  }

  /** The line is the change's own, or, where removals alone failed, the first of theirs by name. */
  #decided({ action, place }: ChangeRow, removals: readonly RemovalRow[]): Fate {
    const own = place === 'held' ? undefined : this.#fateOf(place);
    const others = removals.map((each) => this.#fateOf(each.place));
    const outcomes = new Set(others.map((each) => each.outcome));
    const failed = others.filter((each) => each.outcome !== 'delivered').map(({ line }) => line);
    const [first] = failed.sort(compareTold);
    const line = own && own.outcome !== 'delivered' ? own.line : (first ?? own?.line ?? never);
    return { outcome: combined(action, own?.outcome, outcomes), line };
  }

  #fateOf(place: ChunkPlace | Fault): Fate {
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
    const entries = this.#input.target === undefined ? [] : [...this.#mirror.values()];
    return {
      ...this.#counts,
      members: entries.length,
      uncertain: entries.filter((entry) => entry.state !== 'certain' && !entry.parked).length,
      reasons: reasonsOf(this.told, this.#input.log !== undefined),
      sent: sentOf([...this.#outcomes.values()].flat()),
      logged: this.#input.log ? this.told.length : 0,
    };
  }
}

type ChangeRow = Extract<PlanRow, { kind: 'change' }>;
type RemovalRow = Extract<PlanRow, { kind: 'removal' }>;

interface Fate {
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
export function reasonsOf(told: readonly LogRecord[], isNamed: boolean): FoldResult['reasons'] {
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

export const sentOf = (lines: readonly OutcomeLine[]): Sent =>
  lines.reduce(
    (sum, { sent }) => ({
      requests: sum.requests + (sent?.requests ?? 0),
      retries: sum.retries + (sent?.retries ?? 0),
      bytes: sum.bytes + (sent?.bytes ?? 0),
    }),
    { requests: 0, retries: 0, bytes: 0 },
  );

function nextEntry(row: ChangeRow, entry: Entry | undefined, next: NextEntry): Entry {
  const record = next.record === 'new' ? row.record : (entry?.record ?? row.record);
  const digest = next.record === 'new' ? (row.digest ?? null) : (entry?.digest ?? null);
  const { state, parked } = next;
  const previous = entry ? nextPrevious(entry, next.previous, record) : [];
  const { identity } = next.record === 'new' ? row : (entry ?? row);
  return { record, digest, state, parked, previous, identity };
}
