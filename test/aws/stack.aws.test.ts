/** The stack, as far as the CloudFormation of others can make it: created, destroyed, and created again under the same name. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { clientConfig } from '../../local/aws/identity.ts';
import { queueNames } from '../../shared/contracts/wiring.ts';
import { synthesise } from '../cdk/synthesised.ts';
import { forgetAll } from '../ports/services.ts';
import { other } from './others.ts';

const StackName = 'mirror';
const motoAccount = '123456789012';
/** moto makes none of these, and something refers to them: they are left out, and a text stands for each. */
const unknown = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Events::Rule',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
];

let client: CloudFormationClient;
let TemplateBody: string;

beforeAll(async () => {
  const moto = other('moto');
  await forgetAll(moto);
  await bootstrap(moto);
  client = new CloudFormationClient(clientConfig(moto));
  TemplateBody = forMoto(synthesise({ settings: { dashboard: false } }).template);
  await putAssets(moto, TemplateBody);
});
afterAll(() => client.destroy());

/** What `cdk bootstrap` leaves in an account: its version, and the bucket of the functions' code. */
async function bootstrap(moto: string): Promise<void> {
  const { statusCode, body } = await request(moto, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.PutParameter',
      authorization: 'AWS4-HMAC-SHA256 Credential=embedded/20260101/us-east-1/ssm/aws4_request',
    },
    body: JSON.stringify({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }),
  });
  await body.dump();
  expect(statusCode).toBe(200);
}

/** What is in the bundles does not matter here. */
async function putAssets(moto: string, template: string): Promise<void> {
  const s3 = new S3Client({ ...clientConfig(moto), forcePathStyle: true });
  const Bucket = `cdk-hnb659fds-assets-${motoAccount}-us-east-1`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const [, Key] of template.matchAll(/"S3Key":"([^"]+)"/g)) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'code' }));
  }
  s3.destroy();
}

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string(), z.array(z.string())]).default([]),
});
const Template = z.looseObject({ Resources: z.record(z.string(), Resource) });

/** moto reads a key's tags under a name that there is not, and makes up names for FIFO queues that its own SQS refuses. */
function forMoto(template: unknown): string {
  const { Resources, ...rest } = Template.parse(template);
  const left = new Set<string>();
  for (const [id, { Type }] of Object.entries(Resources)) if (unknown.includes(Type)) left.add(id);
  const made = Object.entries(Resources).filter(([id]) => !left.has(id));
  for (const [id, resource] of made) {
    resource.DependsOn = [resource.DependsOn].flat().filter((each) => !left.has(each));
    delete resource.Properties['Tags'];
    if (resource.Properties['FifoQueue'] === true) resource.Properties['QueueName'] = `${id}.fifo`;
  }
  return JSON.stringify({ ...rest, Resources: Object.fromEntries(made) }, (_, value: unknown) => {
    const reference = Reference.safeParse(value).data;
    if (reference === undefined) return value;
    const id = 'Ref' in reference ? reference.Ref : (reference['Fn::GetAtt'][0] ?? '');
    return left.has(id) ? `arn:aws:left:us-east-1:${motoAccount}:out/${id}` : value;
  });
}

const Reference = z.union([
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ 'Fn::GetAtt': z.array(z.string()) }),
]);

const create = () =>
  client.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }),
  );
const statuses = async () =>
  (await client.send(new DescribeStacksCommand({}))).Stacks?.map(({ StackStatus }) => StackStatus);

/** Types of what was made, each as often as it was. */
async function made(): Promise<string[]> {
  const { StackResources = [] } = await client.send(
    new DescribeStackResourcesCommand({ StackName }),
  );
  return StackResources.map(({ ResourceType }) => ResourceType ?? '').sort();
}

test('is created, destroyed, and created again', { timeout: 300_000 }, async () => {
  await create();
  expect(await statuses()).toEqual(['CREATE_COMPLETE']);
  const first = await made();
  const count = (type: string) => first.filter((each) => each === type).length;
  expect(count('AWS::Lambda::Function')).toBe(7);
  expect(count('AWS::Lambda::EventSourceMapping')).toBe(queueNames.length);
  expect(count('AWS::SQS::Queue')).toBe(2 * queueNames.length + 2);
  expect(count('AWS::S3::Bucket')).toBe(2);
  process.stdout.write(`moto made ${first.length} resources of the stack\n`);
  await client.send(new DeleteStackCommand({ StackName }));
  await create();
  expect(await made()).toEqual(first);
});
