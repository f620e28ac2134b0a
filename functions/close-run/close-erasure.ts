/**
 * The end of a run that erases. Once the platform has taken every delete, the members are taken out of everything we
 * keep, and only then the run is over: its lease keeps other runs from writing of them meanwhile.
 *
 * What the run ends with is stored before, because its own plan is among what is taken out.
 */

import {
  type ErasureReceipt,
  type ErasureRequest,
  ScrubProgress,
} from '../../shared/contracts/erasure.ts';
import { foldedObject, scrubPrefix } from '../../shared/contracts/layout.ts';
import { type Run, RunResult } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { keyText } from '../../shared/domain/plan/key.ts';
import { total } from '../../shared/domain/run/counts.ts';
import { neededFor } from '../../shared/domain/run/mirror-objects.ts';
import { capped } from '../../shared/domain/words/capped.ts';
import { InvariantError, StoredError, summarise } from '../../shared/domain/words/errors.ts';
import { changeReceipt, endErasure, findErasure, readReceipt } from '../../shared/flow/erasure.ts';
import { readLogKey } from '../../shared/flow/log-key.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Clock } from '../../shared/ports/world.ts';
import { readObject, writeObject } from '../../shared/stored.ts';
import { type Scrubbed, type ScrubPorts, scrub, scrubFrom } from './scrub.ts';

export interface CloseErasurePorts extends ScrubPorts {
  readonly clock: Pick<Clock, 'now'>;
}

/** A table of the largest audience is taken, changed and brought back in this. */
const reserveMs = 240_000;
/** Turns in a row that may come to nothing; then the run ends, and the erasure waits for another. */
const maxIdleTurns = 10;

/** Gives what the run ends with; undefined where there is more to be taken out in another turn. */
export async function closeErasure(
  ports: CloseErasurePorts,
  run: Run,
  config: RunConfig,
  erasure: string,
  turn: Turn,
  fold: () => Promise<RunResult>,
): Promise<RunResult | undefined> {
  const result = await foldedOnce(ports, run, fold);
  const request = await findErasure(ports.state, run.sync, erasure);
  const told = toldBy(result);
  if (!request) return result;
  if (run.stop?.status === 'cancelled') {
    const end = { ...told, state: 'cancelled' as const, endedAt: ports.clock.now() };
    await endErasure(ports.state, run.sync, erasure, end);
    return result;
  }
  if (!isTaken(result)) {
    await changeReceipt(ports.state, run.sync, erasure, () => ({ ...told, error: notTaken }));
    return result;
  }
  const mirror = result.mirror ?? run.plan?.mirror ?? config.mirror;
  const needed = mirror ? neededFor(mirror) : [];
  const done = await takeOut(ports, run, config, request, needed, turn);
  if (done === 'more') return undefined;
  const { found, unreadable, error } = done;
  const taken = { ...told, found, ...(unreadable.length > 0 && { unreadable }) };
  if (error) {
    await changeReceipt(ports.state, run.sync, erasure, () => ({ ...taken, error }));
    return { ...result, ...warnedOf(result, unreadable), status: 'failed', error };
  }
  const end = { ...taken, state: 'done' as const, endedAt: ports.clock.now() };
  await endErasure(ports.state, run.sync, erasure, end);
  return { ...result, ...warnedOf(result, unreadable) };
}

const warnedOf = ({ warnings = [] }: RunResult, unreadable: readonly string[]) =>
  unreadable.length > 0 && {
    warnings: [
      ...warnings,
      {
        code: 'erased-unread',
        reason: capped(
          `Objects that can't be read any more may name the members, so they were deleted: ${unreadable.join(', ')}.`,
        ),
        count: unreadable.length,
      },
    ],
  };

/** The first stays: later the plan may lack what it was folded from. */
async function foldedOnce(
  { state }: CloseErasurePorts,
  run: Run,
  fold: () => Promise<RunResult>,
): Promise<RunResult> {
  const object = foldedObject(run.sync, run.id);
  const read = async () => {
    const body = await state.get(object);
    return body && readObject(RunResult, body, object);
  };
  const known = await read();
  if (known) return known;
  const result = await fold();
  await state.putIfAbsent(object, writeObject(RunResult, result, object));
  const first = await read();
  if (!first) throw new InvariantError(`The end of the run ${run.id} was stored, and is gone.`);
  return first;
}

/** Nothing of the members may be at the platform any more, as far as we know. */
const isTaken = ({ counts }: RunResult) =>
  counts !== undefined && total(counts.delete) === counts.delete.delivered;

const toldBy = ({ counts, reasons }: RunResult): Partial<ErasureReceipt> => ({
  ...(counts && { deletes: counts.delete }),
  ...(reasons && { reasons }),
  error: undefined,
});

const notTaken = {
  code: 'erase-not-delivered',
  message:
    'The platform has not taken every delete, so the members are kept until it has: they are tried again by themselves. If it goes on like this, "reasons" says what the platform answered.',
};

/** `more`: in another turn. With an error: what is left can't be done now. */
async function takeOut(
  ports: CloseErasurePorts,
  run: Run,
  { sync }: RunConfig,
  { id, keys }: ErasureRequest,
  needed: readonly string[],
  turn: Turn,
): Promise<'more' | (Scrubbed & Pick<ErasureReceipt, 'error'>)> {
  const { state } = ports;
  // Of its own for each turn, so that none that wakes up late writes over another's.
  const own = `${scrubPrefix(run.sync, run.id)}${padded(run.attempts)}.json`;
  const last = await lastProgress(ports, run);
  let progress = last?.progress ?? scrubFrom(await readReceipt(state, run.sync, id));
  const store = async (next: ScrubProgress) => {
    progress = next;
    await state.put(own, writeObject(ScrubProgress, next, own));
  };
  if (!last) await store(progress);
  try {
    const done = await scrub(ports, {
      sync: run.sync,
      keys: keys.map(keyText),
      hashKey: await readLogKey(state, run.sync),
      retainDays: sync.observability.logRetentionDays,
      progress,
      needed,
      store,
      mayGoOn: () => turn.remainingMs() > reserveMs,
    });
    return done ?? 'more';
  } catch (error) {
    // What is damaged stays so, however often it is tried.
    const isLasting = error instanceof StoredError;
    if (!isLasting && (!last || run.attempts - last.attempt < maxIdleTurns)) throw error;
    return { ...progress, error: incomplete(error) };
  }
}

const padded = (attempt: number) => String(attempt).padStart(6, '0');

async function lastProgress({ state }: CloseErasurePorts, run: Run) {
  const last = (await state.list(scrubPrefix(run.sync, run.id))).at(-1);
  const body = last === undefined ? undefined : await state.get(last);
  if (last === undefined || !body) return undefined;
  // Where it can't be read, everything is looked through once more.
  const progress = await orSetAside(() => readObject(ScrubProgress, body, last));
  return progress && { progress, attempt: Number(/(\d+)\.json$/.exec(last)?.[1] ?? 0) };
}

const incomplete = (error: unknown) => ({
  code: 'erase-incomplete',
  message: `The platform has taken the deletes, but the members could not be taken out of everything that is kept of them. It is tried again. ${summarise(error).message}`,
});
