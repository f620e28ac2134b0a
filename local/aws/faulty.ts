/**
 * A service that fails now and then: stands before any implementation of S3, DynamoDB, SQS, EventBridge Scheduler or Secrets
 * Manager, and answers some requests as AWS does on a bad day. What it lets pass goes on unchanged.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as open,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { listening } from '../loopback.ts';
import type { Service } from './index.ts';

/** Each by its name, as counted. */
export type FaultName =
  /** 503 SlowDown of S3, 400 of DynamoDB's and Secrets Manager's throttling, 500 of SQS, 429 of Scheduler. */
  | 'busy'
  /** The connection breaks before the request is passed on, or after it was done. */
  | 'reset-before'
  | 'reset-after'
  | 'slow'
  /** S3: the connection breaks in the middle of an object. */
  | 'reset-within'
  /** S3: 409 to a conditional write. */
  | 'conflict'
  /** DynamoDB: some writes of a batch are not done; a page ends early. */
  | 'unprocessed'
  | 'short-page'
  /** SQS: some entries of a batch are not taken; a receive finds nothing. */
  | 'failed-entries'
  | 'empty-receive';

export interface FaultyOptions {
  readonly service: Service | 'secretsmanager';
  readonly endpoint: string;
  /** Of requests to which a fault applies, those that meet it; of those left out none. From 0 to 1. */
  readonly shares: Readonly<Partial<Record<FaultName, number>>>;
  /** From 0 up to 1. */
  readonly chance: () => number;
  /** @default 300 */
  readonly slowMs?: number;
  /** Told of each fault, and of the operation it met. */
  readonly onFault?: (fault: FaultName, operation: string) => void;
}

export interface RunningFaulty {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startFaulty(options: FaultyOptions): Promise<RunningFaulty> {
  const server = createServer((request, response) => {
    request.on('error', () => response.destroy());
    void answer(options, request, response).catch(() => response.destroy());
  });
  return listening(server);
}

async function answer(
  options: FaultyOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { service, onFault, slowMs = 300 } = options;
  const body = await buffer(request);
  const operation = String(request.headers['x-amz-target'] ?? request.method).replace(/^.*\./, '');
  const meets = (fault: FaultName) => {
    const share = options.shares[fault] ?? 0;
    if (share === 0 || options.chance() >= share) return false;
    onFault?.(fault, operation);
    return true;
  };
  if (meets('slow')) await sleep(slowMs);
  if (meets('reset-before')) {
    response.destroy();
    return;
  }
  if (meets('busy')) {
    busy(service, response);
    return;
  }
  const isConditional = request.headers['if-none-match'] ?? request.headers['if-match'];
  if (service === 's3' && request.method === 'PUT' && isConditional && meets('conflict')) {
    s3Error(response, 409, 'ConditionalRequestConflict');
    return;
  }
  const own = ofOperation(operation, body, meets);
  if (own?.instead) {
    json(response, 200, own.instead);
    return;
  }
  const passed = await pass(options.endpoint, request, own?.body ?? body);
  if (meets('reset-after')) {
    response.destroy();
    return;
  }
  if (
    service === 's3' &&
    request.url?.includes('x-id=GetObject') &&
    passed.body.length > 1 &&
    meets('reset-within')
  ) {
    const half = passed.body.subarray(0, passed.body.length >> 1);
    response.writeHead(passed.status, { ...passed.headers, ...lengthOf(passed.body) });
    response.write(half, () => response.destroy());
    return;
  }
  const answered = own?.merge ? Buffer.from(JSON.stringify(own.merge(passed.json()))) : passed.body;
  response.writeHead(passed.status, passed.headers);
  response.end(answered);
}

const lengthOf = (body: Buffer) => ({ 'content-length': body.length });

interface Passed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  json(): Record<string, unknown>;
}

async function pass(endpoint: string, request: IncomingMessage, body: Buffer): Promise<Passed> {
  const { method, url, headers } = request;
  const { 'content-length': _, 'transfer-encoding': __, 'x-amz-crc32': ___, ...kept } = headers;
  const onward = open(`${endpoint}${url}`, { method, headers: { ...kept, ...lengthOf(body) } });
  onward.end(body);
  const [answer] = z.tuple([z.custom<IncomingMessage>()]).parse(await once(onward, 'response'));
  const {
    'content-length': ____,
    'transfer-encoding': _____,
    'x-amz-crc32': ______,
    ...told
  } = answer.headers;
  const content = await buffer(answer);
  return {
    status: answer.statusCode ?? 502,
    headers: told,
    body: content,
    json: () => Json.parse(JSON.parse(content.toString())),
  };
}

const Json = z.record(z.string(), z.unknown());
const Entries = z.looseObject({ Entries: z.array(z.looseObject({ Id: z.string() })) });
const Writes = z.looseObject({ RequestItems: z.record(z.string(), z.array(z.unknown())) });
const List = z.array(z.unknown()).default([]);

interface Own {
  /** What is passed on. */
  readonly body?: Buffer;
  /** Makes the answer of that of the service. */
  readonly merge?: (answer: Record<string, unknown>) => object;
  /** Nothing is passed on. */
  readonly instead?: object;
}

const bodyOf = (call: object) => Buffer.from(JSON.stringify(call));

/** Faults in which a part of a request is done. */
function ofOperation(
  operation: string,
  body: Buffer,
  meets: (fault: FaultName) => boolean,
): Own | undefined {
  if (operation === 'ReceiveMessage') return meets('empty-receive') ? { instead: {} } : undefined;
  if (operation === 'Query') {
    const call = Json.parse(JSON.parse(body.toString()));
    return 'Limit' in call || !meets('short-page')
      ? undefined
      : { body: bodyOf({ ...call, Limit: 2 }) };
  }
  if (operation === 'SendMessageBatch' && meets('failed-entries')) {
    const call = Entries.parse(JSON.parse(body.toString()));
    const [first, ...rest] = call.Entries;
    if (first === undefined) return undefined;
    const refused = { Id: first.Id, Code: 'InternalError', SenderFault: false };
    if (rest.length === 0) return { instead: { Successful: [], Failed: [refused] } };
    return {
      body: bodyOf({ ...call, Entries: rest }),
      merge: (answer) => ({ ...answer, Failed: [...List.parse(answer['Failed']), refused] }),
    };
  }
  if (operation === 'BatchWriteItem' && meets('unprocessed')) {
    const call = Writes.parse(JSON.parse(body.toString()));
    const [[table, [first, ...rest]] = ['', []]] = Object.entries(call.RequestItems);
    if (first === undefined) return undefined;
    const UnprocessedItems = { [table]: [first] };
    if (rest.length === 0) return { instead: { UnprocessedItems } };
    return {
      body: bodyOf({ ...call, RequestItems: { [table]: rest } }),
      merge: (answer) => ({ ...answer, UnprocessedItems }),
    };
  }
  return undefined;
}

/** What each says when it has too much to do. */
const tooBusy = {
  dynamodb: [400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'],
  scheduler: [429, 'ThrottlingException'],
  events: [429, 'ThrottlingException'],
  sqs: [500, 'com.amazon.coral.service#InternalFailure'],
  secretsmanager: [400, 'ThrottlingException'],
} as const satisfies Record<Exclude<FaultyOptions['service'], 's3'>, readonly [number, string]>;

function busy(service: FaultyOptions['service'], response: ServerResponse): void {
  if (service === 's3') {
    s3Error(response, 503, 'SlowDown');
    return;
  }
  const [status, __type] = tooBusy[service];
  json(response, status, { __type });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}

function s3Error(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Embedded fault</Message></Error>`,
  );
}
