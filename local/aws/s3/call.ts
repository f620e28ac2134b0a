import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from './error.ts';
import type { ObjectStore } from './store.ts';
import type { Uploads } from './uploads.ts';

/** What a request names, taken from its path-style address. */
export interface Target {
  /** Empty for a request about no bucket. */
  readonly bucket: string;
  /** Empty for a request about a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/** One request and all that is needed to answer it. */
export interface Call extends Target {
  readonly store: ObjectStore;
  readonly uploads: Uploads;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export const MOST_KEY_BYTES = 1024;

/** By hand, not by `URL`, which would resolve the `..` of a key. */
export function targetOf(url: string): Target {
  const [path = '', ...search] = url.split('?');
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const target = {
    bucket: decoded(bucket),
    key: decoded(key),
    query: new URLSearchParams(search.join('?')),
  };
  if (Buffer.byteLength(target.key) > MOST_KEY_BYTES) throw keyTooLong();
  return target;
}

export const keyTooLong = () =>
  new S3Error(400, 'KeyTooLongError', 'Your key is too long', { MaxSizeAllowed: MOST_KEY_BYTES });

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
): void {
  response.writeHead(status, status === 204 ? headers : { 'Content-Length': 0, ...headers }).end();
}

export function sendXml(response: ServerResponse, status: number, xml: string): void {
  const body = Buffer.from(xml, 'utf8');
  response
    .writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': body.length })
    .end(body);
}
