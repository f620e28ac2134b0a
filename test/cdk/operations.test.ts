import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alarmedMetrics } from '../../bench/cost/prices.ts';
import { type MetricName, metricNamespace, metricUnits } from '../../shared/contracts/metrics.ts';
import { env, functionNames, tidyMinutes } from '../../shared/contracts/wiring.ts';
import { project, synthesise } from './synthesised.ts';

const { all, one } = synthesise({ settings: { dashboard: true } });
const alarms = all('AWS::CloudWatch::Alarm');
const idOf = (name: string) => name.replace('Operations/', '');
const runbook = readFileSync(join(project, 'docs/runbook.md'), 'utf8');

/** Each metric of an alarm, also those of an expression. */
interface Watched {
  readonly MetricName: string;
  readonly Namespace: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}
const watched = (name: string): Watched[] => {
  const { Metrics = [], ...alone } = one('AWS::CloudWatch::Alarm', `Operations/${name}`);
  const stats = Metrics.flatMap((each: { MetricStat?: { Metric: Watched } }) =>
    each.MetricStat ? [each.MetricStat.Metric] : [],
  );
  return stats.length > 0 ? stats : [alone];
};
const targets = (name: string) => watched(name).map(({ Dimensions }) => Dimensions[0]?.Value);

test('docs/cost.md reckons with as many metrics as the alarms look at', () => {
  const metrics = [...alarms.keys()].flatMap((name) => watched(idOf(name)));
  expect(metrics).toHaveLength(alarmedMetrics);
});

