/**
 * Which rights a call of AWS needs, in the words of the template: by the Service Authorization Reference, and for objects that are
 * encrypted with a customer key by https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
import { z } from 'zod';
import { buckets } from '../../local/aws/identity.ts';
import type { Grant } from './grants.ts';

export type JudgedService = 'dynamodb' | 's3' | 'sqs' | 'scheduler' | 'events' | 'secretsmanager';

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const arn = (rest: string) => `arn:<AWS::Partition>:${rest}`;
const inAccount = (service: string, rest: string) =>
  arn(`${service}:<AWS::Region>:<AWS::AccountId>:${rest}`);

/** The key of the exports, as the synthesis names it. */
export const exportsKey =
  'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';

const placeOf: Readonly<Record<string, { readonly arn: string; readonly key: string }>> = {
  [buckets.state]: { arn: '<Storage/State>', key: '<Storage/Key>' },
  [buckets.logs]: { arn: '<Storage/Logs>', key: '<Storage/Key>' },
  [buckets.snapshots]: { arn: arn(`s3:::${buckets.snapshots}`), key: exportsKey },
};

/** @throws Error for a call that the judge does not know */
export const needsOf: Readonly<Record<JudgedService, (call: Call) => readonly Grant[]>> = {
  dynamodb: (call) => [{ action: `dynamodb:${operationOf(call)}`, resource: '<Storage/Table>' }],
  sqs: (call) => {
    const { QueueUrl } = z.object({ QueueUrl: z.string() }).parse(json(call));
    return [
      { action: `sqs:${operationOf(call).replace(/Batch$/, '')}`, resource: queueOf(QueueUrl) },
    ];
  },
  events: (call) => {
    const { Entries } = z
      .object({ Entries: z.array(z.object({ EventBusName: z.string() })) })
      .parse(json(call));
    return Entries.map(({ EventBusName }) => ({
      action: `events:${operationOf(call)}`,
      resource: EventBusName === 'audience-mirror' ? '<Alerts/Bus>' : EventBusName,
    }));
  },
  secretsmanager: (call) => {
    const { SecretId, Name } = z
      .object({ SecretId: z.string().optional(), Name: z.string().optional() })
      .parse(json(call));
    const resource = inAccount('secretsmanager', `secret:${SecretId ?? Name}`);
    return [{ action: `secretsmanager:${operationOf(call)}`, resource }];
  },
  scheduler: schedulerNeeds,
  s3: objectNeeds,
};

const operationOf = ({ headers }: Call) => String(headers['x-amz-target']).split('.')[1] ?? '';
const json = ({ body }: Call): unknown => JSON.parse(body.toString());

const queueNames: Readonly<Record<string, string>> = {
  'audience-mirror-plan': '<Queues/Plan>',
  'audience-mirror-send.fifo': '<Queues/Send>',
  'audience-mirror-close': '<Queues/Close>',
  'audience-mirror-plan-dead': '<Queues/PlanDeadLetters>',
  'audience-mirror-send-dead.fifo': '<Queues/SendDeadLetters>',
  'audience-mirror-close-dead': '<Queues/CloseDeadLetters>',
  'audience-mirror-start-dead': '<Schedules/DeadLetters>',
};
const queueOf = (url: string) => queueNames[url.slice(url.lastIndexOf('/') + 1)] ?? url;

/** The service asks for the right to list all schedules, whatever group is named: https://github.com/aws/aws-cdk/issues/38201 */
function schedulerNeeds(call: Call): Grant[] {
  const [, kind, name] = call.url.pathname.split('/');
  if (kind !== 'schedules') throw new Error(`Nobody judges ${call.method} ${call.url.pathname}.`);
  const of = (group: string) => inAccount('scheduler', `schedule/${group}/${name}`);
  if (name === undefined) {
    return [
      { action: 'scheduler:ListSchedules', resource: inAccount('scheduler', 'schedule/*/*') },
    ];
  }
  const resource = of('<Schedules/Group>');
  if (call.method === 'DELETE') return [{ action: 'scheduler:DeleteSchedule', resource }];
  if (call.method === 'GET') return [{ action: 'scheduler:GetSchedule', resource }];
  const action = call.method === 'PUT' ? 'scheduler:UpdateSchedule' : 'scheduler:CreateSchedule';
  return [
    { action, resource },
    { action: 'iam:PassRole', resource: '<Schedules/Role>' },
  ];
}

/** Bucket and key of a path-style address. */
function placeIn(path: string) {
  const [bucket = '', ...rest] = path.replace(/^\//, '').split('/').map(decodeURIComponent);
  const place = placeOf[bucket];
  if (place === undefined) throw new Error(`Nobody judges the bucket ${bucket}.`);
  const key = rest.join('/');
  return { ...place, name: key, object: `${place.arn}/${key}` };
}

function objectNeeds({ method, url, headers, body }: Call): Grant[] {
  const place = placeIn(url.pathname);
  const { object: resource } = place;
  const read = [
    { action: 's3:GetObject', resource },
    { action: 'kms:Decrypt', resource: place.key },
  ];
  const write = [
    { action: 's3:PutObject', resource },
    { action: 'kms:GenerateDataKey', resource: place.key },
  ];
  // Parts are decrypted when they are put together.
  const parts = [...write, { action: 'kms:Decrypt', resource: place.key }];
  const query = url.searchParams;
  if (place.name === '' && method === 'POST' && query.has('delete')) {
    const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)];
    return keys.map(([, key]) => ({ action: 's3:DeleteObject', resource: `${place.arn}/${key}` }));
  }
  if (place.name === '') return [{ action: 's3:ListBucket', resource: place.arn }];
  if (method === 'GET' || method === 'HEAD') return read;
  if (method === 'DELETE') {
    const action = query.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject';
    return [{ action, resource }];
  }
  if (method === 'POST' || query.has('partNumber')) return parts;
  const source = headers['x-amz-copy-source'];
  if (typeof source !== 'string') return write;
  const from = placeIn(source.replace(/^\/?/, '/'));
  return [
    ...write,
    { action: 's3:GetObject', resource: from.object },
    { action: 'kms:Decrypt', resource: from.key },
  ];
}

/** Only who may list is told that an object is not there: all others are refused. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function needsOfAbsence(service: JudgedService, { url }: Call, status: number): Grant[] {
  if (service !== 's3' || status !== 404) return [];
  return [{ action: 's3:ListBucket', resource: placeIn(url.pathname).arn }];
}
