/** The template as AWS's own linter of CloudFormation and a linter of IAM policies see it: by default, with everything, and twice in an account. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Settings } from '../../cdk/settings.ts';
import { synthesise } from '../cdk/synthesised.ts';
import { other } from './others.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';
const fullest: Partial<Settings> = {
  snapshotBuckets: [{ name: 'plain-exports' }, { name: 'locked-exports', keyArn }],
  apiJwt: {
    issuer: 'https://issuer.example.com',
    audience: ['console'],
    readScope: 'mirror/read',
    writeScope: 'mirror/write',
  },
  alertEmail: 'ops@example.com',
  concurrency: { plan: 10, send: 100, close: 10 },
  reservedConcurrency: { 'send-chunk': 100, api: 10 },
  metricsBySync: true,
  tracing: true,
  terminationProtection: true,
};

const syntheses = [
  { name: 'default', make: () => synthesise().template },
  { name: 'fullest', make: () => synthesise({ settings: fullest }).template },
  {
    name: 'second of two',
    make: () => synthesise({ settings: { keepData: false } }, 'mirror-b').template,
  },
];

/** Findings that are no mistakes, each with its reason. */
const reasoned: Readonly<Record<string, string>> = {
  // A dependency that a reference already makes: CDK writes both, and both mean the same.
  W3005: 'CDK writes dependencies that references make too.',
};

/**
 * Its list says that ListSchedules knows no resource. The service asks for the right to all schedules of all groups, as its refusals
 * say, and that is narrower: https://github.com/aws/aws-cdk/issues/38201
 */
const listing = '"action": "scheduler:ListSchedules"';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'linters-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What it prints, whatever its exit code: a linter that finds something ends with one. */
function said(program: string, args: readonly string[]): string {
  try {
    return execFileSync(join(other('python'), program), args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stdout, stderr } = z.object({ stdout: z.string(), stderr: z.string() }).parse(error);
    if (stdout === '') throw new Error(stderr);
    return stdout;
  }
}

const Findings = z.array(z.object({ Rule: z.object({ Id: z.string() }), Message: z.string() }));

const Document = z.object({ Statement: z.array(z.unknown()) });
const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** References become names of the right shape: a linter of policies knows no CloudFormation. */
function resolved(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(resolved);
  if (typeof tree !== 'object' || tree === null) return tree;
  const [[name, value] = ['', undefined]] = Object.entries(tree);
  if (name === 'Ref') return pseudo[String(value)] ?? 'reference';
  if (name === 'Fn::GetAtt') return arnOf(String(z.array(z.string()).parse(value)[0]));
  if (name === 'Fn::Join') {
    const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(value);
    return parts.map(resolved).join(separator);
  }
  return Object.fromEntries(Object.entries(tree).map(([key, each]) => [key, resolved(each)]));
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': '111122223333',
  'AWS::URLSuffix': 'amazonaws.com',
};

let types: Readonly<Record<string, string>> = {};
const arns: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'arn:aws:s3:::bucket',
  'AWS::DynamoDB::Table': 'arn:aws:dynamodb:eu-west-1:111122223333:table/name',
  'AWS::SQS::Queue': 'arn:aws:sqs:eu-west-1:111122223333:name',
  'AWS::KMS::Key': keyArn,
  'AWS::Events::EventBus': 'arn:aws:events:eu-west-1:111122223333:event-bus/name',
  'AWS::Logs::LogGroup': 'arn:aws:logs:eu-west-1:111122223333:log-group:name:*',
  'AWS::Lambda::Function': 'arn:aws:lambda:eu-west-1:111122223333:function:name',
  'AWS::IAM::Role': 'arn:aws:iam::111122223333:role/name',
};
const arnOf = (id: string) => arns[types[id] ?? ''] ?? `unknown ${types[id]}`;

describe.each(syntheses)('the $name synthesis', ({ name, make }) => {
  let template: z.infer<typeof Template>;
  let file: string;
  beforeAll(() => {
    const made: unknown = make();
    template = Template.parse(made);
    file = join(folder, `${name.replaceAll(' ', '-')}.json`);
    writeFileSync(file, JSON.stringify(made));
  });

  test('has nothing that cfn-lint finds, but what has a reason', { timeout: 300_000 }, () => {
    const regions = ['us-east-1', 'eu-west-1'];
    const findings = Findings.parse(
      JSON.parse(
        said('cfn-lint', ['--format', 'json', '--regions', ...regions, '--', file]) || '[]',
      ),
    );
    const odd = findings.filter(({ Rule }) => reasoned[Rule.Id] === undefined);
    expect(odd.map(({ Rule, Message }) => `${Rule.Id} ${Message}`)).toEqual([]);
  });

  test('has no policy that parliament finds fault with', { timeout: 300_000 }, () => {
    types = Object.fromEntries(
      Object.entries(template.Resources).map(([id, { Type }]) => [id, Type]),
    );
    const policies = Object.values(template.Resources).filter(({ Type }) =>
      ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type),
    );
    expect(policies.length).toBeGreaterThan(9);
    const own = join(folder, name.replaceAll(' ', '-'));
    mkdirSync(own);
    for (const [number, { Properties }] of policies.entries()) {
      const document = Document.parse(resolved(Properties['PolicyDocument']));
      const text = JSON.stringify({ Version: '2012-10-17', ...document });
      writeFileSync(join(own, `${number}.json`), text);
    }
    const output = said('parliament', ['--json', '--directory', own]);
    const findings = output.split('\n').filter((line) => line.trim() !== '');
    expect(findings.filter((line) => !line.includes(listing))).toEqual([]);
    // The one that has a reason shows that the policies were read.
    expect(findings).not.toEqual([]);
  });
});
