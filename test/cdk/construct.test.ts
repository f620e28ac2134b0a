/** The construct in an app of somebody else: with their own things, twice, and with rights for their own roles. */
import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { AudienceMirror, type AudienceMirrorProps } from '../../cdk/audience-mirror.ts';
import { readSettings } from '../../cdk/settings.ts';
import { makeStandIn, read, synthesise } from './synthesised.ts';

const project = makeStandIn();

function appWith(
  mirrors: Readonly<Record<string, AudienceMirrorProps>>,
  more = (_: AudienceMirror) => {},
) {
  const app = new App({
    context: { 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true },
    builtinCloudFormationValidation: false,
  });
  const stack = new Stack(app, 'theirs');
  for (const [id, props] of Object.entries(mirrors))
    more(new AudienceMirror(stack, id, { project, ...props }));
  return read(app.synth().getStackByName('theirs').template);
}

test('two in one stack share no name', () => {
  const { resources } = appWith({ One: {}, Two: {} });
  const names = resources.flatMap(({ type, properties }) => {
    const name = properties?.Name ?? properties?.[`${type.split('::')[2]}Name`];
    return typeof name === 'string' && type !== 'AWS::ApiGatewayV2::Stage'
      ? [`${type} ${name}`]
      : [];
  });
  expect(names.length).toBeGreaterThan(3);
  expect(new Set(names).size).toBe(names.length);
  const variables = resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .flatMap(({ properties }) => properties.Environment?.Variables.STACK_NAME ?? []);
  expect(new Set(variables)).toEqual(new Set(['theirs-One', 'theirs-Two']));
});

test('their roles may call the API, start runs and read the logs, and no more', () => {
  const { one } = appWith({ Audiences: { name: 'ours' } }, (mirror) => {
    const reader = new Role(mirror, 'Reader', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    });
    mirror.grantCall(reader, 'read');
    mirror.grantStart(reader);
    mirror.grantReadLogs(reader);
  });
  const { Statement } = one('AWS::IAM::Policy', 'Audiences/Reader/DefaultPolicy').PolicyDocument;
  const actions = Statement.flatMap(({ Action }: { Action: string }) => Action);
  expect([...new Set(actions)].sort()).toEqual([
    'execute-api:Invoke',
    'kms:Decrypt',
    'kms:DescribeKey',
    'lambda:InvokeFunction',
    's3:GetBucket*',
    's3:GetObject*',
    's3:List*',
  ]);
  expect(JSON.stringify(Statement)).not.toMatch(/"POST\/\*|DELETE/);
});

test('every role bears the boundary, every function is in the subnets and its log is kept as long as asked', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/bounds';
  const vpc = { subnets: ['subnet-0a'], securityGroups: ['sg-0b'] };
  const { all } = synthesise({
    settings: { permissionsBoundary: boundary, vpc, functionLogDays: 7 },
  });
  const roles = [...all('AWS::IAM::Role').values()];
  expect(roles.length).toBeGreaterThan(9);
  for (const { name, properties } of roles)
    expect(properties.PermissionsBoundary, name).toBe(boundary);
  const functions = [...all('AWS::Lambda::Function')].filter(([, { properties }]) =>
    String(properties.Description).startsWith('Audience Mirror: '),
  );
  expect(functions).toHaveLength(7);
  for (const [name, { properties }] of functions)
    expect(properties.VpcConfig, name).toEqual({
      SubnetIds: ['subnet-0a'],
      SecurityGroupIds: ['sg-0b'],
    });
  expect(all('AWS::Logs::LogGroup').get('Sweep/Logs')?.properties.RetentionInDays).toBe(7);
});

test('alerts go to a topic of theirs, and no other is made', () => {
  const alertTopicArn = 'arn:aws:sns:eu-west-1:111122223333:ours';
  const { all, outputs } = synthesise({ settings: { alertTopicArn } });
  expect([...all('AWS::SNS::Topic').keys()]).toEqual([]);
  expect(outputs['AlertTopicArn'].Value).toBe(alertTopicArn);
  expect(JSON.stringify([...all('AWS::Events::Rule').values()])).toContain(alertTopicArn);
});

test('what a removed stack left is taken over: nothing is made anew, and the roles may do with it what they may', () => {
  const data = readSettings((name) =>
    name === 'data'
      ? '{"stateBucket":"old-state","logBucket":"old-logs","table":"old-table","keyArn":"arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"}'
      : undefined,
  ).data;
  if (!data) throw new Error('not read');
  const { all, outputs } = synthesise({ settings: { data } });
  for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table'])
    expect([...all(type).keys()], type).toEqual([]);
  expect([...all('AWS::KMS::Key').keys()]).toEqual(['Alerts/Key']);
  expect(outputs['StateBucket'].Value).toBe('old-state');
  const policies = JSON.stringify([...all('AWS::IAM::Policy').values()]);
  for (const name of [
    's3:::old-state/runs/*',
    's3:::old-logs/sync-logs/*',
    'table/old-table',
    data.keyArn,
  ])
    expect(policies).toContain(name);
});
