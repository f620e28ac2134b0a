import { Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import { type Synthesised, synthesise } from './synthesised.ts';

const snapshotBuckets = [{ name: 'exports' }];
const bare = synthesise();
const fed = synthesise({ settings: { snapshotBuckets } });
const findings = (app: IConstruct) =>
  new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);

test('the stack breaks no rule of AWS Solutions that is not answered for', () => {
  expect(findings(bare.app)).toEqual([]);
  expect(findings(fed.app)).toEqual([]);
});

test('the rules do find what is wrong', () => {
  const { app, stack } = synthesise();
  new Bucket(stack, 'Careless');
  expect(findings(app)).toEqual(expect.arrayContaining(['AwsSolutions-S1', 'AwsSolutions-S10']));
});

test('every rule that is answered for has a reason, and only these are', () => {
  const answers = new Map<string, string>();
  for (const { node } of fed.stack.node.findAll()) {
    for (const { type, data } of node.metadata) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries<string>(data)) answers.set(id, reason);
    }
  }
  const rules = [...answers.keys()].map((id) => id.replace(/^Annotation::/, '').split('[')[0]);
  expect([...new Set(rules)].sort()).toEqual([
    'AwsSolutions-IAM5',
    'AwsSolutions-S1',
    'AwsSolutions-SQS3',
  ]);
  for (const reason of answers.values()) expect(reason.length).toBeGreaterThan(30);
});

test('outputs name what an operator needs', () => {
  const values = Object.entries(bare.outputs).map(([name, { Value }]) => [name, Value]);
  expect(Object.fromEntries(values)).toEqual({
    LogDatabase: 'mirror',
    LogWorkGroup: 'mirror-logs',
    ApiUrl: expect.stringContaining('<HttpApi/Http>.execute-api.'),
    AlertTopicArn: '<Alerts/Topic>',
    AlertBus: '<Alerts/Bus>',
    AlertDeadLetters: '<Alerts/DeadLetters>',
    StateBucket: '<Storage/State>',
    LogBucket: '<Storage/Logs>',
    KeyArn: '<Storage/Key>',
    TableName: '<Storage/Table>',
    PlanQueueUrl: '<Queues/Plan>',
    SendQueueUrl: '<Queues/Send>',
    CloseQueueUrl: '<Queues/Close>',
    StartRunFunction: '<StartRun/Function>',
    StartRunFunctionArn: '<StartRun/Function>',
    StartDeadLettersArn: '<Schedules/DeadLetters>',
    ScheduleGroup: '<Schedules/Group>',
    ScheduleRoleArn: '<Schedules/Role>',
    SecretPrefix: 'mirror/',
  });
});

test('without a snapshot bucket the stack is made, and says how to add one', () => {
  const told = ({ stack }: Synthesised) =>
    stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata.filter(({ type }) => type === 'aws:cdk:info'))
      .map(({ data }) => data);
  expect(told(bare)).toEqual([expect.stringContaining('"snapshotBuckets": ["my-exports"]')]);
  expect(told(fed)).toEqual([]);
});

test('the stack belongs to no account or region, and every resource bears its name', () => {
  const { stack, one } = bare;
  expect(stack.environment).toBe('aws://unknown-account/unknown-region');
  expect(one('AWS::DynamoDB::Table', 'Storage/Table').Tags).toEqual([
    { Key: 'application', Value: 'mirror' },
  ]);
});

test('the stack is guarded against removal where that is asked for', () => {
  expect(bare.stack.terminationProtection).toBe(false);
  expect(
    synthesise({ settings: { terminationProtection: true } }).stack.terminationProtection,
  ).toBe(true);
});

/** What CloudFormation takes a physical name from, as far as the stack's types have one. */
const nameOf = (properties: Readonly<Record<string, unknown>>, type: string) =>
  properties['Name'] ?? properties[`${type.split('::')[2]}Name`];

test('destroyed, or failed the first time, the stack can be deployed again: what stays has no name of its own', () => {
  const kept = bare.resources.filter(
    ({ deletionPolicy = 'Delete' }) => deletionPolicy !== 'Delete',
  );
  expect(kept.map(({ name }) => name).sort()).toEqual([
    'Storage/Key',
    'Storage/Logs',
    'Storage/State',
    'Storage/Table',
  ]);
  for (const { name, type, properties, deletionPolicy } of kept) {
    expect(deletionPolicy, name).toBe('RetainExceptOnCreate');
    expect(nameOf(properties, type), name).toBeUndefined();
    // What is protected, CloudFormation cannot take back either.
    expect(properties.DeletionProtectionEnabled ?? false, name).toBe(false);
  }
});

test('nothing stays of a trial', () => {
  const trial = synthesise({ settings: { keepData: false } });
  expect(
    trial.resources.filter(({ deletionPolicy = 'Delete' }) => deletionPolicy !== 'Delete'),
  ).toEqual([]);
});
