import type { Run, RunResult } from '../contracts/run.ts';
import { runStatuses } from '../contracts/run-status.ts';
import { lagOf } from '../domain/run/figures.ts';
import { summarise } from '../domain/words/errors.ts';
import { logger } from './logger.ts';
import { countEnd } from './metrics.ts';

/** One line for each run that ends: what it ended as and why, in our words only; and its metrics. */
export async function logEnd(run: Run, result: RunResult): Promise<void> {
  const { status, error, counts, mirror, sent } = result;
  const line = {
    sync: run.sync,
    run: run.id,
    trigger: run.trigger,
    task: run.task.kind,
    status,
    code: error?.code,
    detail: error?.message,
    counts,
    sent,
    members: mirror?.members,
    lagSeconds: lagOf(run, result),
  };
  logger[runStatuses[status].logLevel]('run ended', line);
  countEnd(run, result);
}

/** The run is over; what it no longer keeps goes later. */
export function logUntidy(error: unknown): void {
  const { code, message: detail } = summarise(error);
  logger.warn('not tidied', { code, detail });
}
