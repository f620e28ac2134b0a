/** A run as the API shows it: what a person asks about, without claims, attempts and places of objects. */

import { z } from '@hono/zod-openapi';
import type { Accepted, PendingChunk } from '../../shared/contracts/chunk.ts';
import { Counts, ErrorSummary, ReasonCount, Sent } from '../../shared/contracts/counts.ts';
import { TrippedGuard } from '../../shared/contracts/guard.ts';
import { type Run, RunPhase, SendPhase, Trigger } from '../../shared/contracts/run.ts';
import { RunStatus, runStatuses } from '../../shared/contracts/run-status.ts';
import { waitingOf } from '../../shared/domain/run/waiting.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import { Moment, momentOf } from './moment.ts';

const howRunsEnd = RunStatus.options
  .map((status) => `\`${status}\`: ${runStatuses[status].meaning}.`)
  .join(' ');

const count = z.int().nonnegative();

export const WaitingView = z
  .strictObject({
    since: Moment,
    code: z.string(),
    reason: z
      .string()
      .describe("What became of the last request, with its method, URL and the platform's words."),
    nextAt: Moment.describe('When the next request goes.'),
    until: Moment.describe('When the run is closed with what it has.'),
  })
  .meta({ id: 'Waiting', description: 'A run waits for its platform.' });
export type WaitingView = z.infer<typeof WaitingView>;

export const JobsView = z
  .strictObject({
    open: count.describe('Jobs that are not over, of the chunks that are sent.'),
    records: count.describe('Changes in them: accepted, and not yet known.'),
    since: Moment.describe('When the first of them was accepted.'),
    nextAt: Moment.describe('When one of them is asked about next.'),
    until: Moment.describe(
      'When the last of them is given up, or the run is closed with what it has.',
    ),
  })
  .meta({ id: 'Jobs', description: 'A run waits for jobs of its platform.' });
export type JobsView = z.infer<typeof JobsView>;

export const RunView = z
  .strictObject({
    id: z.string(),
    sync: z.string(),
    trigger: Trigger,
    task: z
      .strictObject({
        kind: z.enum(['mirror', 'dry-run', 'adopt', 'rollback', 'empty', 'erase']),
        full: z.boolean().optional(),
        approves: z.string().optional(),
        to: z.string().optional(),
        erasure: z.string().optional().describe('Whose receipt tells more.'),
      })
      .describe('What it is to do.'),
    phase: RunPhase,
    status: RunStatus.optional().describe(`How it ended; absent while it is open. ${howRunsEnd}`),
    startedAt: Moment,
    movedAt: Moment.describe('When it entered its phase.'),
    closedAt: Moment.optional(),
    times: z
      .strictObject({
        planning: Moment.optional(),
        deleting: Moment.optional(),
        upserting: Moment.optional(),
        closing: Moment.optional(),
      })
      .describe('When it entered each phase.'),
    snapshot: z
      .strictObject({ identity: z.string(), writtenAt: Moment })
      .optional()
      .describe('The snapshot it is about.'),
    deadline: Moment.describe('When it is closed with what it has.'),
    waiting: WaitingView.optional().describe('While it waits for its platform.'),
    approvedBy: z.string().optional().describe('Of a held run: the run that went on in its place.'),
    error: ErrorSummary.optional(),
    guards: z
      .array(TrippedGuard)
      .optional()
      .describe('Of a held run: those that it tripped, the gravest first.'),
    counts: Counts.optional().describe(
      'Of the plan while it is open, of the end once it is closed.',
    ),
    reasons: z
      .array(
        ReasonCount.extend({
          example: z.string().optional().describe('The key of one member, as the log has it.'),
        }),
      )
      .optional()
      .describe('The most frequent failures; of one run alone each with an example.'),
    warnings: z
      .array(ReasonCount)
      .optional()
      .describe(
        'What went out otherwise than the export has it, though nothing failed: a value that no rule could read and that was left out.',
      ),
    jobs: JobsView.optional().describe('While it waits for jobs of the platform.'),
    sent: Sent.optional().describe('What went over the wire.'),
    progress: z
      .strictObject({
        phase: SendPhase,
        chunks: count.describe('Chunks of this phase.'),
        settled: count.describe('Those that are done.'),
        requests: z
          .strictObject({ all: count, done: count })
          .optional()
          .describe('Of this phase, where none is repeated or cut in halves; as chunks are done.'),
        records: z
          .strictObject({ all: count, done: count })
          .describe('Of this phase: changes, as chunks are done.'),
      })
      .optional()
      .describe('While it sends.'),
  })
  .meta({ id: 'Run' });
export type RunView = z.infer<typeof RunView>;

/** Answers of requests that start a run. */
export const runStarted = {
  description: 'Started; where another run is open, closed at once as `skipped`',
  headers: z.object({ location: z.string().describe('Path of the run.') }),
  content: { 'application/json': { schema: RunView } },
} as const;

/** Where it is read. */
export const placeOf = ({ sync, id }: Pick<RunView, 'sync' | 'id'>) => ({
  location: `/v1/syncs/${sync}/runs/${id}`,
});

