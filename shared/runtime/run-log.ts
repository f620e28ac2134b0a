import type { Run, RunResult } from '../contracts/run.ts';
import { logger } from './logger.ts';

/** One line for each run that ends: what it ended as and why, in our words only. */
export async function logEnd(
  { sync, id }: Run,
  { status, error, counts }: RunResult,
): Promise<void> {
  const line = { sync, run: id, status, code: error?.code, detail: error?.message, counts };
  if (status === 'failed' || status === 'held') logger.warn('run ended', line);
  else logger.info('run ended', line);
}
