/** The planner: turns candidates into plan rows and chunks, and counts them. */

import type { Counts, ReasonCount } from '../../contracts/counts.ts';
import type { ActionName } from '../../contracts/destination.ts';
import type { MirrorPointer } from '../../contracts/mirror.ts';
import type { ChangeAction, ChunkLine } from '../../contracts/plan.ts';
import { nothingPlanned, type PlannedSoFar } from '../../contracts/plan-parts.ts';
import type { SendPhase } from '../../contracts/run.ts';
import type { MadeRecord } from '../record/pipeline.ts';
import type { Delivery } from '../request/delivery.ts';
import type { Fault } from '../words/problem.ts';
import { type Chunk, Chunker, chunkSize } from './chunk.ts';
import { FaultTally } from './fault-tally.ts';
import type { MirrorEntry } from './mirror.ts';
import {
  type Candidate,
  type ChunkPlace,
  decide,
  type MirroredRow,
  type Place,
  type PlanRow,
  type PlanRules,
  type SnapshotRow,
} from './plan.ts';
import {
  type ComparedRemoval,
  type Removal,
  removalsOfChanged,
  removalsOfLeaving,
} from './removal.ts';
import type { PlanStatistics } from './statistics.ts';

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

const uncertainThen: Fault = {
  code: 'uncertain-then',
  reason:
    'When the run to roll back to ended, it was not certain whether the platform had this member. They are left as they are now.',
};

const uncleared = (field: string): Fault => ({
  code: 'value-not-cleared',
  reason: `Members lost their value of ${field}, and the platform is not told: the update leaves the field out, so it may keep the old value. Set whenEmpty of the field in the destination to what clears it (null, "" or []), or to "omit" where leaving it out is enough.`,
});

type Change = Extract<PlanRow, { kind: 'change' }>;
/** What became of some candidates, or of some removals. */
interface Taken {
  readonly rows: PlanRow[];
  readonly full: Chunk[];
}

/** `removals`: to be compared when all rows are known, and taken then. */
interface TakenCandidates extends Taken {
  readonly removals: Removal[];
}

export class Planner {
  readonly #delivery: Delivery;
  readonly #rules: PlanRules;
  readonly #chunker: Chunker;
  readonly #faults: FaultTally;
  readonly #dropped: FaultTally;
  readonly #count: Omit<PlannedSoFar, 'chunks' | 'faults' | 'dropped'>;
  /** By identity, where the removal of one that several have stands. */
  readonly #shared = new Map<string, Place>();

