/**
 * What becomes of messages that failed on every try. Each is settled on the safe side and told; nothing need be
 * redriven. A letter goes only after it was told, so that one that meets a crash is taken again: what it stood for is
 * settled by then, and is found so.
 */

import { ChunkMessage, FailedStart, RunMessage } from '../../shared/contracts/messages.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { lostSender } from '../../shared/domain/request/account.ts';
import { type DeadLetterReport, deadLetterAlert } from '../../shared/domain/run/alert.ts';
import { isPlanned } from '../../shared/domain/run/planned.ts';
import { accountOf, storeOutcomes } from '../../shared/flow/chunk-objects.ts';
import { finishRun } from '../../shared/flow/finish-run.ts';
import { throwAll } from '../../shared/flow/part-failed.ts';
import { afterSettling } from '../../shared/flow/queue-chunks.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { StartRunPorts } from '../../shared/flow/start-run.ts';
import { stopRun } from '../../shared/flow/stop-run.ts';
import { claimFor, type Turn } from '../../shared/flow/turn.ts';
import type { DeadLetter, DeadLetters } from '../../shared/ports/queues.ts';
import type { Alerts } from '../../shared/ports/world.ts';
import { jsonOf, readMessage } from '../../shared/stored.ts';

export interface DeadLetterPorts extends StartRunPorts {
  readonly alerts: Alerts;
  readonly deadLetters: DeadLetters;
}

/** What was found and done; undefined: somebody is at it, so the letter is looked at again by the next sweep. */
type Settled = Pick<DeadLetterReport, 'sync' | 'run' | 'count' | 'of' | 'said'> | undefined;

