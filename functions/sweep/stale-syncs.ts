/** Tells of syncs whose data is too old: once, and again when it is new. */

import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { freshAlert, staleAlert } from '../../shared/domain/run/alert.ts';
import { dataOf, type NextTimes, staleFrom } from '../../shared/domain/run/data-age.ts';
import { PartFailed, throwAll } from '../../shared/flow/part-failed.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import type { Alerts, Clock } from '../../shared/ports/world.ts';

export interface StalePorts {
  readonly runs: Pick<RunStore, 'listStates' | 'keepStale'>;
  readonly configs: Pick<ConfigStore, 'listSyncs'>;
  readonly alerts: Alerts;
  readonly clock: Pick<Clock, 'now'>;
  readonly nextTimes: NextTimes;
}

export async function raiseStale(ports: StalePorts): Promise<void> {
  const watched = (await ports.configs.listSyncs()).items.filter(
    ({ enabled, alerts, schedule }) =>
      enabled && (alerts.withoutSuccessHours !== undefined || schedule.type !== 'manual'),
  );
  if (watched.length === 0) return;
  const failures: PartFailed[] = [];
  const { states, unreadable } = await ports.runs.listStates();
  const unknown = new Set(unreadable.map(({ id }) => id));
  for (const sync of watched) {
    if (unknown.has(sync.id)) continue;
    try {
      await look(ports, sync, states.get(sync.id) ?? noState);
    } catch (error) {
      failures.push(new PartFailed({ sync: sync.id }, error));
    }
  }
  throwAll(failures);
}

const noState: SyncState = { epoch: 0, marker: false };

async function look(ports: StalePorts, sync: Sync, state: SyncState): Promise<void> {
  const now = ports.clock.now();
  const { stale } = state;
  const dataAt = dataOf(sync, state);
  const since = dataAt ?? stale?.since;
  if (since === undefined) {
    // There never was any: the time begins now.
    await ports.runs.keepStale(sync.id, undefined, { since: now, told: false });
    return;
  }
  const from = staleFrom(sync, since, state, ports.nextTimes);
  const isTold = stale?.since === since && stale.told;
  if (from === undefined || now < from) {
    if (stale?.told && !isTold) {
      await ports.alerts.raise(freshAlert(sync.id, since));
      await ports.runs.keepStale(sync.id, stale.since, { since, told: false });
    }
    return;
  }
  if (isTold) return;
  await ports.alerts.raise(staleAlert(sync.id, since, dataAt === undefined, now));
  await ports.runs.keepStale(sync.id, stale?.since, { since, told: true });
}
