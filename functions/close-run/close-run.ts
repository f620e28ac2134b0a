/**
 * close-run: gives every chunk that nobody settled its outcomes, folds plan and outcomes into the next mirror and
 * the sync log, and ends the run. It may be repeated at any point: it reads what is stored, and the first result stays.
 */

import type { Claim } from '../../shared/contracts/claim.ts';
import type { Counts } from '../../shared/contracts/counts.ts';
import { learnsIds } from '../../shared/contracts/destination.ts';
import {
  chunkOfIds,
  idsOfPhase,
  logObject,
  mirrorAttempt,
  outcomesObject,
  planObject,
} from '../../shared/contracts/layout.ts';
import type { RunMessage } from '../../shared/contracts/messages.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import { claimMarginMs, functions } from '../../shared/contracts/wiring.ts';
import { ChunkAccount } from '../../shared/domain/request/account.ts';
import { imbalances, totalOf } from '../../shared/domain/run/counts.ts';
import { isPlanned, type PlannedRun } from '../../shared/domain/run/planned.ts';
import {
  aimOf,
  mirroredBy,
  movesMirror,
  nothingAccepted,
  rolledBackFrom,
  sendsEverything,
  statusOf,
  targetOf,
  warningsOfEnd,
} from '../../shared/domain/run/run.ts';
import { capped } from '../../shared/domain/words/capped.ts';
import { StoredError, summarise } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { accountOf, storeOutcomes } from '../../shared/flow/chunk-objects.ts';
import { type FinishPorts, finishRun } from '../../shared/flow/finish-run.ts';
import { logKeyOf } from '../../shared/flow/log-key.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import { storeExamples } from '../../shared/flow/run-examples.ts';
import { heldUntil } from '../../shared/flow/set-right.ts';
import { tidyRuns } from '../../shared/flow/tidy-runs.ts';
import { again, claimFor, done, type Progress, type Turn } from '../../shared/flow/turn.ts';
import { inFlight } from '../../shared/in-flight.ts';
import type {
  FoldEngine,
  FoldInput,
  FoldResult,
  LogTarget,
} from '../../shared/ports/fold-engine.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import type { Clock } from '../../shared/ports/world.ts';
import { abandonRun, storePointer } from './abandon.ts';
import { type CloseErasurePorts, closeErasure } from './close-erasure.ts';

export interface CloseRunPorts extends FinishPorts, CloseErasurePorts {
  readonly runs: RunStore;
  readonly state: StateStore;
  readonly engine: FoldEngine;
  readonly clock: Clock;
  /** 32 bytes nobody can guess. */
  readonly randomKey: () => Uint8Array;
  /** Told where a closed run could not let go of what is no longer kept. */
  readonly untidy?: (error: unknown) => void;
}

const phases = ['deleting', 'upserting'] as const;

/** Does nothing where the run is not closing, or someone else is at it. */
export async function closeRun(
  ports: CloseRunPorts,
  message: RunMessage,
  turn: Turn,
): Promise<Progress> {
  const key = { sync: message.sync, id: message.run, epoch: message.epoch };
  const claim = claimFor(turn, ports.clock);
  const run = await ports.runs.claimRun(key, 'closing', claim, ports.clock.now());
  if (!run) return done;
  try {
    const waitMs = isPlanned(run) ? await settleLeftovers(ports, run, claim) : fenceMs(ports, run);
    if (waitMs > 0) {
      await ports.runs.releaseRun(key, claim);
      return again(waitMs);
    }
    const { result, sync } = await endOf(ports, run, turn);
    if (!result) {
      await ports.runs.releaseRun(key, claim);
      return again(0);
    }
    await finishRun(ports, run, ['closing'], result);
    if (sync && turn.remainingMs() > tidyMs) await tidyUp(ports, sync);
    return done;
  } catch (error) {
    await ports.runs.releaseRun(key, claim);
    throw error;
  }
}

interface End {
  /** Undefined where there is more to do in another turn. */
  readonly result: RunResult | undefined;
  readonly sync?: Sync;
}

/** Whatever of the run can't be read, it ends. What a later release wrote is left to that release. */
async function endOf(ports: CloseRunPorts, run: Run, turn: Turn): Promise<End> {
  if (!isPlanned(run) || run.stop?.abandon)
    return { result: await abandonRun(ports, run, run.stop?.error ?? planUnknown(run)) };
  try {
    const config = await readConfig(ports.state, run);
    return { result: await resultFor(ports, run, config, turn), sync: config.sync };
  } catch (error) {
    if (!(error instanceof StoredError) || error.code === 'format-newer') throw error;
    return { result: await abandonRun(ports, run, summarise(error)) };
  }
}

