/** Tells of syncs that had no successful run for longer than they put up with: once, until one succeeds again. */

import { runStatuses } from '../../shared/contracts/run-status.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { alertOfEnd, staleAlert } from '../../shared/domain/run/alert.ts';
import { PartFailed, throwAll } from '../../shared/flow/part-failed.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import type { Alerts, Clock } from '../../shared/ports/world.ts';

export interface StalePorts {
  readonly runs: Pick<RunStore, 'getState' | 'listStates' | 'listRuns' | 'keepStale'>;
  readonly configs: Pick<ConfigStore, 'listSyncs'>;
  readonly alerts: Alerts;
  readonly clock: Clock;
}

/** Newest runs that are looked through for one that was good enough. */
const lookedAt = 50;

export async function raiseStale(ports: StalePorts): Promise<void> {
  const watched = (await ports.configs.listSyncs()).items.filter(
    ({ enabled, alerts }) => enabled && alerts.withoutSuccessHours !== undefined,
  );
  if (watched.length === 0) return;
  const failures: PartFailed[] = [];
  const { states, unreadable } = await ports.runs.listStates();
  const unknown = new Set(unreadable.map(({ id }) => id));
  for (const sync of watched) {
    if (unknown.has(sync.id)) continue;
    try {
      await look(ports, sync, states.get(sync.id));
    } catch (error) {
      failures.push(new PartFailed({ sync: sync.id }, error));
    }
  }
  throwAll(failures);
}

async function look(ports: StalePorts, sync: Sync, state: SyncState | undefined): Promise<void> {
  const now = ports.clock.now();
  const allowedMs = (sync.alerts.withoutSuccessHours ?? 0) * 3_600_000;
  const { succeededAt, stale } = state ?? {};
  if (succeededAt !== undefined && now - succeededAt <= allowedMs) return;
  const goodAt = (await lastGoodRun(ports, sync, succeededAt)) ?? succeededAt;
  const since = goodAt ?? stale?.since;
  if (since === undefined) {
    // None ever succeeded: the time begins now.
    await ports.runs.keepStale(sync.id, undefined, { since: now, told: false });
    return;
  }
  if (now - since <= allowedMs || (stale?.since === since && stale.told)) return;
  await ports.alerts.raise(staleAlert(sync.id, since, goodAt === undefined, now));
  await ports.runs.keepStale(sync.id, stale?.since, { since, told: true });
}

/** One that is alerted of above a share only is good enough below it: a few bad rows make every run partial. */
async function lastGoodRun(
  { runs }: StalePorts,
  { id, alerts }: Sync,
  succeededAt: number | undefined,
): Promise<number | undefined> {
  const good = (await runs.listRuns(id, lookedAt)).items.find(
    (run) =>
      run.result !== undefined &&
      runStatuses[run.result.status].alert?.onlyAbove !== undefined &&
      !alertOfEnd(run, run.result, { alerts, succeededAt }),
  );
  const at = good?.closedAt;
  return at !== undefined && at > (succeededAt ?? 0) ? at : undefined;
}
