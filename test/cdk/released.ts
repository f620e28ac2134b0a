/** What the last release's template made, as far as another release must not lose or replace it: `released.json`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Properties whose change has CloudFormation make the thing anew, by the pages of these types in its reference. */
const replacing: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'AttributeDefinitions'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::Events::EventBus': ['Name'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
};

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
  Outputs: z.record(z.string(), z.unknown()),
});

const Released = z.strictObject({
  /** By logical id. */
  resources: z.record(
    z.string(),
    z.strictObject({ type: z.string(), fixed: z.record(z.string(), z.unknown()) }),
  ),
  outputs: z.array(z.string()),
});
export type Released = z.infer<typeof Released>;

const file = fileURLToPath(new URL('released.json', import.meta.url));

export function releasedOf(template: unknown): Released {
  const { Resources, Outputs } = Template.parse(template);
  const resources = Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const fixed = replacing[Type];
    if (fixed === undefined) return [];
    const given = fixed.flatMap((name) =>
      name in Properties ? [[name, Properties[name]] as const] : [],
    );
    return [[id, { type: Type, fixed: Object.fromEntries(given) }] as const];
  });
  return { resources: Object.fromEntries(resources), outputs: Object.keys(Outputs).sort() };
}

export const readReleased = (): Released => Released.parse(JSON.parse(readFileSync(file, 'utf8')));

export const writeReleased = (released: Released): void =>
  writeFileSync(file, `${JSON.stringify(released, null, 2)}\n`);
