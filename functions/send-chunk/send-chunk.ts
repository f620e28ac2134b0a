/**
 * send-chunk: takes one chunk, sends what of it has no outcome yet, and settles it: outcomes are stored before
 * the chunk leaves the pending ones. Near the end of its turn, or when the platform asks to wait, it stores what
 * it knows and gives the message back.
 */

import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import type { Claim } from '../../shared/contracts/claim.ts';
import {
  type ActionName,
  type Destination,
  learnsIds,
} from '../../shared/contracts/destination.ts';
import { type ChunkAddress, chunkObject, outcomesObject } from '../../shared/contracts/layout.ts';
import type { ChunkMessage } from '../../shared/contracts/messages.ts';
import { type ChunkLine, QuickChunkLine } from '../../shared/contracts/plan.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { type DeliveryTools, deliveryOf } from '../../shared/domain/request/delivery.ts';
import { isPlanned, type PlannedRun } from '../../shared/domain/run/planned.ts';
import { phaseAfter } from '../../shared/domain/run/run.ts';
import { isWaiting, waitingOn } from '../../shared/domain/run/waiting.ts';
import { leftMs, longestWaitMs } from '../../shared/domain/words/clock.ts';
import {
  ConfigurationError,
  type MirrorError,
  StoredError,
} from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { storeOutcomes } from '../../shared/flow/chunk-objects.ts';
import {
  afterAccepting,
  afterSettling,
  type QueuePorts,
  queuePhase,
  queueQuestions,
} from '../../shared/flow/queue-chunks.ts';
import { stoppingUnreadable, stopRun } from '../../shared/flow/stop-run.ts';
import { again, alone, claimFor, done, type Progress, type Turn } from '../../shared/flow/turn.ts';
import { readLines } from '../../shared/lines.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { HttpSender } from '../../shared/ports/world.ts';
import { unreadable } from '../../shared/stored.ts';
import { Acceptance, type ForbiddenInRow } from './acceptance.ts';
import { ChunkBook } from './chunk-book.ts';
import type { ChunkDelivery, Delivered } from './chunk-delivery.ts';
import { Circuit, type CircuitPorts } from './circuit.ts';
import { deliverByIds } from './deliver-by-ids.ts';
import { deliverChunk } from './deliver-chunk.ts';
import { deliverInSession } from './deliver-in-session.ts';
import { runEnded, runStopped } from './unsent.ts';
import { circuitsOfLate, configOf, runNow, runOfLate, type WarmMemory } from './warm.ts';

