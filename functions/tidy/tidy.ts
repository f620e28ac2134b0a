/**
 * tidy: holds what is kept of each sync against its settings, once a day and after each change of them: mirrors and
 * plans of its last runs, its logs, and what was left behind. It takes nothing that a run needs, and may be repeated.
 */

import { logKeyObject } from '../../shared/contracts/layout.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState, Tidied } from '../../shared/contracts/sync-state.ts';
import { sinceMs } from '../../shared/domain/words/clock.ts';
import { PartFailed, throwAll } from '../../shared/flow/part-failed.ts';
import { type TidyRunsPorts, tidyRuns } from '../../shared/flow/tidy-runs.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import type { Clock } from '../../shared/ports/world.ts';
import { type TidyLogsPorts, tidyLogs } from './tidy-logs.ts';

export interface TidyPorts extends TidyRunsPorts, TidyLogsPorts {
  readonly configs: ConfigStore;
  readonly clock: Clock;
}

/** A sync is looked at again after this, even if nothing of it was changed. */
const tidyEveryMs = 86_400_000;
/** No sync is begun with less time than this. */
const reserveMs = 60_000;

/**
 * One sync's trouble keeps no other from being tidied.
 * @throws AggregateError of PartFailed, at the end
 */
export async function tidy(ports: TidyPorts, turn: Turn, everyMs = tidyEveryMs): Promise<void> {
  const { items, unreadable } = await ports.configs.listSyncs();
  const syncs = new Map(items.map((sync) => [sync.id, sync]));
  // One that can't be read is not gone: nothing of it may go.
  const unknown = new Set(unreadable.map(({ id }) => id));
  const states = [...(await ports.runs.listStates()).states]
    .filter(([id]) => !unknown.has(id))
    .filter(([id, state]) => isDue(state, syncs.get(id), ports.clock.now(), everyMs))
    .sort(([, a], [, b]) => (a.tidied?.at ?? 0) - (b.tidied?.at ?? 0));
  const failures: PartFailed[] = [];
  for (const [id, state] of states) {
    if (turn.remainingMs() < reserveMs) break;
    try {
      await tidySync(ports, id, state, syncs.get(id));
    } catch (error) {
      failures.push(new PartFailed({ sync: id }, error));
    }
  }
  throwAll(failures);
}

/** Of a sync that is gone nothing is kept but its logs, until their days are over. */
const kept = (sync: Sync | undefined): Omit<Tidied, 'at'> => ({
  snapshotsToRetain: sync?.observability.snapshotsToRetain ?? 0,
  ...(sync && { logRetentionDays: sync.observability.logRetentionDays }),
});

function isDue(
  { tidied }: SyncState,
  sync: Sync | undefined,
  now: number,
  everyMs: number,
): boolean {
  if (!tidied || sinceMs(tidied.at, now) >= everyMs) return true;
  const { snapshotsToRetain, logRetentionDays } = kept(sync);
  return (
    tidied.snapshotsToRetain !== snapshotsToRetain || tidied.logRetentionDays !== logRetentionDays
  );
}

async function tidySync(
  ports: TidyPorts,
  id: string,
  { openRun }: SyncState,
  sync: Sync | undefined,
): Promise<void> {
  const now = ports.clock.now();
  const settings = kept(sync);
  await tidyRuns(ports, id, settings.snapshotsToRetain);
  const { left, isWhole } = await tidyLogs(ports, {
    sync: id,
    retainDays: settings.logRetentionDays,
    openRun: openRun?.run,
    now,
  });
  // Without logs there is nothing to be found by it.
  if (!sync && !openRun && left === 0) await ports.state.delete([logKeyObject(id)]);
  if (isWhole) await ports.runs.noteTidied(id, { at: now, ...settings });
}
