/** What a company decides about its deployment: the `context` of cdk.json, or `-c name=value`. */
import { z } from 'zod';
import { BucketName } from '../shared/contracts/bucket-name.ts';
import { functionNames, functions, queueNames, queues } from '../shared/contracts/wiring.ts';

const keyArn = z
  .string()
  .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'is not the ARN of a KMS key');

/** A bucket the warehouse exports to, and the customer key its objects are encrypted with, if there is one. */
const bucket = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({ name: BucketName, keyArn: keyArn.optional() }),
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

/** On the command line an object is JSON. */
const consoleSettings = z.preprocess(
  jsonFromText,
  z.strictObject({
    clientId: z.string().min(1),
    signInOrigins: z.array(z.url({ protocol: /^https$/, error: 'is no https origin' })).default([]),
  }),
);

/** On the command line a number is text. */
const number = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Lambda takes 2 to 1,000: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const cap = (byDefault: number) => number(2, 1_000).default(byDefault);

const concurrency = z.preprocess(
  jsonFromText,
  z
    .strictObject({
      plan: cap(queues.plan.maxConcurrency),
      send: cap(queues.send.maxConcurrency),
      close: cap(queues.close.maxConcurrency),
    })
    .prefault({}),
);

const reserved = z.preprocess(
  jsonFromText,
  z.partialRecord(z.enum(functionNames), number(1, 10_000)).default({}),
);

const arnOf = (service: string) =>
  z.string().regex(new RegExp(`^arn:[a-z-]+:${service}:`), `is no ARN of ${service}`);

/** What CloudWatch Logs knows, up to a year. */
const logDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365] as const;

/** On the command line an object is JSON. */
const vpc = z.preprocess(
  jsonFromText,
  z.strictObject({
    subnets: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).min(1),
    securityGroups: z.array(z.string().regex(/^sg-[0-9a-f]+$/)).min(1),
  }),
);

const host = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    'is no host name in lower case, without port and path',
  );
const hosts = z.preprocess(listFromText, z.array(host).default([]));

const proxy = z
  .string()
  .regex(
    /^https?:\/\/[^/@?#]+$/,
    'is no http://host:port or https://host:port; a user name has no place in it',
  );

const data = z.preprocess(
  jsonFromText,
  z.strictObject({
    stateBucket: BucketName,
    logBucket: BucketName,
    table: z.string().regex(/^[\w.-]{3,255}$/),
    keyArn,
  }),
);

/**
 * Each setting: its type, its default and what it means, and only here. The stack takes them as they are, and the table
 * in docs/deploy.md is made of them. `unset` is what that table calls the default where there is no value to show.
 */
export const Settings = z.object({
  snapshotBuckets: buckets.meta({
    description: 'the buckets to read; on the command line names with commas between, or JSON',
    unset: 'none',
  }),
  apiJwt: jwt.optional().meta({
    description:
      'an issuer of OIDC tokens for the API: `{"issuer": "https://…", "audience": ["…"], "readScope": "audience-mirror/read", "writeScope": "audience-mirror/write"}`; the scopes shown are the defaults',
    unset: 'none: IAM',
  }),
  console: consoleSettings.optional().meta({
    description:
      'serves the console from CloudFront, signed in at the issuer of `apiJwt` by the authorisation code with PKCE: `{"clientId": "…", "signInOrigins": ["https://…"]}`; the origins are those of the issuer’s addresses that are not its own, as Cognito’s domain is',
    unset: 'none: no console',
  }),
  stackName: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,63}$/, 'use 1 to 64 letters, digits and hyphens')
    .default('audience-mirror')
    .meta({ description: 'name of the stack; secrets of destinations begin with it' }),
  alertTopicArn: arnOf('sns').optional().meta({
    description:
      'an SNS topic of your own for alerts and alarms: its policy, and its key’s, have to let `events.amazonaws.com` and `cloudwatch.amazonaws.com` publish',
    unset: 'one is made',
  }),
  alertEmail: z.email({ error: 'is no e-mail address' }).optional().meta({
    description: 'who gets alerts by mail; the address has to confirm it once',
    unset: 'nobody',
  }),
  memoryMb: number(1_769, 10_240).default(functions['plan-run'].memoryMb).meta({
    description:
      'memory of plan-run and close-run in MB, 1,769 to 10,240; DuckDB gets three fifths of it. New accounts are capped at the default',
  }),
  concurrency: concurrency.meta({
    description:
      'how many plan-run, send-chunk and close-run may run at once, for all syncs, 2 to 1,000 each; a part of it is enough: `{"send": 100}`',
    unset: `\`${JSON.stringify(concurrency.parse(undefined))}\``,
  }),
  reservedConcurrency: reserved.meta({
    description:
      'executions that are kept free for a function, by its name, which is also the most it gets: `{"api": 10}`; the account has to have 100 beside them',
    unset: 'none',
  }),
  alarms: flag.default(true).meta({
    description: 'alarms on what hurts somebody, each with its section in `docs/runbook.md`',
  }),
  dashboard: flag
    .default(false)
    .meta({ description: 'one CloudWatch dashboard, which costs $3 a month' }),
  metricsBySync: flag.default(false).meta({
    description:
      'members and lag as metrics of each sync, too; without it the dashboard asks the logs for them',
  }),
  tracing: flag.default(false).meta({
    description: 'X-Ray traces of the functions and of their calls of AWS services',
  }),
  functionLogDays: z.coerce
    .number()
    .pipe(z.literal([...logDays]))
    .default(30)
    .meta({ description: `days that the functions' own logs are kept: ${logDays.join(', ')}` }),
  permissionsBoundary: arnOf('iam').optional().meta({
    description: 'ARN of the policy that bounds every role of the stack',
    unset: 'none',
  }),
  vpc: vpc.optional().meta({
    description:
      'subnets and security groups that the functions run in, both with a way to AWS and to your platforms: `{"subnets": ["subnet-…"], "securityGroups": ["sg-…"]}`',
    unset: 'none',
  }),
  allowedPrivateHosts: hosts.meta({
    description:
      'hosts that destinations may name although they lie in a private network, exactly and over https; on the command line with commas between',
    unset: 'none',
  }),
  caBundle: z.string().min(1).optional().meta({
    description:
      'path of a file in PEM with certificate authorities to trust beside the usual ones, as of a private host or of a proxy that looks in',
    unset: 'the usual ones',
  }),
  egressProxy: proxy.optional().meta({
    description:
      'proxy for requests to platforms and token URLs, `http://host:port` or `https://host:port`; it is asked to connect to the address that was judged. Private hosts are reached without it',
    unset: 'none',
  }),
  egressProxyResolves: flag.default(false).meta({
    description:
      'the proxy is told the name of the host and resolves it, for one that lets names through alone; then it has to refuse addresses inside',
  }),
  data: data.optional().meta({
    description:
      'buckets, table and key that are there already, of a stack that was removed: `{"stateBucket": "…", "logBucket": "…", "table": "…", "keyArn": "arn:…"}`',
    unset: 'they are made',
  }),
  keepData: flag.default(true).meta({
    description: 'buckets, table and key stay when the stack is removed',
  }),
  terminationProtection: flag.default(false).meta({ description: 'refuses to remove the stack' }),
});
export type Settings = z.infer<typeof Settings>;

