/** What is told of each run that ends. Nothing of it may keep a run from ending. */
import type { Run, RunResult } from '../contracts/run.ts';
import { summarise } from '../domain/words/errors.ts';
import { raiseForEnd } from '../flow/raise-alerts.ts';
import { tellOfEnd } from '../flow/tell-webhooks.ts';
import { alerts, tellPorts } from './alerts.ts';
import { logger } from './logger.ts';
import { logEnd } from './run-log.ts';
import { configs, runs } from './stores.ts';

export async function tellEnd(run: Run, result: RunResult): Promise<void> {
  await logEnd(run, result);
  const told = await Promise.allSettled([
    raiseForEnd({ runs: runs(), configs: configs(), alerts: alerts() }, run, result),
    tellOfEnd(tellPorts(), run, result),
  ]);
  for (const each of told) {
    if (each.status === 'fulfilled') continue;
    const { code, message: detail } = summarise(each.reason);
    logger.error('alert failed', { sync: run.sync, run: run.id, code, detail });
  }
}
