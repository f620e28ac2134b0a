/** CopyObject: within this server, whole objects, with the headers they were put with. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { base64OfCrc, MOST_BYTES } from './body.ts';
import { type Call, sendXml, targetOf } from './call.ts';
import { notImplemented, S3Error } from './error.ts';
import { NewFile } from './new-file.ts';
import { writeConditions } from './objects.ts';
import { footerOf } from './store.ts';
import { xmlAnswer } from './xml.ts';

export async function copyObject(call: Call): Promise<void> {
  const { store, bucket, key, request, response } = call;
  store.bucket(bucket);
  const source = sourceOf(call);
  const conditions = writeConditions(request);
  const { headers, ...found } = store.head(source.bucket, source.key);
  if (found.size > MOST_BYTES) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'The specified copy source is larger than the maximum allowable size for a copy source',
    );
  }
  const fd = store.open(source.bucket, { headers, ...found });
  const file = await NewFile.create(store.newPath());
  try {
    const hash = createHash('md5');
    let crc = 0;
    if (found.size > 0) {
      for await (const piece of createReadStream('', { fd, start: 0, end: found.size - 1 })) {
        hash.update(piece);
        crc = crc32(piece, crc);
        await file.add(piece);
      }
    }
    const object = {
      ...found,
      headers,
      key,
      etag: hash.digest('hex'),
      crc32: base64OfCrc(crc),
      modified: call.now(),
    };
    await file.add(footerOf(object));
    await file.finish();
    store.commit(bucket, object, file.path, conditions);
    const answer = {
      ETag: `"${object.etag}"`,
      LastModified: new Date(object.modified).toISOString(),
    };
    sendXml(response, 200, xmlAnswer('CopyObjectResult', answer));
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function sourceOf({ bucket, key, request }: Call) {
  const { 'x-amz-copy-source': source = '', ...headers } = request.headers;
  const unknown = Object.keys(headers).find((name) => name.startsWith('x-amz-copy-source-if-'));
  if (unknown) throw notImplemented(`CopyObject with the header ${unknown}`);
  if (headers['x-amz-metadata-directive'] === 'REPLACE')
    throw notImplemented('CopyObject with other metadata');
  const target = targetOf(`/${String(source).replace(/^\//, '')}`);
  if (target.query.size > 0) throw notImplemented('CopyObject of a version');
  if (target.bucket === bucket && target.key === key) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing the object.',
    );
  }
  return target;
}