/** One letter's trouble keeps no other from being settled; the errors come together at the end. */
export async function settleDeadLetters(ports: DeadLetterPorts, turn: Turn): Promise<void> {
  const errors: unknown[] = [];
  for (const letter of await ports.deadLetters.take()) {
    try {
      const settled = await settle(ports, letter, turn);
      if (!settled) continue;
      const { id, queue, sentAt } = letter;
      await ports.alerts.raise(deadLetterAlert({ id, queue, sentAt, ...settled }));
      await ports.deadLetters.done(letter);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** @throws StoredError `format-newer`: a later release's is kept for that release */
async function settle(ports: DeadLetterPorts, letter: DeadLetter, turn: Turn): Promise<Settled> {
  const read = <T>(schema: { parse(value: unknown): T }) =>
    orSetAside(() => readMessage(schema, jsonOf(letter.body, 'message'), `message ${letter.id}`));
  switch (letter.queue) {
    case 'start':
      return startFailed(await read(FailedStart));
    case 'plan':
      return planFailed(ports, await read(RunMessage));
    case 'send':
      return chunkFailed(ports, await read(ChunkMessage), turn);
    case 'close':
      return closeFailed(ports, await read(RunMessage));
  }
}

const unreadable: Settled = {
  sync: undefined,
  run: undefined,
  count: 1,
  of: 'messages',
  said: 'It is none of ours, so that nothing could be done about it; it was dropped.',
};

const startFailed = (event: FailedStart | undefined): Settled =>
  event
    ? {
        sync: event.sync,
        run: undefined,
        count: 1,
        of: 'starts',
        said: `The sync ${event.sync} was not started. Its next trigger starts it; look at the log of start-run, or start it by hand.`,
      }
    : unreadable;

const moot = ({ sync, run }: RunMessage): Settled => ({
  sync,
  run,
  count: 0,
  of: 'changes',
  said: `The run ${run} had gone on without it, so there is nothing left to do. If this comes often, look at the log of the function that the queue feeds.`,
});

/** Whoever plans may do so to the end; nobody will after that. */
async function planFailed(
  ports: DeadLetterPorts,
  message: RunMessage | undefined,
): Promise<Settled> {
  if (!message) return unreadable;
  const run = await runOf(ports, message);
  if (run?.phase !== 'planning') return moot(message);
  if ((run.claim?.until ?? 0) >= ports.clock.now()) return undefined;
  const said = `The run ${run.id} was given up before anything was sent. Look at the log of plan-run; the next trigger starts a new run.`;
  await finishRun(ports, run, ['planning'], {
    status: 'failed',
    error: {
      code: 'planning-given-up',
      message: `The message to plan the run ${run.id} failed on every try, most likely because plan-run could not be started. Nothing was sent. Look at the log of plan-run, and start the sync again.`,
    },
  });
  return { sync: run.sync, run: run.id, count: 1, of: 'runs', said };
}

/** The chunk ends as uncertain: whoever had it may have sent any of it. */
async function chunkFailed(
  ports: DeadLetterPorts,
  message: ChunkMessage | undefined,
  turn: Turn,
): Promise<Settled> {
  if (!message) return unreadable;
  const { attempt, phase, chunk } = message;
  const run = await runOf(ports, message);
  if (!run || !isPlanned(run) || run.plan.attempt !== attempt) return moot(message);
  // One that only waits holds nothing, and sweep hands its chunk over once that is due.
  if (run.phase !== phase || message.laterAt !== undefined) return moot(message);
  const config = await orSetAside(() => readConfig(ports.state, run));
  if (!config) {
    await stopRun(ports, run, [phase], { status: 'failed', error: configurationLost(run) });
    return moot(message);
  }
  const claim = claimFor(turn, ports.clock);
  const pending = await ports.runs.claimChunk(
    run,
    attempt,
    message,
    claim,
    ports.clock.now(),
    'any',
  );
  if (!pending) {
    if (await ports.runs.getPending(run, attempt, phase, chunk)) return undefined;
    // Whoever settled it may have died before queueing its follower.
    await afterSettling(ports, run, config, phase, chunk);
    return moot(message);
  }
  // Read after the claim: whoever closes the run moves its phase first, and takes the chunks second.
  if ((await runOf(ports, message))?.phase !== phase) {
    await ports.runs.releaseChunk(run, attempt, { ...message, clean: pending.clean }, claim);
    return moot(message);
  }
  const address = { sync: run.sync, run: run.id, attempt, phase, chunk };
  const account = await accountOf(ports.state, address, { ...pending, clean: false });
  await storeOutcomes(ports.state, address, account.close(lostSender));
  await ports.runs.deletePending(run, attempt, message);
  await afterSettling(ports, run, config, phase, chunk, pending.accepted !== undefined);
  return {
    sync: run.sync,
    run: run.id,
    count: pending.changes,
    of: 'changes in it',
    said: `What of its ${pending.changes} changes has no recorded answer counts as uncertain, and the next run sends it again; the run goes on. Look at the log of send-chunk.`,
  };
}

const configurationLost = ({ id }: Run) => ({
  code: 'stored-unreadable',
  message: `What the run ${id} goes by can't be read any more.`,
});

/** A run must be closed, or people would be forgotten: sweep hands it over again, ever more slowly. */
async function closeFailed(
  ports: DeadLetterPorts,
  message: RunMessage | undefined,
): Promise<Settled> {
  if (!message) return unreadable;
  const run = await runOf(ports, message);
  if (run?.phase !== 'closing') return moot(message);
  const { sync, id, attempts } = run;
  return {
    sync,
    run: id,
    count: attempts,
    of: 'tries so far',
    said: `The run ${id} has sent what it had to send, and its account can not be closed; until then the sync starts no other run. It is tried again, about once an hour. Look at the log of close-run: most likely it lacks memory, or a permission.`,
  };
}

async function runOf(
  { runs }: DeadLetterPorts,
  { sync, run: id, epoch }: RunMessage,
): Promise<Run | undefined> {
  const run = await runs.getRun(sync, id);
  return run?.epoch === epoch ? run : undefined;
}
