/**
 * Ends a run whose plan, chunks or configuration can't be read, or that somebody abandoned. Every key it may have touched
 * is uncertain from then on, and the next run sends everybody: what was answered is not known any more.
 */

import { mirrorAttempt, pointerObject, runPrefix } from '../../shared/contracts/layout.ts';
import { type MirrorPointer, StoredPointer } from '../../shared/contracts/mirror.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import type { ErrorSummary } from '../../shared/domain/words/errors.ts';
import type { FoldEngine } from '../../shared/ports/fold-engine.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import { writeObject } from '../../shared/stored.ts';

export interface AbandonPorts {
  readonly runs: Pick<RunStore, 'getState'>;
  readonly state: Pick<StateStore, 'list' | 'put'>;
  readonly engine: Pick<FoldEngine, 'salvage'>;
}

/** `why`: what can't be read, or that somebody abandoned it. */
export async function abandonRun(
  ports: AbandonPorts,
  run: Run,
  why: ErrorSummary,
): Promise<RunResult> {
  const status = run.stop?.status === 'cancelled' ? 'cancelled' : 'failed';
  const objects = await ports.state.list(runPrefix(run.sync, run.id));
  const chunks = objects.filter((name) => name.includes('/chunks/'));
  // The pointer moves only as a run lets go of its lease: this is what it began with.
  const mirror = run.plan?.mirror ?? (await ports.runs.getState(run.sync)).mirror;
  if (chunks.length === 0) return { status, error: told(run, why, 0) };
  const target = mirrorAttempt(run.sync, run.epoch, `c${run.attempts}`);
  const { lost, ...salvaged } = await ports.engine.salvage({ mirror, chunks, target });
  const pointer = pointerOf(run, mirror, salvaged);
  await storePointer(ports.state, target, pointer);
  return { status, error: told(run, why, lost), mirror: pointer };
}

/** Beside the objects: the table's may be lost. `attempt`: where it was written. */
export async function storePointer(
  state: Pick<StateStore, 'put'>,
  attempt: string,
  mirror: MirrorPointer,
): Promise<void> {
  const name = pointerObject(attempt);
  await state.put(name, writeObject(StoredPointer, { mirror }, name));
}

function pointerOf(
  { epoch }: Run,
  before: MirrorPointer | undefined,
  {
    mirror,
    members,
    uncertain,
  }: Pick<MirrorPointer, 'members' | 'uncertain'> & {
    readonly mirror: Pick<MirrorPointer, 'format' | 'base' | 'deltas'>;
  },
): MirrorPointer {
  const target = before?.target;
  return {
    ...mirror,
    epoch,
    members,
    uncertain,
    ...(target !== undefined && { target }),
    resend: true,
  };
}

function told({ id }: Run, { code, message }: ErrorSummary, lost: number): ErrorSummary {
  const unknown =
    lost === 0
      ? ''
      : ` ${lost} of its chunks can't be read either: whoever was added by them and is not in the next snapshot may stay at the platform.`;
  return {
    code,
    message: `${message} The run ${id} was closed without it: every member it may have touched is uncertain, and the next run sends everybody.${unknown}`,
  };
}
