/** Tells somebody of runs that end badly. At least once: an alert that is told again bears the same id. */

import type { Run, RunResult } from '../contracts/run.ts';
import { runStatuses } from '../contracts/run-status.ts';
import { AlertSettings } from '../contracts/sync.ts';
import { alertOfEnd, isToldAlready } from '../domain/run/alert.ts';
import type { ConfigStore } from '../ports/configurations.ts';
import type { RunStore } from '../ports/runs.ts';
import type { Alerts } from '../ports/world.ts';

export interface AlertPorts {
  readonly runs: Pick<RunStore, 'getState' | 'getRun'>;
  readonly configs: Pick<ConfigStore, 'getSync'>;
  readonly alerts: Alerts;
}

/** For a run that is closed, and whose lease is not free yet. Costs nothing where the run ended well. */
export async function raiseForEnd(ports: AlertPorts, run: Run, result: RunResult): Promise<void> {
  const kind = runStatuses[result.status].alert;
  if (!kind) return;
  const sync = await ports.configs.getSync(run.sync);
  const state = await ports.runs.getState(run.sync);
  const context = {
    alerts: sync?.alerts ?? AlertSettings.parse({}),
    succeededAt: state.succeededAt,
  };
  const alert = alertOfEnd(run, result, context);
  if (!alert) return;
  if (kind.isToldEachTime) return ports.alerts.raise(alert);
  const { lastRun } = state;
  const before =
    lastRun !== undefined && lastRun !== run.id
      ? await ports.runs.getRun(run.sync, lastRun)
      : undefined;
  const told = before?.result && alertOfEnd(before, before.result, context);
  if (before && told && isToldAlready(alert, endOf(run), told, endOf(before))) return;
  await ports.alerts.raise(alert);
}

const endOf = ({ closedAt, movedAt }: Run) => closedAt ?? movedAt;
