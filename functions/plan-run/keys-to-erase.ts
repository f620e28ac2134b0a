/** Whom a run erases, and what is to be known of it before anything is sent. */

import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { keyText } from '../../shared/domain/plan/key.ts';
import { ConfigurationError, SnapshotError } from '../../shared/domain/words/errors.ts';
import { changeReceipt, endErasure, readErasure } from '../../shared/flow/erasure.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { PlanEngine } from '../../shared/ports/plan-engine.ts';
import type { Clock } from '../../shared/ports/world.ts';

export interface ErasePorts {
  readonly state: StateStore;
  readonly engine: PlanEngine;
  readonly clock: Pick<Clock, 'now'>;
}

type EraseTask = Extract<RunConfig['task'], { kind: 'erase' }>;

/**
 * @throws ConfigurationError `erase-in-snapshot`: the next run would add them again, so that the erasure is refused
 * unless it was asked for all the same; `erasure-over`
 */
export async function keysToErase(
  ports: ErasePorts,
  { sync }: RunConfig,
  task: EraseTask,
): Promise<string[]> {
  const { keys, evenIfInSnapshot } = await readErasure(ports.state, sync.id, task.erasure);
  const sought = keys.map(keyText);
  const inSnapshot = await countIn(ports, sync, task, sought);
  if (inSnapshot && !evenIfInSnapshot) {
    const error = inTheSnapshot(sync.id, inSnapshot);
    await endErasure(ports.state, sync.id, task.erasure, {
      state: 'refused',
      inSnapshot,
      error,
      endedAt: ports.clock.now(),
    });
    throw new ConfigurationError(error.code, error.message);
  }
  if (inSnapshot !== undefined) {
    await changeReceipt(ports.state, sync.id, task.erasure, () => ({ inSnapshot }));
  }
  return sought;
}

/** A snapshot that cannot be read must not keep them from being erased: then it is not known. */
async function countIn(
  { engine }: ErasePorts,
  { source, key }: RunConfig['sync'],
  { snapshot }: EraseTask,
  sought: readonly string[],
): Promise<number | undefined> {
  if (!snapshot) return undefined;
  try {
    return await engine.find({ snapshot, reading: source, key, sought });
  } catch (error) {
    if (error instanceof SnapshotError) return undefined;
    throw error;
  }
}

const inTheSnapshot = (sync: string, count: number) => ({
  code: 'erase-in-snapshot',
  message: `The newest snapshot of the sync "${sync}" has ${count} of the members to be erased, so that the next run would add them again. Nothing was sent or changed. Take them out of the export first, and ask again; or ask with evenIfInSnapshot.`,
});

/** Records that stay at the platform, because a member who is not erased has the same identity. */
export async function noteShared(
  { state }: ErasePorts,
  { sync, task }: RunConfig,
  shared: number,
): Promise<void> {
  if (task.kind === 'erase') await changeReceipt(state, sync.id, task.erasure, () => ({ shared }));
}
