/** Which operation a request is, and which it is not. */
import type { IncomingMessage } from 'node:http';
import * as buckets from './buckets.ts';
import type { Call, Target } from './call.ts';
import { copyObject } from './copy.ts';
import { notImplemented, S3Error } from './error.ts';
import * as multipart from './multipart.ts';
import * as objects from './objects.ts';

export interface Operation {
  readonly name: string;
  /** Method, and what it is about. */
  readonly on: string;
  /** Query parameters that make it this operation. */
  readonly needs?: readonly string[];
  /** Query parameters it may have besides; any other would change its meaning, and is refused. */
  readonly takes?: readonly string[];
  /** What it writes is not in the request, but stands here already. @default false */
  readonly copies?: boolean;
  readonly answer: (call: Call) => Promise<void> | void;
}

const PART = ['partNumber', 'uploadId'];
const LISTING = [
  'prefix',
  'delimiter',
  'max-keys',
  'continuation-token',
  'start-after',
  'encoding-type',
  'fetch-owner',
];

const OPERATIONS: readonly Operation[] = [
  { name: 'CreateBucket', on: 'PUT bucket', answer: buckets.createBucket },
  { name: 'HeadBucket', on: 'HEAD bucket', answer: buckets.headBucket },
  { name: 'DeleteBucket', on: 'DELETE bucket', answer: buckets.deleteBucket },
  {
    name: 'ListObjectsV2',
    on: 'GET bucket',
    needs: ['list-type'],
    takes: LISTING,
    answer: buckets.listObjects,
  },
  { name: 'DeleteObjects', on: 'POST bucket', needs: ['delete'], answer: buckets.deleteObjects },
  { name: 'CopyObject', on: 'PUT object', copies: true, answer: copyObject },
  { name: 'PutObject', on: 'PUT object', answer: objects.putObject },
  { name: 'GetObject', on: 'GET object', answer: objects.getObject },
  { name: 'HeadObject', on: 'HEAD object', answer: objects.headObject },
  { name: 'DeleteObject', on: 'DELETE object', answer: objects.deleteObject },
  {
    name: 'CreateMultipartUpload',
    on: 'POST object',
    needs: ['uploads'],
    answer: multipart.createUpload,
  },
  { name: 'UploadPart', on: 'PUT object', needs: PART, answer: multipart.uploadPart },
  {
    name: 'CompleteMultipartUpload',
    on: 'POST object',
    needs: ['uploadId'],
    answer: multipart.completeUpload,
  },
  {
    name: 'AbortMultipartUpload',
    on: 'DELETE object',
    needs: ['uploadId'],
    answer: multipart.abortUpload,
  },
];

/** The SDK's name of the operation, of no effect. */
const NAME_PARAMETER = 'x-id';

const VERBS: Readonly<Record<string, string>> = {
  GET: 'Get',
  HEAD: 'Head',
  PUT: 'Put',
  POST: 'Post',
  DELETE: 'Delete',
};

/** The operation that the request asks for. Throws NotImplemented, naming it, unless it is answered in full. */
export function operationFor(request: IncomingMessage, target: Target): Operation {
  const method = request.method ?? '';
  if (!(method in VERBS)) {
    throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed.', {
      Method: method,
    });
  }
  const on = `${method} ${aboutOf(target)}`;
  const parameters = [...target.query.keys()].filter((name) => name !== NAME_PARAMETER);
  const copies = request.headers['x-amz-copy-source'] !== undefined;
  const operation = OPERATIONS.find(
    (each) =>
      each.on === on &&
      (each.copies ?? false) === copies &&
      accepts(each.needs ?? [], each.takes ?? [], parameters),
  );
  if (operation === undefined) {
    const shown = parameters.length > 0 ? ` with ?${parameters.join('&')}` : '';
    throw notImplemented(`${likelyName(method, target, parameters)} (${on}${shown})`);
  }
  refuseHeaders(request, target.query.get(NAME_PARAMETER) ?? operation.name);
  return operation;
}

function aboutOf({ bucket, key }: Target): 'service' | 'bucket' | 'object' {
  if (bucket === '') return 'service';
  return key === '' ? 'bucket' : 'object';
}

function accepts(needs: readonly string[], takes: readonly string[], given: readonly string[]) {
  return (
    needs.every((name) => given.includes(name)) &&
    given.every((name) => needs.includes(name) || takes.includes(name))
  );
}

const LIKELY: Readonly<Record<string, string>> = {
  'GET service': 'ListBuckets',
  'GET bucket': 'ListObjects',
  'GET bucket uploads': 'ListMultipartUploads',
  'GET bucket versions': 'ListObjectVersions',
  'GET object uploadId': 'ListParts',
};

/** The SDK says the name of most operations; for the others it is the method and what it is about. */
function likelyName(method: string, target: Target, parameters: readonly string[]): string {
  const about = aboutOf(target);
  const signature = [method, about, ...parameters.slice(0, 1)].join(' ');
  const words = [VERBS[method] ?? method, about, ...(parameters[0]?.split('-') ?? [])];
  const composed = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return target.query.get(NAME_PARAMETER) ?? LIKELY[signature] ?? composed;
}

/** Headers that would change what is done or stored. Those about encryption and storage class are ignored. */
const REFUSED = [
  'x-amz-tagging',
  'x-amz-write-offset-bytes',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
  'x-amz-server-side-encryption-customer-algorithm',
  'if-modified-since',
  'if-unmodified-since',
];

function refuseHeaders({ headers }: IncomingMessage, name: string): void {
  const refused = REFUSED.find((each) => headers[each] !== undefined);
  if (refused !== undefined) throw notImplemented(`${name} with the header ${refused}`);
}
