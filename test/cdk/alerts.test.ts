/** Alerts become mail: the bus, the rule, what it makes of an event, and the topic. */
import { expect, test } from 'vitest';
import { Alert, alertSource, deliveriesDue } from '../../shared/contracts/alert.ts';
import { SweepEvent } from '../../shared/contracts/messages.ts';
import { deadLetterAlert, staleAlert } from '../../shared/domain/run/alert.ts';
import { synthesise } from './synthesised.ts';

const { one, all } = synthesise({ settings: { alertEmail: 'ops@example.com' } });
const topic = one('AWS::SNS::Topic', 'Alerts/Topic');
const rule = one('AWS::Events::Rule', 'Alerts/Rule');
const [target] = rule.Targets;

test('every alert on the bus goes to the topic, and nothing else does', () => {
  expect(rule).toMatchObject({
    EventBusName: '<Alerts/Bus>',
    EventPattern: { source: [alertSource], 'detail-type': [{ 'anything-but': [deliveriesDue] }] },
    State: 'ENABLED',
  });
  expect(rule.Targets).toHaveLength(1);
  expect(target.Arn).toBe('<Alerts/Topic>');
  expect(target).not.toHaveProperty('RoleArn');
});

test('what waits for webhooks wakes sweep, which then does nothing else', () => {
  const deliveries = one('AWS::Events::Rule', 'Alerts/Deliveries');
  expect(deliveries.EventPattern).toEqual({
    source: [alertSource],
    'detail-type': [deliveriesDue],
  });
  expect(deliveries.Targets).toMatchObject([
    { Arn: '<Sweep/Function>', Input: JSON.stringify({ deliver: true }) },
  ]);
  expect(SweepEvent.parse({ deliver: true })).toEqual({ deliver: true });
});

/** As EventBridge does it: each path's value is put in its place, and nothing where there is none. */
function transform(alert: Alert): string {
  const { InputPathsMap, InputTemplate } = target.InputTransformer;
  return InputTemplate.replaceAll(/<([^<>]+)>/g, (whole: string, name: string) => {
    const path = InputPathsMap[name];
    if (path === undefined) return whole;
    const [, field] = /^\$\.detail\.(\w+)$/.exec(path) ?? [];
    return String(Object.entries(alert).find(([key]) => key === field)?.[1] ?? '');
  });
}

test('the mail says what, since when, how many, what to do, and where to look', () => {
  const at = Date.UTC(2026, 4, 3, 6);
  const lines = transform(staleAlert('customers', at, false, at + 30 * 3_600_000)).split('\n');
  expect(lines).toEqual([
    '"Audience Mirror: Data is old: sync customers"',
    '"The data of the sync customers is older than it should be. The platform is as of the snapshot that was written at 2026-05-03T06:00:00.000Z, 30 hours ago. Look at the export first: runs that end as unchanged find no newer snapshot. Then at the newest run: it was skipped, held or failed, or none was started. This is told once, until newer data is mirrored."',
    '"Since 2026-05-03T06:00:00.000Z, 30 hours since the data was written (sync-stale)"',
    expect.stringMatching(/^"Look here: https:.*\/syncs\/customers"$/),
  ]);
});

test('no text of an alert breaks a line of the mail, or its quotes', () => {
  const alert = deadLetterAlert({
    id: 'm1',
    queue: 'send',
    sync: undefined,
    run: undefined,
    sentAt: 0,
    count: 1,
    of: 'messages',
    said: 'The "name"\nof C:\\x\u0000 is odd.',
  });
  expect(Alert.parse(alert)).toEqual(alert);
  for (const line of transform(alert).split('\n')) expect(line).toMatch(/^"[^"\\]*"$/);
});

test('the topic is encrypted, and takes messages over TLS, from this rule and the alarms only', () => {
  expect(topic.KmsMasterKeyId).toBe('<Alerts/Key>');
  const { Statement } = one('AWS::SNS::TopicPolicy', 'Alerts/Topic/Policy').PolicyDocument;
  expect(Statement).toHaveLength(3);
  expect(Statement).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      expect.objectContaining({
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': '<Alerts/Rule>' } },
      }),
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
      }),
    ]),
  );
  const services = one('AWS::KMS::Key', 'Alerts/Key').KeyPolicy.Statement.filter(
    ({ Principal }: { Principal: object }) => 'Service' in Principal,
  );
  // "Adding the aws:SourceAccount, aws:SourceArn, and aws:SourceOrgID to a AWS KMS policy is not supported for
  // EventBridge-to-encrypted topics." https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  const seal = { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: '*' };
  expect(services).toEqual([
    { ...seal, Principal: { Service: 'events.amazonaws.com' } },
    {
      ...seal,
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
    },
  ]);
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
test('an alert that the topic does not take is kept, and an alarm tells of it and of whatever else was not delivered', () => {
  expect(target.DeadLetterConfig).toEqual({ Arn: '<Alerts/DeadLetters>' });
  const { Statement } = one('AWS::SQS::QueuePolicy', 'Alerts/DeadLetters/Policy').PolicyDocument;
  expect(Statement).toContainEqual({
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '<Alerts/DeadLetters>',
    Condition: { ArnEquals: { 'aws:SourceArn': '<Alerts/Rule>' } },
  });
  const { Metrics, AlarmActions } = one('AWS::CloudWatch::Alarm', 'Operations/AlertsUndelivered');
  const watched = Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: object } }) =>
    MetricStat ? [MetricStat.Metric] : [],
  );
  const ofRule = [
    { Name: 'EventBusName', Value: '<Alerts/Bus>' },
    { Name: 'RuleName', Value: '<Alerts/Rule>' },
  ];
  expect(watched).toMatchObject([
    { Namespace: 'AWS/Events', MetricName: 'FailedInvocations', Dimensions: ofRule },
    { Namespace: 'AWS/Events', MetricName: 'InvocationsFailedToBeSentToDlq', Dimensions: ofRule },
    { MetricName: 'ApproximateNumberOfMessagesVisible' },
  ]);
  expect(AlarmActions).toEqual(['<Alerts/Topic>']);
});

test('who is named gets mail; without a name the topic waits for its subscribers', () => {
  expect([...all('AWS::SNS::Subscription').values()].map(({ properties }) => properties)).toEqual([
    { Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: '<Alerts/Topic>' },
  ]);
  expect(synthesise().all('AWS::SNS::Subscription').size).toBe(0);
});