  /** @param before what was planned of other parts, by planners before this */
  constructor(
    delivery: Delivery,
    rules: PlanRules,
    sizeOf: (batchSize: number, number: number) => number = (batchSize, number) =>
      chunkSize(batchSize, number, delivery),
    before: PlannedSoFar = nothingPlanned(),
  ) {
    const { chunks, faults, dropped, ...count } = structuredClone(before);
    this.#faults = new FaultTally(faults);
    this.#dropped = new FaultTally(dropped);
    this.#count = count;
    this.#delivery = delivery;
    this.#rules = rules;
    const kindOf = (action: ActionName) => delivery.action(action)?.uses ?? action;
    this.#chunker = new Chunker(
      kindOf,
      (kind, number) => sizeOf(delivery.action(kind)?.batchSize ?? 1, number),
      rules.canary,
      chunks,
    );
  }

  /** Chunks begun in each phase. */
  get chunks(): Record<SendPhase, number> {
    return { ...this.#chunker.counts };
  }

  /** For the planner of the next part. */
  get soFar(): PlannedSoFar {
    return {
      chunks: this.chunks,
      faults: this.#faults.list(mostReasons),
      dropped: this.#dropped.list(mostReasons),
      ...structuredClone(this.#count),
    };
  }

  /** Neither platform nor mirror would change. */
  get isEmpty(): boolean {
    const { deleting, upserting } = this.#chunker.counts;
    const { refresh, adopted, held } = this.#count;
    return deleting + upserting + refresh + adopted + held === 0;
  }

  /** Changes that are not sent, because another member who stays has the same identity. */
  get held(): number {
    return this.#count.held;
  }

  /** Changes whose record is the mirror's: sent again only to be sure of it. */
  get repeated(): number {
    return this.#count.repeated;
  }

  takeKeyless(objects: readonly { readonly object: string; readonly rows: number }[]): PlanRow[] {
    return objects.map(({ object, rows }) => {
      this.#faults.add(noKey, rows);
      return { kind: 'invalid', key: null, rows, object, fault: noKey };
    });
  }

  take(candidates: readonly Candidate[]): TakenCandidates {
    const taken: TakenCandidates = { rows: [], full: [], removals: [] };
    for (const candidate of candidates) this.#decide(candidate, taken);
    return taken;
  }

  /** After all candidates. */
  takeRemovals(removals: readonly ComparedRemoval[]): Taken {
    const taken: Taken = { rows: [], full: [] };
    for (const removal of removals) {
      const { key, isDelete, record } = removal;
      const place = this.#placeOfRemoval(removal, taken);
      if (isDelete) {
        taken.rows.push(
          this.#change({ key, action: 'delete', digest: undefined, record, place }, false),
        );
      } else if (place !== 'held') taken.rows.push({ kind: 'removal', key, place });
    }
    return taken;
  }

  /**
   * Of members who share an identity and go, each would take it away from all: were only the first delete sent, the
   * mirror would hold the others as if they were there.
   */
  #placeOfRemoval(
    { key, record, identity, holder, isShared, ids }: ComparedRemoval,
    taken: Taken,
  ): Place {
    if (holder) return holder;
    const known = isShared && identity !== undefined ? this.#shared.get(identity) : undefined;
    const line = this.#withIds({ key, action: 'delete', record }, ids);
    const place = known ?? this.#placeOf(line, taken);
    if (isShared && identity !== undefined) this.#shared.set(identity, place);
    return place;
  }

  /** The chunks that are not full. */
  rest(): Chunk[] {
    return this.#chunker.rest();
  }

  #decide(candidate: Candidate, taken: TakenCandidates): void {
    const { key, row, mirror } = candidate;
    if (!row) this.#leave(key, mirror, taken);
    else if ('conflict' in row) {
      taken.rows.push(this.#invalid(candidate, row.conflict, conflict, 0));
    } else if ('doubtful' in row) {
      taken.rows.push(this.#invalid(candidate, 1, uncertainThen, 0));
    } else this.#row(candidate, row, taken);
  }

  #leave(key: string, mirror: MirrorEntry | undefined, taken: TakenCandidates): void {
    const { records } = this.#delivery;
    const removals = mirror ? removalsOfLeaving(key, mirror, records.identity) : [];
    if (removals.some(({ identity }) => identity !== undefined)) {
      taken.removals.push(...removals);
      return;
    }
    const line = { key, action: 'delete' as const, record: mirror?.record ?? '{}' };
    const place = this.#placeOf(this.#withIds(line, mirror?.ids), taken);
    taken.rows.push(this.#change({ ...line, digest: undefined, place }, false));
  }

  #row(candidate: Candidate, row: SnapshotRow | MirroredRow, taken: TakenCandidates): void {
    const { key, mirror } = candidate;
    const { records } = this.#delivery;
    const made = this.#recordOf(row);
    if (!made.ok) {
      taken.rows.push(this.#invalid(candidate, 1, made.fault, 1));
      return;
    }
    const { record, identity } = made;
    for (const fault of made.dropped ?? []) this.#dropped.add(fault, 1);
    const { digest } = row;
    const isSame = this.#isSame(mirror, record, identity);
    const decision = decide(mirror, isSame, this.#rules);
    if (decision === 'refresh' || decision === 'adopt') {
      if (decision === 'adopt') this.#count.adopted += 1;
      else this.#count.refresh += 1;
      taken.rows.push({ kind: decision, key, digest, record, identity });
      return;
    }
    const old = mirror ? removalsOfChanged(key, mirror, identity, records.identity) : [];
    // To the platform, another identity is another person.
    const action = old.length > 0 ? 'insert' : this.#actionFor(decision);
    const line = { key, action, record };
    // Of another identity the mirror has no ids.
    const place = this.#placeOf(old.length > 0 ? line : this.#withIds(line, mirror?.ids), taken);
    taken.rows.push(
      this.#change({ key, action, digest, record, identity, place }, mirror !== undefined),
    );
    // What is not sent takes nothing away either.
    if ('phase' in place) {
      if (isSame) this.#count.repeated += 1;
      if (mirror && old.length === 0) this.#noteUncleared(mirror.record, record);
      taken.removals.push(...old);
    }
  }

  #noteUncleared(before: string, after: string): void {
    for (const field of this.#delivery.records.uncleared(before, after)) {
      this.#dropped.add(uncleared(field), 1);
    }
  }

  #recordOf(row: SnapshotRow | MirroredRow): MadeRecord {
    const { records } = this.#delivery;
    if ('record' in row) {
      const { record } = row;
      return { ok: true, record, identity: records.identity(record), dropped: undefined };
    }
    return records.make(row.values);
  }

  /** Sent whatever the mirror says, a member is added once more where the platform takes no updates. */
  #actionFor(decision: 'insert' | 'update'): 'insert' | 'update' {
    const isLacking = decision === 'update' && !this.#delivery.action('update');
    return isLacking && this.#rules.sends === 'everything' ? 'insert' : decision;
  }

  #isSame(mirror: MirrorEntry | undefined, record: string, identity: string | undefined): boolean {
    const { records } = this.#delivery;
    return (
      mirror !== undefined &&
      records.sameUpsert(mirror.record, record) &&
      records.identity(mirror.record) === identity
    );
  }

  /** Where the action names them. */
  #withIds(line: Omit<ChunkLine, 'ids'>, ids: readonly string[] | undefined): ChunkLine {
    const isNamed = ids && this.#delivery.action(line.action)?.namesId;
    return isNamed ? { ...line, ids: [...ids] } : line;
  }

  #placeOf(line: ChunkLine, { full }: Taken): ChunkPlace | Fault {
    if (!this.#delivery.action(line.action)) return missingAction(line.action);
    const added = this.#chunker.add(line);
    if (added.full) full.push(added.full);
    return added.place;
  }

  #change(change: Omit<Change, 'kind'>, isKnown: boolean): PlanRow {
    const { action, place } = change;
    const counts = this.#count.planned[action === 'insert' && isKnown ? 'reinsert' : action];
    if (typeof place === 'object' && 'code' in place) {
      counts.invalid += 1;
      this.#faults.add(place, 1);
    } else {
      counts.unsent += 1;
      if (place === 'held') this.#count.held += 1;
    }
    return { kind: 'change', ...change };
  }

  #invalid({ key, mirror }: Candidate, rows: number, fault: Fault, newlyInvalid: number): PlanRow {
    this.#count.invalidRecords += newlyInvalid;
    if (mirror) this.#count.kept += 1;
    this.#faults.add(fault, rows);
    const identity = mirror && this.#delivery.records.identity(mirror.record);
    return { kind: 'invalid', key, rows, object: null, fault, identity };
  }

  /** The most frequent faults, at most 10. */
  reasons(): ReasonCount[] {
    return this.#faults.list();
  }

  /** What records go without or leave behind, of the rows that were looked at; most frequent first, at most 10. */
  warnings(): ReasonCount[] {
    return this.#dropped.list();
  }

  /** The run's account while nothing is sent. */
  counts(statistics: PlanStatistics, mirror: MirrorPointer | undefined): Counts {
    const invalid = statistics.invalid + this.#count.invalidRecords;
    return {
      snapshot: {
        rows: statistics.rows,
        duplicate: statistics.duplicate,
        invalid,
        members: statistics.rows - statistics.duplicate - invalid,
      },
      mirror: {
        before: statistics.before,
        kept: this.#count.kept + statistics.apart,
        after: statistics.before,
        uncertain: mirror?.uncertain ?? 0,
      },
      unchanged: statistics.unchanged,
      refresh: this.#count.refresh,
      ...(this.#count.adopted > 0 && { adopted: this.#count.adopted }),
      ...this.#count.planned,
    };
  }
}

/** Reasons that are carried from part to part; there are mostly a handful. */
const mostReasons = 200;

const missingAction = (action: ChangeAction): Fault => ({
  code: 'action-missing',
  reason: `The destination has no action for ${action}s. Add one to send them.`,
});
