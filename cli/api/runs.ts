/** Runs as the API tells of them. */

import { z } from 'zod';
import { Counts, ErrorSummary, Sent } from '../../shared/contracts/counts.ts';
import { DryRunReport } from '../../shared/contracts/dry-run.ts';
import { RunPhase } from '../../shared/contracts/run.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import type { Api } from './client.ts';
import { pagesOf } from './pages.ts';

const count = z.number();

const ReasonCount = z.object({ code: z.string(), reason: z.string(), count });

export const RunView = z.object({
  id: z.string(),
  sync: z.string(),
  trigger: z.string(),
  task: z.object({ kind: z.string(), full: z.boolean().optional() }),
  phase: RunPhase,
  /** Absent while it is open. */
  status: RunStatus.optional(),
  startedAt: z.string(),
  closedAt: z.string().optional(),
  deadline: z.string().optional(),
  /** While it waits for its platform. */
  waiting: z
    .object({ since: z.string(), code: z.string(), reason: z.string(), nextAt: z.string() })
    .optional(),
  /** While it waits for jobs of its platform. */
  jobs: z
    .object({
      open: count,
      records: count,
      since: z.string(),
      nextAt: z.string(),
      until: z.string(),
    })
    .optional(),
  error: ErrorSummary.optional(),
  counts: Counts.optional(),
  sent: Sent.optional(),
  reasons: z.array(ReasonCount).optional(),
  warnings: z.array(ReasonCount).optional(),
  progress: z.object({ chunks: count, settled: count }).optional(),
});
export type RunView = z.infer<typeof RunView>;

const Page = z.object({ items: z.array(RunView), next: z.string().optional() });

const runsOf = (sync: string) => `/syncs/${encodeURIComponent(sync)}/runs`;
export const runPath = (sync: string, run: string): string =>
  `${runsOf(sync)}/${encodeURIComponent(run)}`;

export interface StartOptions {
  readonly dryRun?: boolean;
  readonly full?: boolean;
}

export async function startRun(api: Api, sync: string, body: StartOptions): Promise<RunView> {
  return RunView.parse((await api.send({ method: 'POST', path: runsOf(sync), body })).body);
}

export async function readRun(api: Api, sync: string, run: string): Promise<RunView> {
  return RunView.parse((await api.send({ method: 'GET', path: runPath(sync, run) })).body);
}

/** Newest first. */
export async function* listRuns(api: Api, sync: string): AsyncGenerator<RunView> {
  for await (const { items } of pagesOf(api, runsOf(sync), Page, { limit: '50' })) yield* items;
}

/** What is done to a run that is there. */
export async function actOnRun(
  api: Api,
  sync: string,
  run: string,
  action: 'cancel' | 'approve',
): Promise<RunView> {
  const path = `${runPath(sync, run)}/${action}`;
  return RunView.parse((await api.send({ method: 'POST', path })).body);
}

/** Of a dry run that is over. */
export async function readReport(api: Api, sync: string, run: string): Promise<DryRunReport> {
  const path = `${runPath(sync, run)}/report`;
  return DryRunReport.parse((await api.send({ method: 'GET', path })).body);
}
