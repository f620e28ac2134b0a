/** Figures of runs and syncs, for metrics. What is 0 is left out: a metric costs for each hour in which it is published. */

import type { Counts } from '../../contracts/counts.ts';
import type { MetricName } from '../../contracts/metrics.ts';
import type { Run, RunResult } from '../../contracts/run.ts';
import { runStatuses } from '../../contracts/run-status.ts';
import { changesOf, totalOf } from './counts.ts';

export interface Figure {
  readonly name: MetricName;
  readonly value: number;
}

/** None of a dry run: it sends nothing, whatever it finds. */
export function figuresOfEnd(run: Run, result: RunResult): Figure[] {
  if (run.task.kind === 'dry-run') return [];
  const { metric, isSending } = runStatuses[result.status];
  const lag = lagOf(run, result);
  return [
    ...(metric ? [{ name: metric, value: 1 }] : []),
    ...(result.counts && isSending ? figuresOfCounts(result.counts) : []),
    ...(lag === undefined ? [] : [{ name: 'SnapshotLag' as const, value: lag }]),
    ...(result.sent?.retries ? [{ name: 'Retries' as const, value: result.sent.retries }] : []),
  ];
}

function figuresOfCounts(counts: Counts): Figure[] {
  const figures: Figure[] = [
    { name: 'Changes', value: changesOf(counts) },
    { name: 'Delivered', value: totalOf(counts, 'delivered') },
    { name: 'Rejected', value: totalOf(counts, 'rejected') },
    { name: 'Uncertain', value: totalOf(counts, 'uncertain') },
    { name: 'Unsent', value: totalOf(counts, 'unsent') },
    { name: 'Invalid', value: counts.snapshot.invalid + totalOf(counts, 'invalid') },
  ];
  return figures.filter(({ value }) => value > 0);
}

/** Seconds; undefined where the run mirrored no new snapshot. */
export function lagOf({ snapshot, closedAt }: Run, { mirror }: RunResult): number | undefined {
  if (!mirror || !snapshot || closedAt === undefined) return undefined;
  return Math.max(0, closedAt - snapshot.writtenAt) / 1_000;
}
