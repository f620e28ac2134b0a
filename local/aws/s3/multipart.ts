/** Operations of a multipart upload. */
import { CRC_HEADER, receive, receiveText } from './body.ts';
import { type Call, sendEmpty, sendXml } from './call.ts';
import { invalidArgument, malformedXml } from './error.ts';
import { NewFile } from './new-file.ts';
import { keptHeaders, writeConditions } from './objects.ts';
import type { NamedPart } from './uploads.ts';
import { elementsNamed, textOf, xmlAnswer } from './xml.ts';

export function createUpload({ uploads, bucket, key, request, response }: Call): void {
  const id = uploads.create(bucket, key, keptHeaders(request.headers));
  const answer = { Bucket: bucket, Key: key, UploadId: id };
  sendXml(response, 200, xmlAnswer('InitiateMultipartUploadResult', answer));
}

export async function uploadPart(call: Call): Promise<void> {
  const { store, uploads, request, response } = call;
  const number = partNumberOf(call.query.get('partNumber') ?? '');
  const find = () => uploads.find(uploadIdOf(call), call.bucket, call.key);
  find();
  const file = await NewFile.create(store.newPath());
  try {
    const received = await receive(request, (piece) => file.add(piece));
    await file.finish();
    await uploads.addPart(find(), number, { ...received, file: file.path });
    sendEmpty(response, 200, { ETag: `"${received.md5}"`, [CRC_HEADER]: received.crc32 });
  } catch (error) {
    await file.discard();
    throw error;
  }
}

export async function completeUpload(call: Call): Promise<void> {
  const { uploads, bucket, key, request, response } = call;
  const id = uploadIdOf(call);
  const upload = uploads.find(id, bucket, key);
  const conditions = writeConditions(request);
  const named = elementsNamed(await receiveText(request), 'Part').map(namedPart);
  const { etag, crc32 } = await uploads.complete(id, upload, named, conditions);
  const location = `http://${request.headers.host}/${bucket}/${encodeURIComponent(key)}`;
  const answer = {
    Location: location,
    Bucket: bucket,
    Key: key,
    ETag: `"${etag}"`,
    ChecksumCRC32: crc32 ?? '',
  };
  sendXml(response, 200, xmlAnswer('CompleteMultipartUploadResult', answer));
}

export async function abortUpload(call: Call): Promise<void> {
  const id = uploadIdOf(call);
  await call.uploads.abort(id, call.uploads.find(id, call.bucket, call.key));
  sendEmpty(call.response, 204);
}

function uploadIdOf({ query }: Call): string {
  return query.get('uploadId') ?? '';
}

const MOST_PARTS = 10_000;

function partNumberOf(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST_PARTS) return number;
  throw invalidArgument('partNumber', 'Part number must be an integer between 1 and 10000');
}

function namedPart(part: string): NamedPart {
  const etag = textOf(part, 'ETag');
  if (etag === undefined) throw malformedXml();
  return {
    number: partNumberOf(textOf(part, 'PartNumber')?.trim() ?? ''),
    etag: etag.trim().replaceAll('"', ''),
    crc32: textOf(part, 'ChecksumCRC32')?.trim(),
  };
}
