/** sweep: finds the runs that stopped moving, and makes them move or end. No run stays open for ever. */

import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import type { Run, SendPhase } from '../../shared/contracts/run.ts';
import { functions } from '../../shared/contracts/wiring.ts';
import { canaryChunk, canaryOf } from '../../shared/domain/plan/canary.ts';
import { isPlanned, type PlannedRun } from '../../shared/domain/run/planned.ts';
import { laneOf, windowPerLane } from '../../shared/domain/run/run.ts';
import { leftMs, longestWaitMs, sinceMs } from '../../shared/domain/words/clock.ts';
import { StoredError } from '../../shared/domain/words/errors.ts';
import { stopsAtCanary } from '../../shared/flow/canary.ts';
import { finishRun, goOnFinishing } from '../../shared/flow/finish-run.ts';
import { PartFailed, throwAll } from '../../shared/flow/part-failed.ts';
import { chunkSend, hasSession, leavePhase } from '../../shared/flow/queue-chunks.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import { heldUntil, setRunRight } from '../../shared/flow/set-right.ts';
import { beginRun, type StartRunPorts } from '../../shared/flow/start-run.ts';
import { stoppingUnreadable, stopRun } from '../../shared/flow/stop-run.ts';
import type { OpenRun } from '../../shared/ports/runs.ts';

export type SweepPorts = StartRunPorts;

/** Work that was handed over this long ago and is in nobody's hands is handed over again. */
export const quietMs = 120_000;
/** start-run holds nothing, so a start counts as dead only when its function surely is. */
const startMs = functions['start-run'].timeoutSeconds * 1_000 + 15_000;

/**
 * A run that cannot be closed is tried for ever, as people would be forgotten otherwise: at first each time that a
 * fifth of the time so far has passed again, and after about eight hours once an hour.
 */
const closingPauseMs = (attempts: number, quiet: number) =>
  quiet * 1.2 ** Math.min(attempts, 30) + Math.max(0, attempts - 30) * 3_600_000;

/**
 * One run's trouble keeps no other from being swept.
 * @throws AggregateError of PartFailed, at the end
 */
export async function sweep(ports: SweepPorts, quiet: number = quietMs): Promise<void> {
  const failures: PartFailed[] = [];
  for (const [sync, { openRun: lease }] of (await ports.runs.listStates()).states) {
    if (!lease) continue;
    try {
      await sweepRun(ports, { sync, ...lease }, quiet);
    } catch (error) {
      failures.push(new PartFailed({ sync, run: lease.run }, error));
    }
  }
  throwAll(failures);
}

async function sweepRun(ports: SweepPorts, open: OpenRun, quiet: number): Promise<void> {
  const found = await ports.runs.getRun(open.sync, open.run);
  const now = ports.clock.now();
  if (!found) {
    if (sinceMs(open.startedAt, now) >= Math.min(quiet, startMs)) await beginRun(ports, open);
    return;
  }
  const run = await setRunRight(ports, found);
  const isIdle = now - run.movedAt >= quiet && (run.claim?.until ?? 0) < now;
  switch (run.phase) {
    case 'starting':
      if (now > run.deadline) return end(ports, run);
      if (now - run.movedAt >= Math.min(quiet, startMs)) await beginRun(ports, open);
      return;
    case 'planning':
      if (now > run.deadline && isIdle) return end(ports, run);
      if (isIdle) await ports.queue.sendPlan(messageOf(run));
      return;
    case 'deleting':
    case 'upserting':
      if (!isPlanned(run)) return;
      if (now > run.deadline) return stop(ports, run);
      return requeueOrStop(ports, run, run.phase, quiet);
    case 'closing':
      if (isIdle && now - run.movedAt >= closingPauseMs(run.attempts, quiet)) {
        await ports.queue.sendClose(messageOf(run));
      }
      return;
    case 'closed':
      return goOnFinishing(ports, run);
  }
}

const messageOf = ({ sync, id, epoch }: Run) => ({ sync, run: id, epoch });

/** Past its deadline, and nothing was sent. */
const end = (ports: SweepPorts, run: Run) =>
  finishRun(ports, run, ['starting', 'planning'], {
    status: 'failed',
    error: {
      code: 'deadline-passed',
      message: `The run ${run.id} did not come to sending before its deadline. Nothing was sent; the log of its functions says what kept it.`,
    },
  });

/** Past its deadline while sending: it closes with what it has. */
const stop = (ports: SweepPorts, run: PlannedRun) =>
  stopRun(ports, run, ['deleting', 'upserting'], {
    status: 'partial',
    error: {
      code: 'deadline-passed',
      message: `The run ${run.id} passed its deadline before everything was sent; the next run sends the rest. If the platform is slow by nature, raise the sync's deadlineHours or the destination's pace.`,
    },
  });

const requeueOrStop = (ports: SweepPorts, run: PlannedRun, phase: SendPhase, quiet: number) =>
  stoppingUnreadable(ports, run, phase, undefined, () => requeue(ports, run, phase, quiet));

/** What is stored of its chunks can't be read: it closes with what it has, and what may have gone out is uncertain. */
const lost = (ports: SweepPorts, run: PlannedRun) =>
  stopRun(ports, run, ['deleting', 'upserting'], {
    status: 'failed',
    error: {
      code: 'stored-unreadable',
      message: `What is stored of the chunks of the run ${run.id} can't be read, so it was stopped. What it may have sent is uncertain, and the next run sends it again.`,
    },
  });

/** Queues the first pending chunks of every lane that nobody works on and that is not told to wait. */
async function requeue(
  ports: SweepPorts,
  run: PlannedRun,
  phase: SendPhase,
  quiet: number,
): Promise<void> {
  const now = ports.clock.now();
  if (now - run.movedAt < quiet) return;
  const config = await readConfig(ports.state, run);
  const { items: all, unreadable } = await ports.runs.listPending(run, run.plan.attempt, phase);
  const later = unreadable.find(({ error }) => error.code === 'format-newer');
  if (later) throw new StoredError('format-newer', later.error.message);
  if (unreadable.length > 0) return lost(ports, run);
  const isFirst = all[0]?.chunk === canaryChunk;
  if (!isFirst && (await stopsAtCanary(ports, run, config, phase))) return;
  if (all.length === 0) return leavePhase(ports, run, config, phase);
  const opensSession = hasSession(config, phase) && !all[0]?.accepted;
  const isAlone = isFirst && (canaryOf(config) || opensSession);
  const awaited = isAlone ? all.slice(0, 1) : all;
  const waits = ({ waitUntil = 0 }: PendingChunk) => leftMs(waitUntil, longestWaitMs, now) > 0;
  // What waits for its jobs is in nobody's way.
  const pending = awaited.filter((chunk) => !chunk.accepted || !waits(chunk));
  const lanes = Map.groupBy(pending, ({ chunk }) => laneOf(chunk, config.destination.concurrency));
  const busy = await Promise.all(
    pending.map(async (chunk) => {
      const until = (await heldUntil(ports, run, run.plan.attempt, chunk)) ?? 0;
      return until >= now || waits(chunk);
    }),
  );
  const isBusy = new Set(pending.filter((_, at) => busy[at]));
  const still = [...lanes.values()].filter((lane) => !lane.some((chunk) => isBusy.has(chunk)));
  await ports.queue.sendChunks(
    still.flatMap((lane) =>
      lane
        .slice(0, windowPerLane)
        .map(({ chunk }) => chunkSend(run, config, phase, chunk, undefined)),
    ),
  );
}
