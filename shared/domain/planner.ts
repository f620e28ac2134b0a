/** The planner: turns candidates into plan rows and chunks, and counts them. */

import type { ActionName } from '../contracts/destination.ts';
import type { JsonValue } from '../contracts/json.ts';
import type { ChangeAction } from '../contracts/plan.ts';
import type { Counts, MirrorPointer, ReasonCount, SendPhase } from '../contracts/run.ts';
import type { PlanStatistics } from '../ports.ts';
import { type Chunk, Chunker, chunkSize } from './chunk.ts';
import { noOutcomes } from './counts.ts';
import type { Delivery } from './delivery.ts';
import { type Candidate, decide, type Fault, type PlanRow, type SnapshotRow } from './plan.ts';

const noKey: Fault = {
  code: 'key-missing',
  reason:
    'The row has no key: a key column is null or empty. Fill it in the export, or leave the row out.',
};

const conflict: Fault = {
  code: 'key-conflict',
  reason:
    'Several rows have this key and differ in the mapped columns. Export one row a key; until then the member stays as it is.',
};

const invalidRow = (key: string, rows: number, fault: Fault): PlanRow => ({
  kind: 'invalid',
  key,
  rows,
  object: null,
  fault,
});

export class Planner {
  readonly #delivery: Delivery;
  readonly #retryFailed: boolean;
  readonly #chunker: Chunker;
  readonly #planned = {
    insert: noOutcomes(),
    reinsert: noOutcomes(),
    update: noOutcomes(),
    delete: noOutcomes(),
  };
  readonly #reasons = new Map<string, { fault: Fault; count: number }>();
  #refresh = 0;
  #invalidRecords = 0;
  #kept = 0;

  constructor(
    delivery: Delivery,
    retryFailed: boolean,
    sizeOf: (batchSize: number) => number = chunkSize,
  ) {
    this.#delivery = delivery;
    this.#retryFailed = retryFailed;
    const kindOf = (action: ActionName) => delivery.action(action)?.uses ?? action;
    this.#chunker = new Chunker(kindOf, (kind) => sizeOf(delivery.action(kind)?.batchSize ?? 1));
  }

  /** Chunks begun in each phase. */
  get chunks(): Record<SendPhase, number> {
    return { ...this.#chunker.counts };
  }

  /** Neither platform nor mirror would change. */
  get isEmpty(): boolean {
    const { deleting, upserting } = this.#chunker.counts;
    return deleting + upserting + this.#refresh === 0;
  }

  takeKeyless(objects: readonly { readonly object: string; readonly rows: number }[]): PlanRow[] {
    return objects.map(({ object, rows }) => {
      this.#blame(noKey, rows);
      return { kind: 'invalid', key: null, rows, object, fault: noKey };
    });
  }

  take(candidates: readonly Candidate[]): { rows: PlanRow[]; full: Chunk[] } {
    const full: Chunk[] = [];
    const rows = candidates.map((candidate) => this.#decide(candidate, full));
    return { rows, full };
  }

  /** The chunks that are not full. */
  rest(): Chunk[] {
    return this.#chunker.rest();
  }

  #decide(candidate: Candidate, full: Chunk[]): PlanRow {
    const { key, row, mirror } = candidate;
    if (!row) return this.#change(key, 'delete', undefined, mirror?.record ?? '{}', full, false);
    if ('conflict' in row) return this.#invalid(candidate, row.conflict, conflict, 0);
    return this.#row(candidate, row, full);
  }

  #row(candidate: Candidate, row: SnapshotRow, full: Chunk[]): PlanRow {
    const { key, mirror } = candidate;
    const values: readonly JsonValue[] = JSON.parse(row.values);
    const made = this.#delivery.records.make(values);
    if (!made.ok) return this.#invalid(candidate, 1, made.fault, 1);
    const same =
      mirror !== undefined && this.#delivery.records.sameUpsert(mirror.record, made.record);
    const decision = decide(mirror, same, this.#retryFailed);
    if (decision === 'refresh') {
      this.#refresh += 1;
      return { kind: 'refresh', key, digest: row.digest, record: made.record };
    }
    return this.#change(key, decision, row.digest, made.record, full, mirror !== undefined);
  }

  #change(
    key: string,
    action: ChangeAction,
    digest: bigint | undefined,
    record: string,
    full: Chunk[],
    isKnown: boolean,
  ): PlanRow {
    const counts = this.#planned[action === 'insert' && isKnown ? 'reinsert' : action];
    if (!this.#delivery.action(action)) {
      counts.invalid += 1;
      const fault = missingAction(action);
      this.#blame(fault, 1);
      return { kind: 'change', key, action, digest, record, place: fault };
    }
    counts.unsent += 1;
    const added = this.#chunker.add({ key, action, record });
    if (added.full) full.push(added.full);
    return { kind: 'change', key, action, digest, record, place: added.place };
  }

  #invalid({ key, mirror }: Candidate, rows: number, fault: Fault, newlyInvalid: number): PlanRow {
    this.#invalidRecords += newlyInvalid;
    if (mirror) this.#kept += 1;
    this.#blame(fault, rows);
    return invalidRow(key, rows, fault);
  }

  #blame(fault: Fault, count: number): void {
    const id = `${fault.code} ${fault.reason}`;
    const entry = this.#reasons.get(id) ?? { fault, count: 0 };
    this.#reasons.set(id, { fault, count: entry.count + count });
  }

  /** The most frequent faults, at most 10. */
  reasons(): ReasonCount[] {
    return [...this.#reasons.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, 10)
      .map(({ fault, count }) => ({ ...fault, count }));
  }

  /** The run's account while nothing is sent. */
  counts(statistics: PlanStatistics, mirror: MirrorPointer | undefined): Counts {
    const invalid = statistics.invalid + this.#invalidRecords;
    return {
      snapshot: {
        rows: statistics.rows,
        duplicate: statistics.duplicate,
        invalid,
        members: statistics.rows - statistics.duplicate - invalid,
      },
      mirror: {
        before: statistics.before,
        kept: this.#kept,
        after: statistics.before,
        uncertain: mirror?.uncertain ?? 0,
      },
      unchanged: statistics.unchanged,
      refresh: this.#refresh,
      ...this.#planned,
    };
  }
}

const missingAction = (action: ChangeAction): Fault => ({
  code: 'action-missing',
  reason: `The destination has no action for ${action}s. Add one to send them.`,
});
