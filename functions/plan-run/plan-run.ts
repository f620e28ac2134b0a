/**
 * plan-run: compares the snapshot with the mirror, turns each difference into a change, writes the changes as
 * chunks and one plan, and lets the run go on to sending.
 *
 * Each attempt writes below a prefix of its own, and the conditional move out of `planning` chooses the one that
 * counts: attempts that overlap, die or wake up late cannot mix.
 */

import type { Counts, ReasonCount } from '../../shared/contracts/counts.ts';
import { DryRunReport } from '../../shared/contracts/dry-run.ts';

import { planObject, reportObject } from '../../shared/contracts/layout.ts';
import type { RunMessage } from '../../shared/contracts/messages.ts';
import type { ObjectContent } from '../../shared/contracts/mirror.ts';
import type { PlanReference, Run, RunResult } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { guardedEnd } from '../../shared/domain/plan/guard.ts';
import { Planner } from '../../shared/domain/plan/planner.ts';
import {
  type Delivery,
  type DeliveryTools,
  deliveryOf,
} from '../../shared/domain/request/delivery.ts';
import { totalOf } from '../../shared/domain/run/counts.ts';
import { isPlanned } from '../../shared/domain/run/planned.ts';
import {
  aimOf,
  firstPhase,
  rolledBackFrom,
  statusOf,
  warningsOfEnd,
} from '../../shared/domain/run/run.ts';
import {
  MirrorError,
  PassingError,
  SnapshotError,
  summarise,
} from '../../shared/domain/words/errors.ts';
import { type FinishPorts, finishRun } from '../../shared/flow/finish-run.ts';
import { type QueuePorts, queuePhase } from '../../shared/flow/queue-chunks.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import { claimFor, type Turn } from '../../shared/flow/turn.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { PlanEngine, PlanSession } from '../../shared/ports/plan-engine.ts';
import { writeObject } from '../../shared/stored.ts';
import { dryRun } from './dry-run.ts';
import { noteShared } from './keys-to-erase.ts';
import { lackingIn } from './lacking-columns.ts';
import { layPlan } from './lay-plan.ts';
import { againstOlder, olderWarning, openOnWhole } from './older-mirror.ts';
import { rulesOf, wantedBy } from './wanted.ts';
import {
  type AttemptName,
  pendingChunks,
  requestsOf,
  type WritePorts,
  type WrittenChunk,
  writeChunks,
} from './write-chunks.ts';

export interface PlanRunPorts extends QueuePorts, FinishPorts, WritePorts {
  readonly state: StateStore;
  readonly engine: PlanEngine;
  readonly tools: DeliveryTools;
  /** SHA-256 of a text, in hex. */
  readonly digest: (text: string) => string;
  /** Changes a chunk holds, by the action's batch size and the chunk's number. @default the domain's */
  readonly chunkSize?: (batchSize: number, number: number) => number;
}

/** A snapshot that kills the function this often is too much for it. */
const maxAttempts = 3;

/** Does nothing where the run is not planning, or someone else is at it. */
export async function planRun(ports: PlanRunPorts, message: RunMessage, turn: Turn): Promise<void> {
  const key = { sync: message.sync, id: message.run, epoch: message.epoch };
  const claim = claimFor(turn, ports.clock);
  const run = await ports.runs.claimRun(key, 'planning', claim, ports.clock.now());
  if (!run) return;
  try {
    if (run.attempts > maxAttempts) throw tooMuch(run);
    await plan(ports, run, await readConfig(ports.state, run));
  } catch (error) {
    if (!isFinal(error) && run.attempts < maxAttempts) {
      await ports.runs.releaseRun(key, claim);
      throw error;
    }
    await finish(ports, run, { status: 'failed', error: summarise(error) });
  }
}

const isFinal = (error: unknown) =>
  error instanceof MirrorError && !(error instanceof PassingError);

const tooMuch = (run: Run) =>
  new SnapshotError(
    'planning-exhausted',
    `Planning was tried ${maxAttempts} times and did not come to an end, most likely for want of memory or time. Nothing was sent by the run ${run.id}. Export fewer columns or rows, or give plan-run more memory.`,
  );

const finish = (ports: PlanRunPorts, run: Run, result: RunResult, plan?: PlanReference) =>
  finishRun(ports, run, ['planning'], result, plan && { plan });

