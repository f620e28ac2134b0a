import { expect, test } from 'vitest';
import * as layout from '../../shared/contracts/layout.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { synthesise } from './synthesised.ts';

const { all, one } = synthesise();
const bucket = (name: string) => one('AWS::S3::Bucket', name);
const buckets = ['Storage/State', 'Storage/Logs'];

test.each(buckets)('%s is encrypted with the customer key', (name) => {
  expect(bucket(name).BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
    {
      BucketKeyEnabled: true,
      ServerSideEncryptionByDefault: {
        KMSMasterKeyID: '<Storage/Key>',
        SSEAlgorithm: 'aws:kms',
      },
    },
  ]);
});

test.each(buckets)('%s is not public, knows no ACLs and keeps no versions', (name) => {
  expect(bucket(name).PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  expect(bucket(name).OwnershipControls.Rules).toEqual([
    { ObjectOwnership: 'BucketOwnerEnforced' },
  ]);
  expect(bucket(name)).not.toHaveProperty('VersioningConfiguration');
});

test.each(buckets)(
  '%s answers over TLS 1.2 and later only, and its policy allows nobody',
  (name) => {
    const { Statement } = one('AWS::S3::BucketPolicy', `${name}/Policy`).PolicyDocument;
    const everything = {
      Action: 's3:*',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Resource: [`<${name}>`, `<${name}>/*`],
    };
    expect(Statement).toEqual([
      { ...everything, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { ...everything, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ]);
  },
);

test('there are no other buckets', () => {
  expect([...all('AWS::S3::Bucket').keys()]).toEqual(buckets);
});

const aborted = {
  Id: 'aborted-uploads',
  Status: 'Enabled',
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
};

test('the state bucket deletes the parts of aborted uploads, and examples with the history of runs', () => {
  expect(bucket('Storage/State').LifecycleConfiguration.Rules).toEqual([
    aborted,
    { Id: 'history', Status: 'Enabled', Prefix: 'history/', ExpirationInDays: 90 },
  ]);
  expect(layout.examplesObject('s', 'r')).toMatch(/^history\//);
});

test('the log bucket has one rule for each time logs may be kept', () => {
  expect(logRetentionDays).toEqual([1, 3, 7, 14, 30, 60, 90, 180, 365]);
  expect(bucket('Storage/Logs').LifecycleConfiguration.Rules).toEqual([
    aborted,
    {
      Id: 'athena-results',
      Status: 'Enabled',
      Prefix: 'athena-results/',
      ExpirationInDays: 1,
    },
    ...logRetentionDays.map((days) => ({
      Id: `retain-${days}`,
      Status: 'Enabled',
      Prefix: `sync-logs/retain=${days}/`,
      ExpirationInDays: days,
    })),
  ]);
});

test('no prefix of a rule starts another, so that each log meets exactly one', () => {
  const prefixes = logRetentionDays.map((days) => `sync-logs/retain=${days}/`);
  for (const prefix of prefixes) {
    expect(prefixes.filter((other) => other.startsWith(prefix))).toEqual([prefix]);
  }
});

test('a log lies below the prefix of its rule', () => {
  const run = { sync: 's', id: 'r', startedAt: Date.UTC(2026, 0, 2, 23, 59, 59, 999) };
  expect(layout.logObject(30, run)).toBe('sync-logs/retain=30/sync=s/date=2026-01-02/r.parquet');
});

test('the functions reach every object the layout names', () => {
  const chunk = { sync: 's', run: 'r', attempt: 'a', phase: 'deleting', chunk: 0 } as const;
  expect(layout.mirrorAttempt('s', 1, 'a')).toMatch(/^mirrors\//);
  for (const name of [
    layout.configObject('s', 'r'),
    layout.planObject('s', 'r', 'a'),
    layout.chunkObject(chunk),
    layout.progressObject(chunk, 'me'),
    layout.outcomesObject(chunk),
  ]) {
    expect(name).toMatch(/^runs\//);
  }
});

test('the key rotates, and only the account decides who uses it', () => {
  const key = one('AWS::KMS::Key', 'Storage/Key');
  expect(key.EnableKeyRotation).toBe(true);
  expect(key.KeyPolicy.Statement).toEqual([
    {
      Action: 'kms:*',
      Effect: 'Allow',
      Principal: { AWS: 'arn:<AWS::Partition>:iam::<AWS::AccountId>:root' },
      Resource: '*',
    },
  ]);
});

test('the table is on demand, has the keys of the wiring, and can be restored', () => {
  expect(one('AWS::DynamoDB::Table', 'Storage/Table')).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
});
