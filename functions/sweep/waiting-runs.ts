/** Tells of runs that wait for their platform for longer than their sync puts up with: once for each wait. */

import type { Run } from '../../shared/contracts/run.ts';
import { AlertSettings } from '../../shared/contracts/sync.ts';
import { waitingAlert } from '../../shared/domain/run/alert.ts';
import { waitingOf } from '../../shared/domain/run/waiting.ts';
import { PartFailed, throwAll } from '../../shared/flow/part-failed.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import type { Alerts, Clock } from '../../shared/ports/world.ts';

export interface WaitingPorts {
  readonly runs: Pick<RunStore, 'listStates' | 'getRun' | 'moveRun'>;
  readonly configs: Pick<ConfigStore, 'getSync'>;
  readonly alerts: Alerts;
  readonly clock: Clock;
}

/** @throws AggregateError of PartFailed, at the end */
export async function raiseWaiting(ports: WaitingPorts): Promise<void> {
  const failures: PartFailed[] = [];
  for (const [sync, { openRun }] of (await ports.runs.listStates()).states) {
    if (!openRun) continue;
    try {
      const run = await ports.runs.getRun(sync, openRun.run);
      if (run) await look(ports, run);
    } catch (error) {
      failures.push(new PartFailed({ sync, run: openRun.run }, error));
    }
  }
  throwAll(failures);
}

async function look({ runs, configs, alerts, clock }: WaitingPorts, run: Run): Promise<void> {
  const waiting = waitingOf(run);
  if (!waiting || waiting.toldAt !== undefined) return;
  const sync = await configs.getSync(run.sync);
  const { waitingMinutes } = sync?.alerts ?? AlertSettings.parse({});
  const now = clock.now();
  if (now - waiting.since < waitingMinutes * 60_000) return;
  await alerts.raise(waitingAlert(run, waiting, now));
  await runs.moveRun(run, [run.phase], { waiting: { ...waiting, toldAt: now }, at: now });
}
