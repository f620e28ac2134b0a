/** A dry run: plans as a run does, reports what that would send, and keeps nothing of it. */

import type { Destination } from '../../shared/contracts/destination.ts';
import type { DryRunReport, SampleRequest } from '../../shared/contracts/dry-run.ts';
import type { ChangeAction, ChunkLine } from '../../shared/contracts/plan.ts';
import type { PinnedTask, RunConfig } from '../../shared/contracts/run-config.ts';
import type { RecentRun } from '../../shared/contracts/sync-state.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import { estimate } from '../../shared/domain/plan/estimate.ts';
import { trippedGuards } from '../../shared/domain/plan/guard.ts';
import type { Planner } from '../../shared/domain/plan/planner.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import { shownHeaders, unnamedRequest } from '../../shared/domain/request/preview.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';
import { lackingIn } from './lacking-columns.ts';
import { layPlan } from './lay-plan.ts';

/** Records of each action that the samples show. */
const sampleSize = 5;

export type DryRunTask = Extract<PinnedTask, { kind: 'dry-run' }>;

export async function dryRun(
  config: RunConfig,
  { snapshot }: DryRunTask,
  delivery: Delivery,
  planner: Planner,
  session: PlanSession,
  recent: readonly RecentRun[],
): Promise<DryRunReport> {
  const { sync, destination, mirror } = config;
  const tally = new Tally(delivery);
  for await (const chunk of layPlan(planner, session)) tally.add(chunk);
  const counts = planner.counts(session.statistics, mirror);
  const samples = tally.samples(destination);
  const members = Math.max(counts.snapshot.rows, counts.mirror.before);
  return {
    snapshot: { identity: snapshot.identity, writtenAt: snapshot.writtenAt },
    counts,
    reasons: planner.reasons(),
    warnings: [...lackingIn(session, config), ...planner.warnings()],
    guards: trippedGuards(sync.guards, { counts, repeated: planner.repeated }, recent),
    estimate: estimate({ ...tally.totals(samples), members }, destination),
    samples,
  };
}

/** Counts the requests of chunks, and keeps the first records of each action. */
class Tally {
  readonly #delivery: Delivery;
  readonly #requests = { insert: 0, update: 0, delete: 0 };
  readonly #records = { insert: 0, update: 0, delete: 0 };
  readonly #first = new Map<ChangeAction, ChunkLine[]>();
  #chunks = 0;

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  /** All lines of a chunk are of one kind of request. */
  add({ lines }: Chunk): void {
    const [first] = lines;
    const kind = first && this.#delivery.action(first.action);
    if (!kind) return;
    this.#chunks += 1;
    this.#requests[kind.uses] += Math.ceil(lines.length / kind.batchSize);
    for (const line of lines) {
      this.#records[line.action] += 1;
      const kept = this.#first.get(line.action) ?? [];
      if (kept.length < sampleSize) this.#first.set(line.action, [...kept, line]);
    }
  }

  samples(destination: Destination): SampleRequest[] {
    return [...this.#first].map(([action, lines]) => {
      const fits = this.#delivery.action(action)?.batchSize ?? 1;
      const composed = this.#delivery.compose(lines.slice(0, fits), unnamedRequest);
      return {
        action,
        method: composed.method,
        url: composed.url,
        headers: shownHeaders(destination, composed),
        ...(composed.body && { body: new TextDecoder().decode(composed.body) }),
        records: composed.sent,
      };
    });
  }

  totals(samples: readonly SampleRequest[]) {
    const bytes = samples.map(({ action, body = '', records }) => {
      const each = records === 0 ? 0 : Buffer.byteLength(body) / records;
      return each * this.#records[action];
    });
    return {
      requests: this.#requests,
      bytes: bytes.reduce((sum, each) => sum + each, 0),
      chunks: this.#chunks,
    };
  }
}
