import { expect, test } from 'vitest';
import { synthesise } from './synthesised.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';
const { all } = synthesise({
  settings: { snapshotBuckets: [{ name: 'plain-exports' }, { name: 'locked-exports', keyArn }] },
});

const ownLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const items = (...more: string[]) =>
  ['GetItem', 'Query', 'UpdateItem', ...more].map((action) => `dynamodb:${action}`).sort();
const send = ['sqs:SendMessage'];
const takeAndReturn = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];
const takeOut = ['sqs:DeleteMessage', 'sqs:ReceiveMessage'];
const tell = { '<Alerts/Bus>': ['events:PutEvents'] };
const seal = ['kms:Decrypt', 'kms:GenerateDataKey'];
const snapshots = {
  'arn:<AWS::Partition>:s3:::plain-exports': ['s3:ListBucket'],
  'arn:<AWS::Partition>:s3:::plain-exports/*': ['s3:GetObject'],
  'arn:<AWS::Partition>:s3:::locked-exports': ['s3:ListBucket'],
  'arn:<AWS::Partition>:s3:::locked-exports/*': ['s3:GetObject'],
  [keyArn]: ['kms:Decrypt'],
};

const anySchedule = (group: string) =>
  `arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${group}/*`;
const group = '<Schedules/Group>';
const manageSchedules = {
  [anySchedule(group)]: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
  [anySchedule('*')]: ['scheduler:ListSchedules'],
  '<Schedules/Role>': ['iam:PassRole'],
};

