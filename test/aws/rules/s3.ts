/** The rules of S3. */
import { randomUUID } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Place, Rule } from '../rule.ts';

const guide = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide';
const names = `${guide}/bucketnamingrules.html`;
const keys = `${guide}/object-keys.html`;
const parts = `${guide}/qfacts.html`;
const conditions = `${guide}/conditional-writes.html`;
const integrity = `${guide}/checking-object-integrity.html`;
const metadata = `${guide}/UsingMetadata.html`;

const put = (input: Partial<PutObjectCommandInput>) => (place: Place) =>
  place.s3.send(
    new PutObjectCommand({ Bucket: place.bucket, Key: randomUUID(), Body: 'x', ...input }),
  );
const createBucket = (Bucket: string) => (place: Place) =>
  place.s3.send(new CreateBucketCommand({ Bucket }));

/** An upload of parts of these bytes; `order`: the numbers by which they are joined. */
async function joined(place: Place, bytes: readonly number[], order: readonly number[]) {
  const target = { Bucket: place.bucket, Key: randomUUID() };
  const { UploadId } = await place.s3.send(new CreateMultipartUploadCommand(target));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [i, size] of bytes.entries()) {
    const part = { ...target, UploadId, PartNumber: i + 1, Body: Buffer.alloc(size) };
    const { ETag } = await place.s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: i + 1, ETag });
  }
  const MultipartUpload = { Parts: order.flatMap((number) => Parts[number - 1] ?? []) };
  await place.s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
}
async function replaced(place: Place, input: Partial<PutObjectCommandInput>) {
  const Key = randomUUID();
  await put({ Key })(place);
  await put({ Key, ...input })(place);
}
const missing = { what: 'an object that is not there', source: `${guide}/download-objects.html` };

const rows: readonly Omit<Rule, 'service'>[] = [
  {
    what: 'a key of 1,025 bytes',
    send: put({ Key: 'é'.repeat(512).concat('x') }),
    error: 'KeyTooLongError',
    source: keys,
  },
  {
    what: 'a key of 1,024 bytes',
    send: put({ Key: 'é'.repeat(512) }),
    error: 'none',
    source: keys,
  },
  {
    what: 'a prefix of 1,025 bytes',
    send: (at) =>
      at.s3.send(
        new ListObjectsV2Command({ Bucket: at.bucket, Prefix: 'é'.repeat(512).concat('x') }),
      ),
    error: 'any',
    source: keys,
  },
  {
    what: 'to delete 1,001 objects at once',
    send: (at) =>
      at.s3.send(
        new DeleteObjectsCommand({
          Bucket: at.bucket,
          Delete: { Objects: Array.from({ length: 1_001 }, (_, i) => ({ Key: `k${i}` })) },
        }),
      ),
    error: 'MalformedXML',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html',
  },
  {
    what: 'a bucket with two dots in a row',
    send: createBucket('a..b'),
    error: 'any',
    source: names,
  },
  {
    what: 'a bucket called like an address',
    send: createBucket('192.168.5.4'),
    error: 'any',
    source: names,
  },
  {
    what: 'a bucket whose name begins with xn--',
    send: createBucket('xn--abc'),
    error: 'any',
    source: names,
  },
  {
    what: 'a bucket whose name ends with -s3alias',
    send: createBucket('abc-s3alias'),
    error: 'any',
    source: names,
  },
  {
    what: 'a bucket with a capital letter',
    send: createBucket('Abcd'),
    error: 'any',
    source: names,
  },
  {
    what: 'a write of what is there, if it is absent',
    send: (at) => replaced(at, { IfNoneMatch: '*' }),
    error: 'PreconditionFailed',
    source: conditions,
  },
  {
    what: 'a write over another version than named',
    send: (at) => replaced(at, { IfMatch: '"0123456789abcdef0123456789abcdef"' }),
    error: 'PreconditionFailed',
    source: conditions,
  },
  {
    what: 'a write over what is not there',
    send: put({ IfMatch: '"0123456789abcdef0123456789abcdef"' }),
    error: 'any',
    source: conditions,
  },
  {
    what: 'a checksum that is another’s',
    send: put({ ChecksumCRC32: 'AAAAAA==' }),
    error: 'any',
    source: integrity,
  },
  {
    what: 'an MD5 that is another’s',
    send: put({ ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }),
    error: 'BadDigest',
    source: integrity,
  },
  {
    what: 'metadata of more than 2 KB',
    send: put({ Metadata: { a: 'x'.repeat(2_048) } }),
    error: 'MetadataTooLarge',
    source: metadata,
  },
  {
    what: 'a first part of less than 5 MiB',
    send: (at) => joined(at, [5 * 1024 ** 2 - 1, 1], [1, 2]),
    error: 'EntityTooSmall',
    source: parts,
  },
  {
    what: 'parts of 5 MiB and of one byte',
    send: (at) => joined(at, [5 * 1024 ** 2, 1], [1, 2]),
    error: 'none',
    source: parts,
  },
  {
    what: 'parts out of their order',
    send: (at) => joined(at, [5 * 1024 ** 2, 1], [2, 1]),
    error: 'InvalidPartOrder',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html',
  },
  {
    what: 'no parts at all',
    send: (at) => joined(at, [1], []),
    error: 'any',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html',
  },
  {
    ...missing,
    send: (at) => at.s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: randomUUID() })),
    error: 'NoSuchKey',
  },
  {
    what: 'a range behind the end',
    send: async (at) => {
      const Key = randomUUID();
      await put({ Key })(at);
      await at.s3.send(new GetObjectCommand({ Bucket: at.bucket, Key, Range: 'bytes=9-' }));
    },
    error: 'InvalidRange',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html',
  },
  {
    what: 'a copy onto itself',
    send: async (at) => {
      const Key = randomUUID();
      await put({ Key })(at);
      await at.s3.send(
        new CopyObjectCommand({ Bucket: at.bucket, Key, CopySource: `${at.bucket}/${Key}` }),
      );
    },
    error: 'InvalidRequest',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html',
  },
  {
    what: 'a bucket that is not there',
    send: (at) =>
      at.s3.send(new ListObjectsV2Command({ Bucket: 'audience-mirror-nowhere-at-all' })),
    error: 'NoSuchBucket',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html',
  },
];

export const s3Rules: readonly Rule[] = rows.map((row) => ({ service: 's3', ...row }));
