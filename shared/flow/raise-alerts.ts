/** Tells somebody of runs that end badly. At least once: an alert that is told again bears the same id. */

import type { Run, RunResult } from '../contracts/run.ts';
import { runStatuses } from '../contracts/run-status.ts';
import { AlertSettings } from '../contracts/sync.ts';
import { alertOfEnd, isToldAlready, wellAgainAlert } from '../domain/run/alert.ts';
import type { ConfigStore } from '../ports/configurations.ts';
import type { RunStore } from '../ports/runs.ts';
import type { Alerts } from '../ports/world.ts';

export interface AlertPorts {
  readonly runs: Pick<RunStore, 'getState' | 'getRun'>;
  readonly configs: Pick<ConfigStore, 'getSync'>;
  readonly alerts: Alerts;
}

/** For a run that is closed, and whose lease is not free yet. */
export async function raiseForEnd(ports: AlertPorts, run: Run, result: RunResult): Promise<void> {
  const kind = runStatuses[result.status].alert;
  if (!kind) return raiseWell(ports, run, result);
  const state = await ports.runs.getState(run.sync);
  const alerts = await alertSettings(ports, run);
  const context = { alerts, succeededAt: state.succeededAt };
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

/** A run that ended well after one that had not: whoever was told of that is told of this. */
async function raiseWell(ports: AlertPorts, run: Run, result: RunResult): Promise<void> {
  if (run.task.kind === 'dry-run' || !runStatuses[result.status].isSuccess) return;
  const { lastEnd, succeededAt } = await ports.runs.getState(run.sync);
  if (lastEnd?.run === undefined || !runStatuses[lastEnd.status].alert) return;
  const before = await ports.runs.getRun(run.sync, lastEnd.run);
  const alerts = await alertSettings(ports, run);
  const told = before?.result && alertOfEnd(before, before.result, { alerts, succeededAt });
  if (told) await ports.alerts.raise(wellAgainAlert(run, told.code));
}

const alertSettings = async ({ configs }: AlertPorts, { sync }: Run) =>
  (await configs.getSync(sync))?.alerts ?? AlertSettings.parse({});

const endOf = ({ closedAt, movedAt }: Run) => closedAt ?? movedAt;
