/** What a company decides about its deployment: the `context` of cdk.json, or `-c name=value`. */
import { z } from 'zod';

/** A bucket the warehouse exports to. */
export interface SnapshotBucket {
  readonly name: string;
  /** The customer key its objects are encrypted with. @default - none, or one of AWS: no permission is needed */
  readonly keyArn?: string | undefined;
}

const bucketName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'is not the name of a bucket; give it without s3://',
  );

const keyArn = z
  .string()
  .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'is not the ARN of a KMS key');

const bucket = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({ name: bucketName, keyArn: keyArn.optional() }),
);

/** On the command line a list is JSON, or names with commas between. */
const buckets = z.preprocess(listFromText, z.array(bucket).default([]));

/** On the command line every value is text. */
const flag = z.union([z.boolean(), z.stringbool()]);

/** Names with commas between, or a list. */
const audiences = z.preprocess(listFromText, z.array(z.string().min(1)).min(1));

const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'is no scope of OAuth 2');

/** On the command line an object is JSON. */
const jwt = z.preprocess(
  jsonFromText,
  z.strictObject({
    issuer: z.url({ protocol: /^https$/, error: 'is not the https address of an issuer' }),
    audience: audiences,
    readScope: scope.default('audience-mirror/read'),
    writeScope: scope.default('audience-mirror/write'),
  }),
);

const Settings = z.object({
  stackName: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,63}$/, 'use 1 to 64 letters, digits and hyphens')
    .default('audience-mirror'),
  snapshotBuckets: buckets,
  apiJwt: jwt.optional(),
  alertEmail: z.email({ error: 'is no e-mail address' }).optional(),
  tracing: flag.default(false),
  metricsBySync: flag.default(false),
  alarms: flag.default(true),
  dashboard: flag.default(true),
  keepData: flag.default(true),
  terminationProtection: flag.default(false),
});
export type Settings = z.infer<typeof Settings>;

/** @throws Error that names the setting and what is wrong with it */
export function readSettings(context: (name: string) => unknown): Settings {
  const given = Object.fromEntries(
    Object.keys(Settings.shape).map((name) => [name, context(name) ?? undefined]),
  );
  const parsed = Settings.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Error(
    `The context of cdk.json or -c has a setting that can't be used:\n${z.prettifyError(parsed.error)}`,
  );
}

function listFromText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (!value.trimStart().startsWith('[')) return value.split(',').map((name) => name.trim());
  return jsonFromText(value);
}

function jsonFromText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