describe('An alarm', () => {
  const sections = [...runbook.matchAll(/^### ([A-Z]\w+)$/gm)].map(([, name]) => name);

  test('has a section of its own in the runbook, and each section there is of an alarm', () => {
    expect([...alarms.keys()].map(idOf).sort()).toEqual(sections.sort());
  });

  test.each([...alarms.keys()])('%s says who is hurt, and where it is told what to do', (name) => {
    const { AlarmDescription } = one('AWS::CloudWatch::Alarm', name);
    expect(AlarmDescription).toMatch(
      new RegExp(`^[A-Z].{8,}: .+\\. What to do: docs/runbook\\.md#${idOf(name).toLowerCase()}$`),
    );
  });

  test('watches only what the functions publish, under the name of the stack', () => {
    for (const name of alarms.keys()) {
      for (const { Namespace, MetricName, Dimensions } of watched(idOf(name))) {
        if (Namespace !== metricNamespace) continue;
        expect(Object.keys(metricUnits)).toContain(MetricName);
        expect(Dimensions).toEqual([{ Name: 'service', Value: 'mirror' }]);
      }
    }
  });
});

test('each alarm tells the topic when it goes on and off', () => {
  for (const { properties } of alarms.values()) {
    expect(properties.AlarmActions).toEqual(['<Alerts/Topic>']);
    expect(properties.OKActions).toEqual(['<Alerts/Topic>']);
  }
});

test('every function is watched for crashes and throttles, and sweep for silence', () => {
  const every = [...all('AWS::Lambda::Function').keys()].map((name) => `<${name}>`).sort();
  expect(targets('FunctionsFailing').sort()).toEqual(every);
  expect(targets('FunctionsThrottled').sort()).toEqual(every);
  expect(watched('SweepStopped')).toMatchObject([{ MetricName: 'Invocations' }]);
  expect(one('AWS::CloudWatch::Alarm', 'Operations/SweepStopped')).toMatchObject({
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    EvaluationPeriods: 4,
  });
  expect(targets('SweepStopped')).toEqual(['<Sweep/Function>']);
});

test('tidy is watched for silence, by the hour in which it runs', () => {
  expect(one('AWS::CloudWatch::Alarm', 'Operations/TidyStopped')).toMatchObject({
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    EvaluationPeriods: 4,
  });
  const { Metrics } = one('AWS::CloudWatch::Alarm', 'Operations/TidyStopped');
  expect(
    JSON.stringify(Metrics ?? one('AWS::CloudWatch::Alarm', 'Operations/TidyStopped')),
  ).toContain(`"Period":${tidyMinutes * 60}`);
  expect(targets('TidyStopped')).toEqual(['<Tidy/Function>']);
});

test('docs/deploy.md counts what the stack has, and what watching it costs', () => {
  const deploy = readFileSync(join(project, 'docs/deploy.md'), 'utf8');
  const metrics = [...alarms.keys()].flatMap((name) => watched(idOf(name))).length;
  const price = (metrics * 0.1).toFixed(2);
  expect(deploy).toContain(
    `| alarms | ${alarms.size} alarms over ${metrics} metrics at $0.10 | ${price} |`,
  );
  expect(deploy).toContain(`| operations | ${alarms.size} alarms,`);
  const functions = [...all('AWS::Lambda::Function').keys()].length;
  expect(deploy).toContain(`| ${functions} functions | ${functionNames.join(', ')}: Node 24`);
});

test('every dead-letter queue is watched', () => {
  const queues = [...all('AWS::SQS::Queue').keys()].filter((name) => name.endsWith('DeadLetters'));
  expect(queues).toHaveLength(5);
  const names = ['DeadLetters', 'AlertsUndelivered']
    .flatMap(watched)
    .flatMap(({ Dimensions }) => Dimensions.filter(({ Name }) => Name === 'QueueName'))
    .map(({ Value }) => Value);
  expect(names.sort()).toEqual(queues.map((name) => `<${name}>`).sort());
});

test.each([
  ['RunsFailed', 'RunsFailed', 1],
  ['RunsHeld', 'RunsHeld', 1],
  ['StepsFailing', 'StepFailures', 5],
  ['WorkTooOld', 'OldestWorkAge', 6 * 3_600],
])('%s goes on at %s from %i on, and silence is no trouble', (alarm, MetricName, Threshold) => {
  expect(watched(alarm)).toMatchObject([{ Namespace: metricNamespace, MetricName }]);
  expect(one('AWS::CloudWatch::Alarm', `Operations/${alarm}`)).toMatchObject({
    Threshold,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
});

test('the API’s failures are watched', () => {
  expect(watched('ApiFailing')).toMatchObject([
    { Namespace: 'AWS/ApiGateway', MetricName: '5xx', Dimensions: [{ Value: '<HttpApi/Http>' }] },
  ]);
});

test('the dashboard shows every metric that is published, within the 50 that a free one may have', () => {
  const [dashboard] = all('AWS::CloudWatch::Dashboard').values();
  const body: string = dashboard?.properties.DashboardBody;
  const shown = (Object.keys(metricUnits) as MetricName[]).filter((name) =>
    body.includes(`"${name}"`),
  );
  const alone: MetricName[] = ['Changes', 'StepFailures'];
  expect([...shown, ...alone].sort()).toEqual(Object.keys(metricUnits).sort());
  const { widgets } = JSON.parse(body);
  const metrics = widgets.flatMap(
    (widget: { properties: { metrics?: unknown[] } }) => widget.properties.metrics ?? [],
  );
  expect(metrics.length).toBeLessThanOrEqual(50);
});

test('what a deployment does without is not made, and costs nothing', () => {
  const bare = synthesise({ settings: { alarms: false, dashboard: false } });
  expect(bare.all('AWS::CloudWatch::Alarm').size).toBe(0);
  expect(bare.all('AWS::CloudWatch::Dashboard').size).toBe(0);
});

test('traces are made only where they are wanted, and by all functions', () => {
  const traced = synthesise({ settings: { tracing: true, metricsBySync: true } });
  const functions = [...traced.all('AWS::Lambda::Function').values()];
  expect(functions.map(({ properties }) => properties.TracingConfig.Mode)).toEqual(
    functions.map(() => 'Active'),
  );
  for (const { properties } of functions) {
    expect(properties.Environment.Variables).toMatchObject({
      [env.tracing]: 'true',
      [env.metricsBySync]: 'true',
    });
  }
  const xray = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
  for (const { properties } of traced.all('AWS::IAM::Policy').values()) {
    const statements: { Action: unknown; Resource: unknown }[] =
      properties.PolicyDocument.Statement;
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(
      wide.flatMap(({ Action }) => [Action].flat()).every((each) => xray.includes(String(each))),
    ).toBe(true);
  }
  for (const { properties } of all('AWS::Lambda::Function').values()) {
    expect(properties.TracingConfig?.Mode ?? 'PassThrough').toBe('PassThrough');
  }
});
