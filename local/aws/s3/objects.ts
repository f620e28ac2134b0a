/** Operations about an object. */
import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CRC_HEADER, header, receive } from './body.ts';
import { type Call, sendEmpty } from './call.ts';
import { notImplemented, preconditionFailed, S3Error } from './error.ts';
import { NewFile } from './new-file.ts';
import { type Conditions, etagMatches, footerOf, type StoredObject } from './store.ts';

export async function putObject(call: Call): Promise<void> {
  const { store, bucket, key, request, response } = call;
  store.bucket(bucket);
  const conditions = writeConditions(request);
  const headers = keptHeaders(request.headers);
  const file = await NewFile.create(store.newPath());
  try {
    const { size, md5, crc32 } = await receive(request, (piece) => file.add(piece));
    const object = { key, size, etag: md5, crc32, modified: call.now(), headers };
    await file.add(footerOf(object));
    await file.finish();
    store.commit(bucket, object, file.path, conditions);
    const checksum = { [CRC_HEADER]: crc32, 'x-amz-checksum-type': 'FULL_OBJECT' };
    sendEmpty(response, 200, { ETag: `"${md5}"`, ...checksum });
  } catch (error) {
    await file.discard();
    throw error;
  }
}

export function deleteObject({ store, bucket, key, request, response }: Call): void {
  if (request.headers['if-match'] !== undefined) throw notImplemented('DeleteObject with if-match');
  store.delete(bucket, key);
  sendEmpty(response, 204);
}

export function headObject({ store, bucket, key, request, response }: Call): void {
  const answer = answerTo(request, store.head(bucket, key));
  response.writeHead(answer.status, answer.headers).end();
}

const READ_BYTES = 1024 * 1024;

export async function getObject({ store, bucket, key, request, response }: Call): Promise<void> {
  const object = store.head(bucket, key);
  const { status, headers, start, end } = answerTo(request, object);
  if (start === end) {
    response.writeHead(status, headers).end();
    return;
  }
  const fd = store.open(bucket, object);
  response.writeHead(status, headers);
  await pipeline(
    createReadStream('', { fd, start, end: end - 1, highWaterMark: READ_BYTES }),
    response,
  );
}

interface ObjectAnswer {
  readonly status: 200 | 206 | 304;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Bytes of the content to send: from `start`, below `end`. */
  readonly start: number;
  readonly end: number;
}

function answerTo(request: IncomingMessage, object: StoredObject): ObjectAnswer {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, range } = request.headers;
  if (ifMatch !== undefined && !etagMatches(ifMatch, object.etag)) {
    throw preconditionFailed('If-Match');
  }
  const common = {
    ETag: `"${object.etag}"`,
    'Last-Modified': new Date(object.modified).toUTCString(),
  };
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, object.etag)) {
    return { status: 304, headers: common, start: 0, end: 0 };
  }
  const { size } = object;
  const part = rangeOf(range, size);
  const { start, end } = part ?? { start: 0, end: size };
  // SDK clients ask for it, and hold what they read against it.
  const asks = request.headers['x-amz-checksum-mode'] === 'ENABLED' && part === undefined;
  const headers = {
    ...object.headers,
    ...common,
    ...(asks && object.crc32 && { [CRC_HEADER]: object.crc32 }),
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start,
    ...(part && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
  };
  return { status: part ? 206 : 200, headers, start, end };
}

/** Undefined for the whole: no range, several, or one that makes no sense, as HTTP has it. */
function rangeOf(
  range: string | undefined,
  size: number,
): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start < end) return { start, end };
  throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
    ActualObjectSize: size,
  });
}

const KEPT =
  /^(?:x-amz-meta-.*|content-(?:type|disposition|encoding|language)|cache-control|expires)$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MOST_METADATA = 2_048;

/** What an object keeps of the headers it was put with. `aws-chunked` was the transport's, not the content's. */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of Object.keys(headers)) {
    const value = KEPT.test(name) ? header(headers, name) : undefined;
    if (value !== undefined) kept[name] = value;
  }
  const meta = Object.entries(kept).filter(([name]) => name.startsWith('x-amz-meta-'));
  const bytes = meta.reduce(
    (sum, [name, value]) => sum + name.length - 11 + Buffer.byteLength(value),
    0,
  );
  if (bytes > MOST_METADATA) {
    throw new S3Error(
      400,
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
    );
  }
  const codings = (kept['content-encoding'] ?? '').split(',').map((each) => each.trim());
  const content = codings.filter((each) => each !== '' && each !== 'aws-chunked').join(',');
  if (content === '') delete kept['content-encoding'];
  else kept['content-encoding'] = content;
  return kept;
}

/** S3 knows `*` alone for If-None-Match on a write. */
export function writeConditions({ headers }: IncomingMessage): Conditions {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw notImplemented('a write with If-None-Match other than *');
  }
  return { ifMatch, ifNoneMatch };
}
