/**
 * Queueing chunks: a small window a lane, and each settled chunk queues the one that follows it there. A
 * message sent twice does no harm: a chunk is claimed by one sender, and a settled one is gone.
 */

import type { SendPhase } from '../contracts/run.ts';
import type { RunConfig } from '../contracts/run-config.ts';
import { canaryChunk, canaryOf } from '../domain/plan/canary.ts';
import { isPlanned, type PlannedRun } from '../domain/run/planned.ts';
import { laneOf, phaseAfter, windowPerLane } from '../domain/run/run.ts';
import type { ChunkSend } from '../ports/queues.ts';
import { type CanaryPorts, stopsAtCanary } from './canary.ts';

export type QueuePorts = CanaryPorts;

/** What of a run's configuration the queueing goes by. */
export type QueueConfig = Pick<RunConfig, 'destination' | 'sync' | 'task'>;

export function chunkSend(
  run: PlannedRun,
  config: QueueConfig,
  phase: SendPhase,
  chunk: number,
  once: string | undefined,
): ChunkSend {
  const { sync, id, epoch, plan } = run;
  const lane = laneOf(chunk, config.destination.concurrency);
  return {
    message: { sync, run: id, epoch, attempt: plan.attempt, phase, chunk },
    lane: `${config.destination.id}_${lane}`,
    once: once && `${id}-${plan.attempt}-${phase}-${chunk}-${once}`,
  };
}

/**
 * All of the chunk is sent, and some is accepted and not yet known: its lane goes on to others, and it comes back at
 * `askAt`. A message of its own waits for that moment, which is in nobody's way.
 */
export async function afterAccepting(
  ports: QueuePorts,
  run: PlannedRun,
  config: QueueConfig,
  { phase, chunk }: { readonly phase: SendPhase; readonly chunk: number },
  askAt: number,
): Promise<void> {
  const { message } = chunkSend(run, config, phase, chunk, undefined);
  const name = `${run.id}-${run.plan.attempt}-${phase}-${chunk}`;
  const later = {
    message: { ...message, laterAt: askAt },
    lane: name,
    once: `${name}-at-${askAt}`,
  };
  const next = isHoldingBack(config, chunk) ? [] : followers(run, config, phase, chunk);
  await ports.queue.sendChunks([...next, later]);
}

/** Queues the questions about the chunk's jobs. */
export async function queueQuestions(
  ports: QueuePorts,
  run: PlannedRun,
  config: QueueConfig,
  { phase, chunk }: { readonly phase: SendPhase; readonly chunk: number },
): Promise<void> {
  const { message, ...send } = chunkSend(run, config, phase, chunk, undefined);
  await ports.queue.sendChunks([{ ...send, message: { ...message, asks: true } }]);
}

const isHoldingBack = (config: QueueConfig, chunk: number) =>
  canaryOf(config) !== undefined && chunk === canaryChunk;

const followers = (run: PlannedRun, config: QueueConfig, phase: SendPhase, chunk: number) =>
  followersOf(chunk, config, phase)
    .filter((each) => each < run.plan.chunks[phase])
    .map((each) => chunkSend(run, config, phase, each, 'next'));

const windowOf = (config: QueueConfig) => config.destination.concurrency * windowPerLane;

/** Queues what the run's phase begins with: its first chunks, its canary alone, or its closing. */
export async function queuePhase(
  ports: QueuePorts,
  run: PlannedRun,
  config: QueueConfig,
): Promise<void> {
  const { phase } = run;
  if (phase === 'closing') {
    await ports.queue.sendClose({ sync: run.sync, run: run.id, epoch: run.epoch });
  } else if (phase === 'deleting' || phase === 'upserting') {
    const window = canaryOf(config) || hasSession(config, phase) ? 1 : windowOf(config);
    const first = Math.min(run.plan.chunks[phase], window);
    await ports.queue.sendChunks(
      Array.from({ length: first }, (_, chunk) => chunkSend(run, config, phase, chunk, 'first')),
    );
  }
}

/** Who opens the phase's session goes alone until it is open. */
export const hasSession = ({ destination }: QueueConfig, phase: SendPhase): boolean =>
  destination.sessions?.[phase] !== undefined;

/** A canary, and who opens a session, is followed by the whole window, which it stood for. */
function followersOf(chunk: number, config: QueueConfig, phase: SendPhase): number[] {
  const window = windowOf(config);
  const isFirstAlone = canaryOf(config) || hasSession(config, phase);
  if (!isFirstAlone || chunk !== canaryChunk) return [chunk + window];
  return Array.from({ length: window }, (_, i) => chunk + 1 + i);
}

/**
 * After a chunk is settled: lets the canary decide, queues its follower, and, if no chunk of the phase is left, moves the
 * run on. `isFollowed`: it was accepted before, and its follower queued then.
 */
export async function afterSettling(
  ports: QueuePorts,
  run: PlannedRun,
  config: QueueConfig,
  phase: SendPhase,
  chunk: number,
  isFollowed = false,
): Promise<void> {
  if (chunk === canaryChunk && (await stopsAtCanary(ports, run, config, phase))) return;
  if (run.phase === phase && (!isFollowed || isHoldingBack(config, chunk))) {
    const next = followers(run, config, phase, chunk);
    await ports.queue.sendChunks(next);
    // Whoever takes the follower, settled or not, asks what is left after it.
    if (next.length > 0) return;
  }
  const left = await ports.runs.listPending(run, run.plan.attempt, phase, 1);
  if (left.items.length + left.unreadable.length === 0) await leavePhase(ports, run, config, phase);
}

/** No chunk of the phase is left: moves the run on, and queues what follows. */
export async function leavePhase(
  ports: QueuePorts,
  run: PlannedRun,
  config: QueueConfig,
  phase: SendPhase,
): Promise<void> {
  const after = phaseAfter(phase, run.plan.chunks);
  await ports.runs.moveRun(run, [phase], { phase: after, at: ports.clock.now() });
  // Also when someone else moved it: they may have died before they queued what follows.
  const moved = await ports.runs.getRun(run.sync, run.id);
  if (moved && isPlanned(moved) && moved.phase === after) await queuePhase(ports, moved, config);
}
