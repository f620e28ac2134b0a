/** Plans in memory, over snapshots of NDJSON with text values. A property holds them equal to DuckDB's. */

import { createHash } from 'node:crypto';
import type { ObjectContent } from '../../../shared/contracts/mirror.ts';
import type { Snapshot } from '../../../shared/contracts/snapshot.ts';
import { keyText } from '../../../shared/domain/plan/key.ts';
import type {
  Candidate,
  MirroredRow,
  Place,
  PlanRow,
  SnapshotRow,
} from '../../../shared/domain/plan/plan.ts';
import type { Removal } from '../../../shared/domain/plan/removal.ts';
import { SnapshotError } from '../../../shared/domain/words/errors.ts';
import type { StateStore } from '../../../shared/ports/objects.ts';
import type { PlanEngine, PlanInput, PlanSession } from '../../../shared/ports/plan-engine.ts';
import type { SnapshotStore } from '../../../shared/ports/snapshots.ts';
import {
  compareKeys,
  contentOf,
  encode,
  type FoldedRow,
  type Mirror,
  readMirror,
} from './tables.ts';

const digestOf = (text: string) =>
  String(createHash('sha256').update(text).digest().readBigUInt64LE(0));

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
      const older = await readMirror(state, wanted.mirror);
      return [...older].map(([key, { state, record, digest }]) => ({
        object: '',
        key,
        row: state === 'maybe' ? { doubtful: true } : { record, digest: digest ?? '0' },
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
  const values = input.columns.map((column) => row[column] ?? null);
  return {
    object,
    key: isKeyless ? null : key,
    row: { values, digest: digestOf(JSON.stringify([input.fingerprint, values, keys])) },
  };
}

const digestIn = (row: Row['row']) => ('digest' in row ? row.digest : undefined);

export const createMemoryPlanEngine = (ports: Stores): PlanEngine => ({
  async open(input) {
    const mirror = await readMirror(ports.state, input.mirror);
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
  readonly lacking = [];
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
    const sharers = Map.groupBy(this.#proposed, ({ identity }) => identity);
    const isShared = (identity: string | undefined) =>
      identity !== undefined && (sharers.get(identity)?.length ?? 0) > 1;
    for (let at = 0; at < this.#proposed.length; at += 5) {
      yield this.#proposed.slice(at, at + 5).map((removal) => ({
        ...removal,
        holder: removal.identity === undefined ? undefined : holders.get(removal.identity),
        isShared: isShared(removal.identity),
      }));
    }
  }

  async finish(location: string): Promise<ObjectContent> {
    const rows = this.#plan.map((row): FoldedRow => {
      const was =
        row.kind === 'change' || row.kind === 'refresh' ? this.#mirror.get(row.key) : undefined;
      return was ? { ...row, was } : row;
    });
    const body = encode(rows);
    await this.#state.put(location, body);
    const { bytes, sha256 } = contentOf(body);
    return { bytes, sha256 };
  }

  async close(): Promise<void> {}
}

/** Who is there comes before who is to be sent, in the order of the chunks, and last who cannot be sent. */
function rankOf(place: Place): number {
  if (place === 'held') return -1;
  return 'code' in place ? Number.POSITIVE_INFINITY : place.chunk * 1e6 + place.position;
}