/** What holds where nothing is said otherwise. */
export const defaultSettings: Settings = Settings.parse({});

/** @throws Error that names the setting and what is wrong with it */
export function readSettings(context: (name: string) => unknown): Settings {
  const given = Object.fromEntries(
    Object.keys(Settings.shape).map((name) => [name, context(name) ?? undefined]),
  );
  const parsed = Settings.superRefine(enoughReserved)
    .superRefine(notOwn)
    .superRefine(signsIn)
    .safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Error(
    `The context of cdk.json or -c has a setting that can't be used:\n${z.prettifyError(parsed.error)}`,
  );
}

/** A queue whose consumer gets less than the queue hands out is refused again and again by Lambda. */
function enoughReserved(settings: Settings, context: z.RefinementCtx<Settings>): void {
  for (const name of queueNames) {
    const { consumer } = queues[name];
    const least = settings.concurrency[name];
    if ((settings.reservedConcurrency[consumer] ?? least) >= least) continue;
    context.addIssue({
      code: 'custom',
      path: ['reservedConcurrency', consumer],
      message: `is below the ${least} that "concurrency" lets the queue "${name}" hand out at once; reserve as many, or lower "concurrency"`,
    });
  }
}

/** The console has no other way in. */
function signsIn({ apiJwt, console }: Settings, context: z.RefinementCtx<Settings>): void {
  if (!console || apiJwt) return;
  context.addIssue({
    code: 'custom',
    path: ['console'],
    message: 'needs an issuer to sign in at: set apiJwt, too',
  });
}

/** What the product keeps is no export. */
function notOwn({ snapshotBuckets, data }: Settings, context: z.RefinementCtx<Settings>): void {
  for (const [at, { name }] of snapshotBuckets.entries()) {
    if (name !== data?.stateBucket && name !== data?.logBucket) continue;
    context.addIssue({
      code: 'custom',
      path: ['snapshotBuckets', at],
      message: `"${name}" is a bucket that "data" keeps for the product; name the one your warehouse exports to`,
    });
  }
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