export interface SendChunkPorts extends QueuePorts, Omit<CircuitPorts, 'runs'> {
  readonly state: StateStore;
  /** What sends a destination's requests, with its authentication. */
  readonly senderOf: (destination: Destination) => HttpSender;
  readonly tools: DeliveryTools;
  readonly forbidden: ForbiddenInRow;
  readonly warm: WarmMemory;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A chunk a sender has claimed. */
interface HeldChunk {
  readonly run: PlannedRun;
  readonly address: ChunkAddress;
  readonly pending: PendingChunk;
  readonly claim: Claim;
}

/** Does nothing where the chunk is settled, someone else has it, or its phase is over. */
export async function sendChunk(
  ports: SendChunkPorts,
  message: ChunkMessage,
  turn: Turn,
): Promise<Progress> {
  const run = await plannedRun(ports, message);
  if (!run) return done;
  if (message.laterAt !== undefined) return waitFor(ports, run, message, message.laterAt);
  return stoppingUnreadable(ports, run, message.phase, done, () =>
    takeChunk(ports, run, message, turn),
  );
}

/** Until the chunk's jobs are to be asked about: by the lane, whose pace questions keep. */
async function waitFor(
  ports: SendChunkPorts,
  run: PlannedRun,
  message: ChunkMessage,
  laterAt: number,
): Promise<Progress> {
  if (run.phase !== message.phase) return done;
  const waitMs = leftMs(laterAt, longestWaitMs, ports.clock.now());
  if (waitMs > 0) return alone(waitMs);
  await queueQuestions(ports, run, await configOf(ports, run), message);
  return done;
}

async function takeChunk(
  ports: SendChunkPorts,
  run: PlannedRun,
  message: ChunkMessage,
  turn: Turn,
): Promise<Progress> {
  if (run.phase !== message.phase) return catchUp(ports, run, message);
  const claim = claimFor(turn, ports.clock);
  const pending = await ports.runs.claimChunk(
    run,
    message.attempt,
    message,
    claim,
    ports.clock.now(),
    'due',
  );
  if (!pending) return settledAlready(ports, run, message);
  const held: HeldChunk = { run, address: addressOf(message), pending, claim };
  try {
    return await sendHeld(ports, held, turn);
  } catch (error) {
    await letGo(ports, held, { clean: false });
    throw error;
  }
}

const addressOf = ({ sync, run, attempt, phase, chunk }: ChunkMessage): ChunkAddress => ({
  sync,
  run,
  attempt,
  phase,
  chunk,
});

/** The run the message belongs to, as it is now; undefined where the message is of an old epoch or attempt. */
async function plannedRun(
  ports: SendChunkPorts,
  { sync, run: id, epoch, attempt, phase }: ChunkMessage,
): Promise<PlannedRun | undefined> {
  const late = await runOfLate(ports, { sync, id });
  const run = late?.phase === phase ? late : await runNow(ports, { sync, id });
  return run?.epoch === epoch && isPlanned(run) && run.plan.attempt === attempt ? run : undefined;
}

/** The phase is over. Whoever ended it may have died before queueing the next one. */
async function catchUp(
  ports: SendChunkPorts,
  run: PlannedRun,
  message: ChunkMessage,
): Promise<Progress> {
  if (run.phase === phaseAfter(message.phase, run.plan.chunks)) {
    await queuePhase(ports, run, await configOf(ports, run));
  }
  return done;
}

/** Not to be had: settled by someone who may have died before queueing its follower, waiting, or in someone's hands. */
async function settledAlready(
  ports: SendChunkPorts,
  run: PlannedRun,
  { attempt, phase, chunk, asks }: ChunkMessage,
): Promise<Progress> {
  const pending = await ports.runs.getPending(run, attempt, phase, chunk);
  const config = await configOf(ports, run);
  if (!pending) await afterSettling(ports, run, config, phase, chunk, asks);
  const waitUntil = pending?.waitUntil ?? 0;
  const waitMs = leftMs(waitUntil, longestWaitMs, ports.clock.now());
  if (waitMs === 0) return done;
  if (!pending?.accepted) return again(waitMs);
  // Whoever let go of it may have died before it queued what comes.
  await afterAccepting(ports, run, config, pending, waitUntil);
  return done;
}

async function sendHeld(ports: SendChunkPorts, held: HeldChunk, turn: Turn): Promise<Progress> {
  const { address, pending } = held;
  // Whoever closes the run waits for who holds its chunks; who sends for a while looks how the run stands meanwhile.
  const config = await configOf(ports, held.run);
  if (pending.tries > 0 && (await ports.state.get(outcomesObject(address)))) {
    return settle(ports, held, config);
  }
  const learns = learnsIds(config.destination.actions);
  const book = await ChunkBook.open({ ...ports, address, pending, sender: turn.id, learns });
  const delivered = await deliver(ports, held, config, book, turn).catch(
    async (error: unknown): Promise<Delivered> => {
      // Another try would end the same way, until someone mends it. What a later release wrote is left to that release.
      const isForGood = error instanceof ConfigurationError || error instanceof StoredError;
      if (isForGood && error.code !== 'format-newer')
        return { kind: 'stopped', fault: faultOf(error) };
      // What was answered before is not to be asked again. Should this fail too, the first error is the one to tell.
      await book.store().catch(() => {});
      throw error;
    },
  );
  return conclude(ports, held, config, book, delivered);
}

const faultOf = ({ code, message }: MirrorError): Fault => ({ code, reason: message });

async function deliver(
  ports: SendChunkPorts,
  held: HeldChunk,
  config: RunConfig,
  book: ChunkBook,
  turn: Turn,
): Promise<Delivered> {
  const { run, address } = held;
  const lines = await readChunk(ports.state, address);
  const chunkIn = (session?: string) =>
    chunkOf(ports, held, config, { lines, book, turn }, session);
  const { learnt } = book;
  const byIds = learnt && {
    state: ports.state,
    syncState: () => ports.runs.getState(run.sync),
    isFirst: held.pending.tries === 0,
    ...{ book, learnt },
  };
  const send = (chunk: ChunkDelivery) => (byIds ? deliverByIds(chunk, byIds) : deliverChunk(chunk));
  if (!config.destination.sessions?.[address.phase]) return send(chunkIn());
  return deliverInSession(ports, run, held.pending, chunkIn, send);
}

interface InHand extends Pick<ChunkDelivery, 'lines' | 'turn'> {
  readonly book: ChunkBook;
}

/** `session`: the id of the one that its requests are made in. */
function chunkOf(
  ports: SendChunkPorts,
  { run, address }: HeldChunk,
  config: RunConfig,
  { book, ...inHand }: InHand,
  session?: string,
): ChunkDelivery {
  const delivery = deliveryOf(config.destination, config.sync, ports.tools, session);
  return {
    ...inHand,
    account: book.account,
    store: () => book.store(),
    ports: { ...ports, sender: ports.senderOf(config.destination) },
    delivery,
    circuit: new Circuit(
      { ...ports, circuits: circuitsOfLate(ports.circuits, ports) },
      {
        destination: config.destination,
        by: { sync: run.sync, run: run.id },
        timeoutMs: delivery.timeoutMs,
      },
    ),
    acceptance: acceptanceOf(ports, run, address),
    address,
    batchLimit: (uses) => run.batchLimits?.[uses],
    warn: (fault) => warnOnce(ports, run, address, fault),
    limitBatch: (uses, records) => limitBatch(ports, run, address, uses, records),
    mayGoOn: () => isSending(ports, run, address),
  };
}

/** The first 2xx of a run, and the first after a wait, are noted on the run. */
function acceptanceOf(ports: SendChunkPorts, run: PlannedRun, { phase }: ChunkAddress): Acceptance {
  const isNoted = ({ accepted, waiting }: Run) => accepted === true && !isWaiting(waiting);
  return new Acceptance(
    {
      run: run.id,
      forbidden: ports.forbidden,
      isOnlyChunk: run.plan.chunks.deleting + run.plan.chunks.upserting === 1,
      isNoted: async () => (await ports.runs.getRun(run.sync, run.id))?.accepted === true,
      note: async () => {
        const at = ports.clock.now();
        const waiting = (await ports.runs.getRun(run.sync, run.id))?.waiting;
        const over = isWaiting(waiting) ? { waiting: { ...waiting, overAt: at } } : {};
        await ports.runs.moveRun(run, [phase], { accepted: true, ...over, at });
      },
    },
    isNoted(run),
  );
}

/** Once a run for each kind. */
async function warnOnce(
  ports: SendChunkPorts,
  run: Run,
  { phase }: ChunkAddress,
  fault: Fault,
): Promise<void> {
  const isKnown = ({ warnings = [] }: Run) => warnings.some(({ code }) => code === fault.code);
  if (isKnown(run)) return;
  const now = await ports.runs.getRun(run.sync, run.id);
  if (!now || isKnown(now)) return;
  const warnings = [...(now.warnings ?? []), { ...fault, count: 1 }];
  await ports.runs.moveRun(run, [phase], { warnings, at: ports.clock.now() });
}

/** So that whoever looks at the run sees why it does not get on. */
async function noteWaiting(
  ports: SendChunkPorts,
  run: Run,
  { phase }: ChunkAddress,
  { fault, milliseconds }: Extract<Delivered, { kind: 'wait' }>,
): Promise<void> {
  if (!fault) return;
  const before = (await ports.runs.getRun(run.sync, run.id))?.waiting;
  const at = ports.clock.now();
  const waiting = waitingOn(before, fault, at, at + milliseconds);
  await ports.runs.moveRun(run, [phase], { waiting, at });
}

/** For the chunks that come; one that is under way finds out for itself. */
async function limitBatch(
  ports: SendChunkPorts,
  run: Run,
  { phase }: ChunkAddress,
  uses: ActionName,
  records: number,
): Promise<void> {
  const known = (await ports.runs.getRun(run.sync, run.id))?.batchLimits;
  if ((known?.[uses] ?? Number.POSITIVE_INFINITY) <= records) return;
  const batchLimits = { ...known, [uses]: records };
  await ports.runs.moveRun(run, [phase], { batchLimits, at: ports.clock.now() });
  // What is remembered of the run is of before.
  await runNow(ports, run);
}

async function isSending(
  ports: SendChunkPorts,
  run: Run,
  { phase }: ChunkAddress,
): Promise<boolean> {
  return (await runNow(ports, run))?.phase === phase;
}

async function readChunk(state: StateStore, address: ChunkAddress): Promise<ChunkLine[]> {
  const name = chunkObject(address);
  const object = await state.get(name);
  if (!object) throw unreadable(name, 'it is gone');
  return readLines(QuickChunkLine, object, name);
}

async function conclude(
  ports: SendChunkPorts,
  held: HeldChunk,
  config: RunConfig,
  book: ChunkBook,
  delivered: Delivered,
): Promise<Progress> {
  const { run, address } = held;
  const { account } = book;
  switch (delivered.kind) {
    case 'wait':
      await book.store();
      await noteWaiting(ports, run, address, delivered);
      await letGo(ports, held, {
        clean: account.clean,
        waitUntil: ports.clock.now() + delivered.milliseconds,
      });
      return again(delivered.milliseconds);
    case 'accepted': {
      await book.store();
      const waitUntil = ports.clock.now() + delivered.milliseconds;
      const { clean, accepted } = account;
      await letGo(ports, held, { clean, waitUntil, ...(accepted && { accepted }) });
      await afterAccepting(ports, run, config, address, waitUntil);
      return { ...done, ...(accepted && { accepted }) };
    }
    case 'settled':
    case 'ended':
      await book.storeIds();
      await storeOutcomes(ports.state, address, account.close(runEnded));
      return settle(ports, held, config);
    case 'stopped':
      await book.storeIds();
      await storeOutcomes(ports.state, address, account.close(runStopped));
      await stopRun(ports, run, [address.phase], {
        status: 'failed',
        error: { code: delivered.fault.code, message: delivered.fault.reason },
      });
      return settle(ports, held, config);
  }
}

/** The outcomes are stored. */
async function settle(
  ports: SendChunkPorts,
  held: HeldChunk,
  config: RunConfig,
): Promise<Progress> {
  const { run, address, pending } = held;
  const { phase, chunk } = address;
  await ports.runs.deletePending(run, address.attempt, address);
  await afterSettling(ports, run, config, phase, chunk, pending.accepted !== undefined);
  return done;
}

const letGo = (
  ports: SendChunkPorts,
  { run, address, claim }: HeldChunk,
  how: Pick<PendingChunk, 'clean' | 'waitUntil' | 'accepted'>,
) => ports.runs.releaseChunk(run, address.attempt, { ...address, ...how }, claim);
