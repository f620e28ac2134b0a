/** The metrics that the dashboard shows and the alarms watch: the functions' own, and those of the services. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Rule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type MetricName, metricDimension, metricNamespace } from '../shared/contracts/metrics.ts';
import type { MirrorFunction } from './mirror-function.ts';
import { ownName } from './own-name.ts';

const fiveMinutes = Duration.minutes(5);

/** What the functions publish for all syncs of this stack. */
export const published = (scope: Construct, name: MetricName, statistic = 'Sum'): Metric =>
  new Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap: { [metricDimension]: ownName(scope) },
    statistic,
    period: fiveMinutes,
    label: statistic === 'Sum' ? name : `${name} ${statistic}`,
  });

export const ofFunction = (
  { lambda, node }: MirrorFunction,
  metricName: 'Errors' | 'Throttles' | 'Invocations' | 'Duration',
): Metric =>
  lambda.metric(metricName, {
    statistic: metricName === 'Duration' ? 'Maximum' : 'Sum',
    period: fiveMinutes,
    label: node.id,
  });

/** The most there were. */
export const waiting = (queue: IQueue): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({
    statistic: 'Maximum',
    period: fiveMinutes,
    label: queue.node.id,
  });

/**
 * Both dimensions, as the rule stands on a bus of its own: with the rule's name alone they are of the account's default bus.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export const ofRule = (
  { ruleName }: Rule,
  EventBusName: string,
  metricName: 'FailedInvocations' | 'InvocationsFailedToBeSentToDlq',
): Metric =>
  new Metric({
    namespace: 'AWS/Events',
    metricName,
    dimensionsMap: { EventBusName, RuleName: ruleName },
    statistic: 'Sum',
    period: fiveMinutes,
    label: metricName,
  });

export const ofApi = (apiId: string, metricName: '4xx' | '5xx' | 'Count'): Metric =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: apiId },
    statistic: 'Sum',
    period: fiveMinutes,
    label: metricName,
  });

/** Alarms take the sum of up to ten; where one has no data it counts as 0. */
export function sumOf(label: string, metrics: readonly Metric[]): MathExpression {
  const names = metrics.map((_, index) => `m${index}`);
  return new MathExpression({
    expression: names.map((name) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [names[index] ?? '', metric])),
    period: fiveMinutes,
    label,
  });
}