const planUnknown = ({ id }: Run) => ({
  code: 'stored-unreadable',
  message: `What is stored of the run ${id} could not be read.`,
});

const fenceMs = ({ clock }: CloseRunPorts, run: Run) =>
  Math.max(0, lastSenderMs(run) - clock.now());

/** What letting go may take at most. */
const tidyMs = 60_000;

/** The run is over, whatever becomes of this: what is left goes with the next run, or within a day. */
async function tidyUp(ports: CloseRunPorts, { id, observability }: Sync): Promise<void> {
  try {
    await tidyRuns(ports, id, observability.snapshotsToRetain);
  } catch (error) {
    ports.untidy?.(error);
  }
}

/**
 * Chunks nobody settled get their outcomes, those that can't be read none, by which they are uncertain; gives the
 * milliseconds until those in someone's hands are free. The fence: the last sender has let go, or can no longer be running.
 */
async function settleLeftovers(
  ports: CloseRunPorts,
  run: PlannedRun,
  claim: Claim,
): Promise<number> {
  let waitMs = 0;
  const { attempt } = run.plan;
  for (const phase of phases) {
    const { items, unreadable } = await ports.runs.listPending(run, attempt, phase);
    const wait = (milliseconds: number) => {
      waitMs = Math.max(waitMs, milliseconds);
    };
    await inFlight(unreadable, async ({ id }) => {
      const leftMs = lastSenderMs(run) - ports.clock.now();
      if (leftMs > 0) wait(leftMs);
      else await ports.runs.deletePending(run, attempt, { phase, chunk: Number(id) });
    });
    // As many as a whole first run that is cancelled.
    await inFlight(items, async ({ chunk, claim: holder }) => {
      const now = ports.clock.now();
      const address = { sync: run.sync, run: run.id, attempt, phase, chunk };
      const pending = await ports.runs.claimChunk(
        run,
        attempt,
        { phase, chunk },
        claim,
        now,
        'any',
      );
      if (!pending) {
        const until = await heldUntil(ports, run, attempt, { phase, chunk, claim: holder });
        wait(Math.max((until ?? now) - now, 1_000));
        return;
      }
      const account =
        pending.tries > 0
          ? await accountOf(ports.state, address, pending)
          : new ChunkAccount(pending.changes, pending.clean, []);
      await storeOutcomes(ports.state, address, account.close(neverSent));
      await ports.runs.deletePending(run, attempt, { phase, chunk });
    });
  }
  return waitMs;
}

/** Nobody who took a chunk while the run was sending can be at it after this: who has one that can't be read is not known. */
const lastSenderMs = ({ closingAt = 0 }: Run) =>
  closingAt + functions['send-chunk'].timeoutSeconds * 1_000 + claimMarginMs;

const neverSent: Fault = {
  code: 'run-ended',
  reason: 'The run was ended before this was sent; the next run sends it.',
};

/** Undefined where there is more to do in another turn. */
async function resultFor(
  ports: CloseRunPorts,
  run: PlannedRun,
  config: RunConfig,
  turn: Turn,
): Promise<RunResult | undefined> {
  const { task } = config;
  if (task.kind !== 'erase') return fold(ports, run, config);
  return closeErasure(ports, run, config, task.erasure, turn, () => fold(ports, run, config));
}

async function fold(ports: CloseRunPorts, run: PlannedRun, config: RunConfig): Promise<RunResult> {
  const { attempt, chunks } = run.plan;
  const isMoved = movesMirror(run.plan);
  const target = isMoved ? mirrorAttempt(run.sync, run.epoch, `c${run.attempts}`) : undefined;
  const outcomes: FoldInput['outcomes'] = phases.flatMap((phase) =>
    Array.from({ length: chunks[phase] }, (_, chunk) => ({
      phase,
      chunk,
      location: outcomesObject({ sync: run.sync, run: run.id, attempt, phase, chunk }),
    })),
  );
  const folded = await ports.engine.fold({
    mirror: mirrorOf(run, config),
    plan: planObject(run.sync, run.id, attempt),
    content: run.plan.content,
    outcomes,
    ...(learnsIds(config.destination.actions) && { ids: await learntOf(ports, run) }),
    retryFailed: config.sync.retryFailed,
    target,
    log: await logOf(ports, run, config),
  });
  const reasons = folded.reasons.map((each) => ({ ...each, reason: capped(each.reason) }));
  await storeExamples(ports.state, run, reasons);
  const result = resultOf(run, config, { ...folded, reasons });
  if (result.mirror && target !== undefined) await storePointer(ports.state, target, result.mirror);
  return result;
}

