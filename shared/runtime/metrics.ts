/** CloudWatch metrics as lines of the functions' logs (embedded metric format). No line holds anything of a member. */

import { Metrics } from '@aws-lambda-powertools/metrics';
import type { HttpAnswer } from '../contracts/http.ts';
import { metricNamespace, metricUnits } from '../contracts/metrics.ts';
import type { Run, RunResult } from '../contracts/run.ts';
import { env } from '../contracts/wiring.ts';
import { type Figure, figuresOfEnd, lagOf } from '../domain/run/figures.ts';
import type { Clock, HttpSender } from '../ports/world.ts';
import { optionalSetting } from './environment.ts';
import { lazy } from './lazy.ts';

const make = () =>
  new Metrics({
    namespace: metricNamespace,
    serviceName: optionalSetting(env.stack) ?? 'audience-mirror',
  });

/** Of one invocation, until they are published. */
const gathered = lazy(make);

const add = (metrics: Metrics, { name, value }: Figure) =>
  metrics.addMetric(name, metricUnits[name], value);

export function count(...figures: readonly Figure[]): void {
  for (const figure of figures) add(gathered(), figure);
}

/** At the end of an invocation. */
export function publishMetrics(): void {
  if (gathered().hasStoredMetrics()) gathered().publishStoredMetrics();
}

/** Sync and run stand in the line, to be found by a query, and are no dimensions: those cost by the sync. */
export function countEnd(run: Run, result: RunResult): void {
  const figures = figuresOfEnd(run, result);
  publish(make().addMetadata('sync', run.sync).addMetadata('run', run.id), figures);
  if (optionalSetting(env.metricsBySync) !== 'true') return;
  const lag = lagOf(run, result);
  publish(make().addDimension('sync', run.sync), [
    ...(lag === undefined ? [] : [{ name: 'SnapshotLag' as const, value: lag }]),
    ...(result.mirror ? [{ name: 'Members' as const, value: result.mirror.members }] : []),
  ]);
}

function publish(metrics: Metrics, figures: readonly Figure[]): void {
  for (const figure of figures) add(metrics, figure);
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

/** Counts and times what really goes out. */
export const measured = (sender: HttpSender, clock: Pick<Clock, 'now'>): HttpSender => ({
  async send(request) {
    const startedAt = clock.now();
    const answer = await sender.send(request);
    if (wasSent(answer)) {
      count(
        { name: 'Requests', value: 1 },
        { name: 'RequestLatency', value: clock.now() - startedAt },
      );
    }
    return answer;
  },
});

const wasSent = (answer: HttpAnswer) =>
  answer.kind === 'answer' || (answer.kind === 'none' && answer.sent !== false);
