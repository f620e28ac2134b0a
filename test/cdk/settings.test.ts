import { expect, test } from 'vitest';
import { readSettings } from '../../cdk/settings.ts';

const read = (context: Readonly<Record<string, unknown>>) => readSettings((name) => context[name]);
const key = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';

test('nothing need be set', () => {
  expect(read({})).toEqual({
    stackName: 'audience-mirror',
    snapshotBuckets: [],
    memoryMb: 3_008,
    concurrency: { plan: 2, send: 4, close: 2 },
    reservedConcurrency: {},
    tracing: false,
    metricsBySync: false,
    alarms: true,
    dashboard: false,
    functionLogDays: 30,
    allowedPrivateHosts: [],
    egressProxyResolves: false,
    keepData: true,
    terminationProtection: false,
  });
});

test.each([
  { given: ['one', { name: 'two', keyArn: key }] },
  { given: `["one", { "name": "two", "keyArn": "${key}" }]` },
])('buckets are names, or names with a key, in cdk.json and on the command line', ({ given }) => {
  expect(read({ snapshotBuckets: given }).snapshotBuckets).toEqual([
    { name: 'one' },
    { name: 'two', keyArn: key },
  ]);
});

test('on the command line, names may have commas between', () => {
  const { snapshotBuckets } = read({ snapshotBuckets: 'one, two' });
  expect(snapshotBuckets).toEqual([{ name: 'one' }, { name: 'two' }]);
});

test('on the command line, every value is text', () => {
  expect(read({ keepData: 'false', terminationProtection: 'true' })).toMatchObject({
    keepData: false,
    terminationProtection: true,
  });
});

test('numbers are text on the command line, and a part of the concurrency is enough', () => {
  const given = {
    memoryMb: '6000',
    concurrency: '{"send": 100}',
    reservedConcurrency: '{"api": 5}',
  };
  expect(read(given)).toMatchObject({
    memoryMb: 6_000,
    concurrency: { plan: 2, send: 100, close: 2 },
    reservedConcurrency: { api: 5 },
  });
});

test('no function gets fewer executions than its queue hands out', () => {
  expect(() => read({ reservedConcurrency: { 'send-chunk': 3 } })).toThrow('below the 4');
  expect(() => read({ reservedConcurrency: { 'send-chunk': 4 } })).not.toThrow();
});

test('whom alerts are mailed to is an address', () => {
  expect(read({ alertEmail: 'ops@example.com' })).toMatchObject({ alertEmail: 'ops@example.com' });
  expect(() => read({ alertEmail: 'ops' })).toThrow('alertEmail');
});

test('an issuer of tokens is an object, or JSON on the command line', () => {
  const given = { issuer: 'https://issuer.example.com', audience: 'console, cli' };
  const expected = {
    issuer: 'https://issuer.example.com',
    audience: ['console', 'cli'],
    readScope: 'audience-mirror/read',
    writeScope: 'audience-mirror/write',
  };
  expect(read({ apiJwt: given }).apiJwt).toEqual(expected);
  expect(read({ apiJwt: JSON.stringify(given) }).apiJwt).toEqual(expected);
});

test.each([
  { name: 'apiJwt', value: { issuer: 'http://x.example.com', audience: 'a' }, problem: 'https' },
  { name: 'apiJwt', value: { issuer: 'https://x.example.com' }, problem: 'audience' },
  { name: 'snapshotBuckets', value: 's3://exports', problem: 'without s3://' },
  { name: 'snapshotBuckets', value: ['*'], problem: 'use the name of a bucket' },
  { name: 'snapshotBuckets', value: '["one"', problem: 'array' },
  { name: 'snapshotBuckets', value: [{ name: 'one', key }], problem: 'key' },
  { name: 'snapshotBuckets', value: [{ name: 'one', keyArn: '*' }], problem: 'ARN of a KMS key' },
  { name: 'keepData', value: 'perhaps', problem: 'keepData' },
  { name: 'memoryMb', value: '512', problem: '1769' },
  { name: 'concurrency', value: { send: 1 }, problem: '>=2' },
  { name: 'concurrency', value: { sends: 5 }, problem: 'sends' },
  { name: 'reservedConcurrency', value: { sweeper: 5 }, problem: 'sweeper' },
  { name: 'stackName', value: 'my stack', problem: 'letters, digits and hyphens' },
])('$name $value is refused, with its name and what is wrong', ({ name, value, problem }) => {
  expect(() => read({ [name]: value })).toThrow(problem);
  expect(() => read({ [name]: value })).toThrow(name);
});

test('a way out is a host name or the address of a proxy, and nothing that could be more', () => {
  expect(read({ allowedPrivateHosts: 'crm.corp, erp.corp' }).allowedPrivateHosts).toEqual([
    'crm.corp',
    'erp.corp',
  ]);
  for (const wrong of ['*.corp', 'https://crm.corp', 'crm.corp/x', 'CRM.corp', '.corp']) {
    expect(() => read({ allowedPrivateHosts: [wrong] }), wrong).toThrow('is no host name');
  }
  expect(read({ egressProxy: 'http://proxy.corp:3128' }).egressProxy).toBe(
    'http://proxy.corp:3128',
  );
  for (const wrong of ['proxy.corp:3128', 'http://ada:s@proxy.corp', 'http://proxy.corp/x']) {
    expect(() => read({ egressProxy: wrong }), wrong).toThrow('user name');
  }
});