/** What senders stored of the platform's ids. */
async function learntOf(
  { state }: CloseRunPorts,
  { sync, id, plan: { attempt } }: PlannedRun,
): Promise<NonNullable<FoldInput['ids']>> {
  const names = await Promise.all(
    phases.map((phase) => state.list(idsOfPhase({ sync, run: id, attempt, phase }))),
  );
  return names.flatMap((locations, at) =>
    locations.flatMap((location) => {
      const phase = phases[at];
      const chunk = chunkOfIds(location);
      return phase === undefined || chunk === undefined ? [] : [{ phase, chunk, location }];
    }),
  );
}

/** What the plan was made against. */
const mirrorOf = ({ plan }: PlannedRun, { mirror }: RunConfig) => plan.mirror ?? mirror;

async function logOf(
  { state, randomKey }: CloseRunPorts,
  run: Run,
  { sync: { observability } }: RunConfig,
): Promise<LogTarget | undefined> {
  if (!observability.retainLogs) return undefined;
  const isHashed = observability.logKeys === 'hmac';
  return {
    location: logObject(observability.logRetentionDays, run),
    sync: run.sync,
    run: run.id,
    hashKey: isHashed ? await logKeyOf(state, run.sync, randomKey) : undefined,
  };
}

function resultOf(run: PlannedRun, config: RunConfig, folded: FoldResult): RunResult {
  const { observability } = config.sync;
  const { counts: planned } = run.plan;
  const counts = countsOf(planned, folded);
  const broken = imbalances(counts);
  const status = broken.length > 0 ? 'failed' : statusOf(counts, run.stop, config.sync);
  const error =
    broken.length > 0
      ? unbalanced(run, broken)
      : (stoppedBy(run, counts) ??
        (status === 'failed' ? nothingAccepted(counts, folded.reasons) : undefined));
  const mirrored = mirroredBy(counts, aimOf(config));
  const setAside = rolledBackFrom(config, run.id);
  const told = [...(run.plan.warnings ?? []), ...(run.warnings ?? [])];
  const warnings = warningsOfEnd(counts, told);
  return {
    status,
    ...(error && { error }),
    counts,
    reasons: folded.reasons.map(({ example: _, ...reason }) => reason),
    ...(warnings.length > 0 && { warnings }),
    ...(folded.mirror && {
      mirror: {
        ...folded.mirror,
        epoch: run.epoch,
        target: targetOf(config.sync, config.destination),
        members: folded.members,
        uncertain: folded.uncertain,
        ...(staysToResend(run, config, counts) && { resend: true as const }),
      },
    }),
    ...(mirrored && { mirrored }),
    ...(setAside && run.stop?.status !== 'cancelled' && { setAside }),
    sent: folded.sent,
    ...(observability.retainLogs && {
      log: { rows: folded.logged, retainDays: observability.logRetentionDays },
    }),
  };
}

/** Until a run has sent everybody to the end. */
function staysToResend(run: PlannedRun, config: RunConfig, counts: Counts): boolean {
  const mirror = mirrorOf(run, config);
  const isSent = sendsEverything(config.task, mirror) && totalOf(counts, 'unsent') === 0;
  return mirror?.resend === true && !isSent;
}

/** What was accepted before tells bad credentials from credentials that went bad. */
function stoppedBy({ stop }: Run, counts: Counts): RunResult['error'] {
  const error = stop?.error;
  const accepted = totalOf(counts, 'delivered');
  if (!error || stop.status !== 'failed' || accepted === 0) return error;
  return { ...error, message: `${error.message} ${accepted} changes were accepted before.` };
}

/** The mirror's account stays as it is where the mirror does. */
const countsOf = (planned: Counts, folded: FoldResult): Counts => ({
  ...planned,
  mirror: folded.mirror
    ? { ...planned.mirror, after: folded.members, uncertain: folded.uncertain }
    : planned.mirror,
  insert: folded.insert,
  reinsert: folded.reinsert,
  update: folded.update,
  delete: folded.delete,
});

const unbalanced = (run: Run, broken: readonly string[]) => ({
  code: 'counts-unbalanced',
  message: `The counts of the run ${run.id} do not balance (${broken.join('; ')}). This is a fault of Audience Mirror: report it with this text. The mirror keeps every member that may be at the platform.`,
});
