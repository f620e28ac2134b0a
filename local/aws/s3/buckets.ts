/** Operations about a bucket. */
import { receiveText } from './body.ts';
import { type Call, keyTooLong, MOST_KEY_BYTES, sendEmpty, sendXml } from './call.ts';
import { invalidArgument, malformedXml, notImplemented } from './error.ts';
import { type ListPosition, listPage } from './keys.ts';
import type { StoredObject } from './store.ts';
import { type Elements, elementsNamed, textOf, xmlAnswer } from './xml.ts';

export function createBucket({ store, bucket, response }: Call): void {
  store.createBucket(bucket);
  sendEmpty(response, 200, { Location: `/${bucket}` });
}

export function headBucket({ store, bucket, response }: Call): void {
  store.bucket(bucket);
  sendEmpty(response, 200);
}

export function deleteBucket({ store, bucket, response }: Call): void {
  store.deleteBucket(bucket);
  sendEmpty(response, 204);
}

export function listObjects({ store, bucket, query, response }: Call): void {
  if (query.get('list-type') !== '2') throw invalidArgument('list-type', 'Only 2 is known.');
  if (query.get('fetch-owner') === 'true') throw notImplemented('ListObjectsV2 with fetch-owner');
  const objects = store.bucket(bucket);
  const token = query.get('continuation-token');
  const asked = {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startAfter: query.get('start-after') ?? '',
    maxKeys: maxKeysOf(query.get('max-keys')),
    resume: token === null ? undefined : positionOf(token),
  };
  if (Buffer.byteLength(asked.prefix) > MOST_KEY_BYTES) throw keyTooLong();
  const page = listPage(objects, asked);
  const shown = shownBy(query.get('encoding-type'));
  const answer: Elements = {
    Name: bucket,
    Prefix: shown(asked.prefix),
    ...(asked.delimiter && { Delimiter: shown(asked.delimiter) }),
    ...(asked.startAfter && { StartAfter: shown(asked.startAfter) }),
    ...(query.has('encoding-type') && { EncodingType: 'url' }),
    MaxKeys: asked.maxKeys,
    KeyCount: page.keys.length + page.commonPrefixes.length,
    IsTruncated: page.next !== undefined,
    ...(token !== null && { ContinuationToken: token }),
    ...(page.next && { NextContinuationToken: tokenOf(page.next) }),
    Contents: page.keys.flatMap((key) => objects.get(key) ?? []).map((each) => listed(each, shown)),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: shown(prefix) })),
  };
  sendXml(response, 200, xmlAnswer('ListBucketResult', answer));
}

function listed(object: StoredObject, shown: (text: string) => string): Elements {
  return {
    Key: shown(object.key),
    LastModified: new Date(Math.floor(object.modified / 1000) * 1000).toISOString(),
    ETag: `"${object.etag}"`,
    Size: object.size,
    StorageClass: 'STANDARD',
  };
}

const MOST_KEYS = 1000;

function maxKeysOf(value: string | null): number {
  if (value === null) return MOST_KEYS;
  if (!/^\d{1,9}$/.test(value)) {
    throw invalidArgument('max-keys', 'Provided max-keys not an integer or within integer range');
  }
  return Math.min(Number(value), MOST_KEYS);
}

/** How keys are written: as they are, or as in a form, `/` bare and a blank as `+`. */
function shownBy(encodingType: string | null): (text: string) => string {
  if (encodingType === null) return (text) => text;
  if (encodingType !== 'url') {
    throw invalidArgument('encoding-type', 'Invalid Encoding Method specified in Request');
  }
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+')
      .replaceAll('%2F', '/');
}

function tokenOf({ kind, value }: ListPosition): string {
  return Buffer.from(`${kind}:${value}`, 'utf8').toString('base64url');
}

function positionOf(token: string): ListPosition {
  const [, kind, value] =
    /^(key|prefix):(.*)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (kind === undefined || value === undefined) {
    throw invalidArgument('continuation-token', 'The continuation token provided is incorrect');
  }
  return { kind: kind === 'key' ? 'key' : 'prefix', value };
}

const MOST_DELETED = 1000;

export async function deleteObjects({ store, bucket, request, response }: Call): Promise<void> {
  store.bucket(bucket);
  const document = await receiveText(request);
  const keys = elementsNamed(document, 'Object').map(keyToDelete);
  if (keys.length === 0 || keys.length > MOST_DELETED) throw malformedXml();
  if (keys.some((key) => Buffer.byteLength(key) > MOST_KEY_BYTES)) throw keyTooLong();
  for (const key of keys) store.delete(bucket, key);
  const quiet = textOf(document, 'Quiet')?.trim() === 'true';
  const deleted = quiet ? [] : keys.map((key) => ({ Key: key }));
  sendXml(response, 200, xmlAnswer('DeleteResult', { Deleted: deleted }));
}

function keyToDelete(object: string): string {
  for (const name of ['VersionId', 'ETag', 'LastModifiedTime', 'Size']) {
    if (textOf(object, name) !== undefined) throw notImplemented(`DeleteObjects with ${name}`);
  }
  const key = textOf(object, 'Key');
  if (key) return key;
  throw malformedXml();
}