/** Who may do what: each role, each resource, each action. Nothing else is allowed. */
const permissions: Record<string, Record<string, string[]>> = {
  'StartRun/Role': {
    ...snapshots,
    ...tell,
    '<StartRun/Logs>': ownLog,
    '<Storage/Table>': items('PutItem'),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:GetObject', 's3:PutObject'],
    '<Queues/Plan>': send,
    '<Schedules/DeadLetters>': send,
  },
  'PlanRun/Role': {
    ...snapshots,
    ...tell,
    '<PlanRun/Logs>': ownLog,
    '<Storage/Table>': items('BatchWriteItem'),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    '<Storage/State>/mirrors/*': ['s3:GetObject'],
    '<Storage/State>/erasures/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    '<Queues/Plan>': takeAndReturn,
    '<Queues/Send>': send,
    '<Queues/Close>': send,
  },
  'SendChunk/Role': {
    '<SendChunk/Logs>': ownLog,
    '<Storage/Table>': items('PutItem', 'DeleteItem'),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:GetObject', 's3:PutObject'],
    '<Queues/Send>': [...takeAndReturn, ...send],
    '<Queues/Close>': send,
    'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:mirror/*': [
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
    ],
  },
  'CloseRun/Role': {
    ...tell,
    '<CloseRun/Logs>': ownLog,
    '<Storage/Table>': items('DeleteItem'),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    '<Storage/State>/history/*': ['s3:GetObject', 's3:PutObject'],
    '<Storage/State>/erasures/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    '<Storage/State>/log-keys/*': ['s3:GetObject', 's3:PutObject'],
    '<Storage/State>/mirrors/*': [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:PutObject',
    ],
    '<Storage/Logs>': ['s3:ListBucket'],
    '<Storage/Logs>/sync-logs/*': [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:PutObject',
    ],
    '<Queues/Close>': takeAndReturn,
  },
  'Sweep/Role': {
    ...snapshots,
    ...manageSchedules,
    ...tell,
    '<Sweep/Logs>': ownLog,
    'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:mirror/*': [
      'secretsmanager:GetSecretValue',
    ],
    '<Storage/Table>': items('PutItem', 'DeleteItem'),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:GetObject', 's3:PutObject'],
    '<Storage/State>/erasures/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    '<Queues/Plan>': send,
    '<Queues/Send>': send,
    '<Queues/PlanDeadLetters>': takeOut,
    '<Queues/SendDeadLetters>': takeOut,
    '<Queues/CloseDeadLetters>': takeOut,
    '<Schedules/DeadLetters>': takeOut,
    '<Queues/Close>': send,
  },
  'Api/Role': {
    ...snapshots,
    ...manageSchedules,
    ...tell,
    '<Api/Logs>': ownLog,
    'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:mirror/*': [
      'secretsmanager:CreateSecret',
      'secretsmanager:DeleteSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
    ],
    '<Storage/Table>': items('PutItem', 'DeleteItem'),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:GetObject', 's3:PutObject'],
    '<Storage/State>/erasures/*': ['s3:GetObject', 's3:PutObject'],
    '<Storage/State>/history/*': ['s3:GetObject'],
    '<Storage/State>/log-keys/*': ['s3:GetObject'],
    '<Storage/Logs>': ['s3:ListBucket'],
    '<Storage/Logs>/sync-logs/*': ['s3:GetObject'],
    '<Queues/Plan>': send,
    '<Queues/Close>': send,
  },
  'Tidy/Role': {
    '<Tidy/Logs>': ownLog,
    '<Storage/Table>': items(),
    '<Storage/Key>': seal,
    '<Storage/State>': ['s3:ListBucket'],
    '<Storage/State>/runs/*': ['s3:DeleteObject'],
    '<Storage/State>/mirrors/*': ['s3:DeleteObject'],
    '<Storage/State>/log-keys/*': ['s3:DeleteObject'],
    '<Storage/Logs>': ['s3:ListBucket'],
    '<Storage/Logs>/sync-logs/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
  },
  'Schedules/Role': {
    '<StartRun/Function>': ['lambda:InvokeFunction'],
    '<Schedules/DeadLetters>': send,
  },
  'Schedules/SweepRole': { '<Sweep/Function>': ['lambda:InvokeFunction'] },
  'Schedules/TidyRole': { '<Tidy/Function>': ['lambda:InvokeFunction'] },
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

const given = new Map([...all('AWS::IAM::Role').keys()].map((role) => [role, {}]));
const statements: Statement[] = [];
for (const { properties } of all('AWS::IAM::Policy').values()) {
  statements.push(...properties.PolicyDocument.Statement);
  const found = new Map<string, Set<string>>();
  for (const { Action, Resource } of properties.PolicyDocument.Statement as Statement[]) {
    for (const resource of [Resource].flat()) {
      const actions = found.get(resource) ?? new Set();
      for (const action of [Action].flat()) actions.add(action);
      found.set(resource, actions);
    }
  }
  const sorted = [...found].map(([resource, actions]) => [resource, [...actions].sort()]);
  for (const role of properties.Roles) given.set(role.slice(1, -1), Object.fromEntries(sorted));
}

test.each(Object.entries(permissions))('%s may do exactly this', (role, expected) => {
  expect(given.get(role)).toEqual(expected);
});

test('no other role, and no policy beside these', () => {
  expect([...given.keys()].sort()).toEqual(Object.keys(permissions).sort());
  for (const { properties } of all('AWS::IAM::Role').values()) {
    expect(properties).not.toHaveProperty('ManagedPolicyArns');
    expect(properties).not.toHaveProperty('Policies');
  }
});

test('everything is allowed plainly: no denial and no condition that could hide a gap', () => {
  for (const statement of statements) {
    expect(statement.Effect).toBe('Allow');
    expect(statement).not.toHaveProperty('Condition');
    expect(statement).not.toHaveProperty('NotAction');
    expect(statement).not.toHaveProperty('NotResource');
  }
});

test('patterns only where names are not known when the stack is made', () => {
  const texts = statements.flatMap(({ Action, Resource }) => [Action, Resource].flat());
  expect([...new Set(texts.filter((text) => text.includes('*')))].sort()).toEqual([
    '<Storage/Logs>/sync-logs/*',
    '<Storage/State>/erasures/*',
    '<Storage/State>/history/*',
    '<Storage/State>/log-keys/*',
    '<Storage/State>/mirrors/*',
    '<Storage/State>/runs/*',
    'arn:<AWS::Partition>:s3:::locked-exports/*',
    'arn:<AWS::Partition>:s3:::plain-exports/*',
    anySchedule('*'),
    anySchedule(group),
    'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:mirror/*',
  ]);
});

test('functions are run by Lambda only, schedules by the scheduler for this account and group only', () => {
  const trust = (role: string) =>
    all('AWS::IAM::Role').get(role)?.properties.AssumeRolePolicyDocument.Statement;
  for (const role of given.keys()) {
    if (role.startsWith('Schedules/')) continue;
    const Principal = { Service: 'lambda.amazonaws.com' };
    expect(trust(role)).toEqual([{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal }]);
  }
  const scheduler = (group: string) => [
    {
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>', 'aws:SourceArn': group },
      },
    },
  ];
  expect(trust('Schedules/Role')).toEqual(scheduler('<Schedules/Group>'));
  for (const role of ['Schedules/SweepRole', 'Schedules/TidyRole']) {
    expect(trust(role)).toEqual(
      scheduler(
        'arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule-group/default',
      ),
    );
  }
});

test('nobody but the gateway of the API, and the rule of the alerts’ own bus, can call a function: none has a URL', () => {
  const permissions = [...all('AWS::Lambda::Permission').values()];
  expect(permissions.map(({ properties }) => properties)).toEqual([
    {
      Action: 'lambda:InvokeFunction',
      FunctionName: '<Api/Function>',
      Principal: 'apigateway.amazonaws.com',
      SourceArn:
        'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<HttpApi/Http>/*/*/*',
    },
    {
      Action: 'lambda:InvokeFunction',
      FunctionName: '<Sweep/Function>',
      Principal: 'events.amazonaws.com',
      SourceArn: '<Alerts/Deliveries>',
    },
  ]);
  expect(all('AWS::Lambda::Url').size).toBe(0);
});