async function plan(ports: PlanRunPorts, run: Run, config: RunConfig): Promise<void> {
  const delivery = deliveryOf(config.destination, config.sync, ports.tools);
  const wanted = await wantedBy(ports, config, delivery);
  const open = (with_: RunConfig) =>
    ports.engine.open({
      wanted,
      full: rulesOf(with_).sends === 'everything',
      key: config.sync.key,
      columns: delivery.records.columns,
      fingerprint: ports.digest(delivery.records.fingerprint + identityOf(delivery)),
      mirror: with_.mirror,
      retryFailed: config.sync.retryFailed,
    });
  const { session, config: own } = await openOnWhole(ports.runs, config, open);
  try {
    await planWith(ports, run, own, delivery, session);
  } finally {
    await session.close();
  }
}

/** The mirror keeps each record's identity: other identity fields make every row a candidate. */
const identityOf = ({ records: { identityFields } }: Delivery) =>
  identityFields.length === 0 ? '' : JSON.stringify(identityFields);

async function planWith(
  ports: PlanRunPorts,
  run: Run,
  config: RunConfig,
  delivery: Delivery,
  session: PlanSession,
): Promise<void> {
  const attempt = `p${run.attempts}`;
  const planner = new Planner(delivery, rulesOf(config), ports.chunkSize);
  const { recent = [] } = await ports.runs.getState(run.sync);
  if (config.task.kind === 'dry-run') {
    const report = await dryRun(config, config.task, delivery, planner, session, recent);
    return finishDryRun(ports, run, report);
  }
  const { chunks: written, content } = await writePlan(
    ports,
    { sync: run.sync, run: run.id, attempt },
    planner,
    session,
    delivery,
  );
  const counts = planner.counts(session.statistics, config.mirror);
  await noteShared(ports, config, planner.held);
  const { chunks, repeated } = planner;
  const warnings = warningsOf([
    ...olderWarning(config),
    ...lackingIn(session, config),
    ...planner.warnings(),
  ]);
  const held = guardedEnd(run, config, { counts, repeated }, recent);
  if (held) {
    const reasons = planner.reasons();
    return finish(
      ports,
      run,
      { ...held, counts, reasons, ...warnings },
      { attempt, chunks, counts },
    );
  }
  if (planner.isEmpty && !isClosed(config, counts)) {
    const mirrored = aimOf(config);
    const setAside = rolledBackFrom(config, run.id);
    return finish(ports, run, {
      status: statusOf(counts, undefined, config.sync),
      counts,
      reasons: planner.reasons(),
      ...warningsOf(warningsOfEnd(counts, planner.warnings())),
      ...(mirrored && { mirrored }),
      ...(setAside && { setAside }),
    });
  }
  await ports.runs.putPending(run, attempt, pendingChunks(written));
  const phase = firstPhase(chunks);
  await ports.runs.moveRun(run, ['planning'], {
    phase,
    plan: {
      attempt,
      chunks,
      requests: requestsOf(written),
      counts,
      ...warnings,
      content,
      ...againstOlder(config),
    },
    at: ports.clock.now(),
  });
  const moved = await ports.runs.getRun(run.sync, run.id);
  if (moved && isPlanned(moved) && moved.phase === phase) await queuePhase(ports, moved, config);
}

/** The report first: a run that is over has it. */
async function finishDryRun(ports: PlanRunPorts, run: Run, report: DryRunReport): Promise<void> {
  const name = reportObject(run.sync, run.id);
  await ports.state.put(name, writeObject(DryRunReport, report, name));
  const { counts, reasons, warnings } = report;
  await finish(ports, run, { status: 'succeeded', counts, reasons, ...warningsOf(warnings) });
}

const warningsOf = (warnings: ReasonCount[]) => (warnings.length > 0 ? { warnings } : {});

/** What close-run has to do even where there is nothing to send: it writes the log, and erases. */
const isClosed = ({ sync, task }: RunConfig, counts: Counts) =>
  task.kind === 'erase' ||
  (sync.observability.retainLogs && counts.snapshot.invalid + totalOf(counts, 'invalid') > 0);

/** Writes chunks as they fill, then the plan; gives the chunks without their lines. */
async function writePlan(
  ports: PlanRunPorts,
  name: AttemptName,
  planner: Planner,
  session: PlanSession,
  delivery: Delivery,
): Promise<{ readonly chunks: WrittenChunk[]; readonly content: ObjectContent }> {
  const chunks = await writeChunks(ports, name, layPlan(planner, session), delivery);
  const content = await session.finish(planObject(name.sync, name.run, name.attempt));
  return { chunks, content };
}