export function runView(run: Run): RunView {
  const { result, plan, stop, closedAt, status } = run;
  const counts = result?.counts ?? plan?.counts;
  const warnings = result?.warnings ?? plan?.warnings;
  const error = result?.error ?? stop?.error;
  const waiting = waitingView(run);
  const guards = result?.setAside?.guards;
  return {
    id: run.id,
    sync: run.sync,
    trigger: run.trigger,
    task: taskView(run.task),
    phase: run.phase,
    ...(status && { status }),
    startedAt: momentOf(run.startedAt),
    movedAt: momentOf(run.movedAt),
    ...(closedAt !== undefined && { closedAt: momentOf(closedAt) }),
    times: timesOf(run),
    ...(run.snapshot && {
      snapshot: { ...run.snapshot, writtenAt: momentOf(run.snapshot.writtenAt) },
    }),
    deadline: momentOf(run.deadline),
    ...(waiting && { waiting }),
    ...(run.approvedBy !== undefined && { approvedBy: run.approvedBy }),
    ...(error && { error }),
    ...(guards && { guards }),
    ...(counts && { counts }),
    ...(result?.reasons && { reasons: result.reasons }),
    ...(warnings && { warnings }),
    ...(result?.sent && { sent: result.sent }),
  };
}

/** What it waits for; undefined where it does not. */
export function waitingView(run: Run): WaitingView | undefined {
  const waiting = waitingOf(run);
  if (!waiting) return undefined;
  const { since, code, reason, nextAt } = waiting;
  const until = momentOf(run.deadline);
  return { since: momentOf(since), code, reason, nextAt: momentOf(nextAt), until };
}

function timesOf({ planningAt, deletingAt, upsertingAt, closingAt }: Run): RunView['times'] {
  return {
    ...(planningAt !== undefined && { planning: momentOf(planningAt) }),
    ...(deletingAt !== undefined && { deleting: momentOf(deletingAt) }),
    ...(upsertingAt !== undefined && { upserting: momentOf(upsertingAt) }),
    ...(closingAt !== undefined && { closing: momentOf(closingAt) }),
  };
}

function taskView(task: Run['task']): RunView['task'] {
  const { kind } = task;
  switch (kind) {
    case 'mirror':
      return {
        kind,
        ...(task.full && { full: true }),
        ...(task.approves !== undefined && { approves: task.approves }),
      };
    case 'dry-run':
      return { kind, ...(task.full && { full: true }) };
    case 'rollback':
      return {
        kind,
        to: task.to,
        ...(task.approves !== undefined && { approves: task.approves }),
      };
    case 'erase':
      return { kind, erasure: task.erasure };
    case 'adopt':
    case 'empty':
      return { kind };
  }
}

/** The same with how far the phase is. */
export async function runWithProgress(runs: RunStore, run: Run): Promise<RunView> {
  const { plan, phase } = run;
  if (!plan || (phase !== 'deleting' && phase !== 'upserting')) return runView(run);
  const pending = await runs.listPending(run, plan.attempt, phase);
  const left = pending.items.length + pending.unreadable.length;
  const sum = (each: (chunk: PendingChunk) => number) =>
    pending.items.reduce((total, chunk) => total + each(chunk), 0);
  const done = (all: number, open: number) => ({ all, done: Math.max(0, all - open) });
  const requests = plan.requests?.[phase];
  const progress = {
    phase,
    chunks: plan.chunks[phase],
    settled: Math.max(0, plan.chunks[phase] - left),
    ...(requests !== undefined && {
      requests: done(
        requests,
        sum((chunk) => chunk.requests ?? 0),
      ),
    }),
    records: done(
      plannedIn(plan.counts, phase),
      sum((chunk) => chunk.changes),
    ),
  };
  const jobs = jobsView(run, pending.items);
  return { ...runView(run), progress, ...(jobs && { jobs }) };
}

/** Undefined where it waits for none. */
function jobsView(run: Run, pending: readonly PendingChunk[]): JobsView | undefined {
  const waiting = pending.flatMap(({ accepted, waitUntil }) =>
    accepted ? [{ ...accepted, nextAt: waitUntil ?? run.movedAt }] : [],
  );
  if (waiting.length === 0) return undefined;
  const sum = (each: (chunk: Accepted) => number) =>
    waiting.reduce((total, chunk) => total + each(chunk), 0);
  return {
    open: sum(({ jobs }) => jobs),
    records: sum(({ records }) => records),
    since: momentOf(Math.min(...waiting.map(({ since }) => since))),
    nextAt: momentOf(Math.min(...waiting.map(({ nextAt }) => nextAt))),
    until: momentOf(Math.min(run.deadline, Math.max(...waiting.map(({ until }) => until)))),
  };
}

/** Changes of a plan that its chunks of this phase hold. */
const plannedIn = ({ insert, reinsert, update, delete: removed }: Counts, phase: SendPhase) =>
  phase === 'deleting' ? removed.unsent : insert.unsent + reinsert.unsent + update.unsent;
