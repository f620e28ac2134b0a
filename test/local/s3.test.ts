import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, describe, expect, test } from 'vitest';
import { Bucket, code, md5, openS3 } from './s3-world.ts';

const { root, folder, client, put, get, unfinished, close } = await openS3();
afterAll(close);

const MIB = 1024 * 1024;
const inPieces = (content: Buffer) =>
  Readable.from(
    Array.from({ length: Math.ceil(content.length / 70_000) }, (_, at) =>
      content.subarray(at * 70_000, (at + 1) * 70_000),
    ),
  );

describe('objects', () => {
  const ways = {
    'from a buffer': (Key: string, content: Buffer, more: object) => put(Key, content, more),
    'from a stream': (Key: string, content: Buffer, more: object) =>
      put(Key, inPieces(content), { ContentLength: content.length, ...more }),
    'by lib-storage': (Key: string, content: Buffer, more: object) =>
      new Upload({ client, params: { Bucket, Key, Body: inPieces(content), ...more } }).done(),
  };

  test.each(
    Object.entries(ways).flatMap(([way, store]) =>
      [0, 1, 8 * MIB].map((size) => ({ way, size, store })),
    ),
  )('$size bytes $way come back as they went', async ({ way, size, store }) => {
    const content = randomBytes(size);
    const key = `${way}/${size}`;
    const headers = { ContentType: 'text/csv', ContentEncoding: 'gzip', Metadata: { run: '7' } };
    const { ETag } = await store(key, content, headers);
    const got = await get(key);
    expect(got.content.equals(content)).toBe(true);
    expect(got).toMatchObject({ ...headers, ETag, ContentLength: size });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: key }))).toMatchObject({
      ...headers,
      ETag,
      ContentLength: size,
      LastModified: new Date('2026-03-01T12:00:00.000Z'),
    });
    const joined = way === 'by lib-storage' && size > 5 * MIB;
    expect(ETag).toBe(joined ? `"${md5OfParts(content)}-2"` : `"${md5(content)}"`);
    expect(unfinished()).toEqual([]);
  });

  function md5OfParts(content: Buffer): string {
    const parts = [content.subarray(0, 5 * MIB), content.subarray(5 * MIB)];
    return md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), 'hex'))));
  }

  test('a range is the part HTTP says, and 416 where there is none', async () => {
    const content = randomBytes(1000);
    await put('ranged', content);
    await put('empty', Buffer.alloc(0));
    const part = async (Range: string) => {
      const { content, ContentRange } = await get('ranged', { Range });
      return { content, ContentRange };
    };
    const bytes = (from: number, to: number) => ({
      content: content.subarray(from, to),
      ContentRange: `bytes ${from}-${to - 1}/1000`,
    });
    expect(await part('bytes=0-0')).toEqual(bytes(0, 1));
    expect(await part('bytes=10-19')).toEqual(bytes(10, 20));
    expect(await part('bytes=990-5000')).toEqual(bytes(990, 1000));
    expect(await part('bytes=999-')).toEqual(bytes(999, 1000));
    expect(await part('bytes=-1')).toEqual(bytes(999, 1000));
    expect(await part('bytes=-5000')).toEqual(bytes(0, 1000));
    for (const none of ['bytes=5-4', 'bytes=0-1,5-6', 'bytes=-', 'lines=1-2']) {
      expect(await part(none)).toEqual({ content, ContentRange: undefined });
    }
    for (const beyond of ['bytes=1000-', 'bytes=1000-2000', 'bytes=-0']) {
      expect(await code(part(beyond))).toBe('InvalidRange');
    }
    expect(await code(get('empty', { Range: 'bytes=0-' }))).toBe('InvalidRange');
  });

  test('a reader goes on reading the version it began', async () => {
    // More than the sockets between can hold.
    const [first, second] = [Buffer.alloc(24 * MIB, 1), randomBytes(MIB)];
    const { ETag } = await put('replaced', first);
    const { Body, ETag: read } = await client.send(
      new GetObjectCommand({ Bucket, Key: 'replaced' }),
    );
    await put('replaced', second);
    expect(read).toBe(ETag);
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(first)).toBe(true);
    expect((await get('replaced')).content.equals(second)).toBe(true);
    expect(await code(get('replaced', { IfMatch: ETag }))).toBe('PreconditionFailed');
  });

  test('deleting one, many, or what is not there leaves the others', async () => {
    const keys = ['<&">', 'tab\tand\r\nline', 'é😀', "it's", ' blank '].map((key) => `d/${key}`);
    await Promise.all([...keys, 'd/kept', 'd/alone'].map((key) => put(key, 'x')));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'd/alone' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'd/alone' }));
    const [named, quiet] = [keys.slice(0, 3), keys.slice(3)];
    const remove = (some: string[], Quiet: boolean) =>
      client.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: some.map((Key) => ({ Key })), Quiet },
        }),
      );
    expect((await remove([...named, 'd/never'], false)).Deleted).toEqual(
      [...named, 'd/never'].map((Key) => ({ Key })),
    );
    expect((await remove(quiet, true)).Deleted).toBeUndefined();
    const left = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'd/' }));
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(['d/kept']);
  });
});

describe('conditional writes', () => {
  test('of 20 that race to create a key, one wins and its content stays', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        code(put('created', Buffer.alloc(100_000, writer), { IfNoneMatch: '*' })),
      ),
    );
    expect(outcomes.filter((each) => each === 'PreconditionFailed')).toHaveLength(19);
    const winner = outcomes.indexOf('no error');
    expect((await get('created')).content.equals(Buffer.alloc(100_000, winner))).toBe(true);
    expect(unfinished()).toEqual([]);
  });

  test('of 20 that race to replace a version, one wins; none where there is no version', async () => {
    const { ETag } = await put('pointer', 'old');
    const replace = (Key: string, Body: string) => code(put(Key, Body, { IfMatch: ETag }));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, writer) => replace('pointer', `new ${writer}`)),
    );
    expect(outcomes.filter((each) => each === 'PreconditionFailed')).toHaveLength(19);
    expect(String((await get('pointer')).content)).toBe(`new ${outcomes.indexOf('no error')}`);
    expect(await replace('no pointer', 'x')).toBe('NoSuchKey');
  });

  test('hold for a multipart upload when it is joined', async () => {
    await put('whole', 'first');
    const params = { Bucket, Key: 'whole', Body: randomBytes(6 * MIB), IfNoneMatch: '*' };
    expect(await code(new Upload({ client, params }).done())).toBe('PreconditionFailed');
    expect(String((await get('whole')).content)).toBe('first');
    expect(unfinished()).toEqual([]);
  });

  test('a conditional read answers 412 or 304', async () => {
    const { ETag } = await put('read', 'x');
    const other = `"${md5(Buffer.from('y'))}"`;
    expect(await code(get('read', { IfMatch: ETag, IfNoneMatch: other }))).toBe('no error');
    expect(await code(get('read', { IfMatch: other }))).toBe('PreconditionFailed');
    await expect(get('read', { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
  });
});

test('a multipart upload joins the parts it is told to, once', async () => {
  const Key = 'parts';
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const upload = { Bucket, Key, UploadId };
  const send = async (PartNumber: number, Body: Buffer) => ({
    PartNumber,
    ETag: (await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }))).ETag,
  });
  const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
    client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  const [content, end] = [randomBytes(5 * MIB), randomBytes(10)];
  const replaced = await send(2, content);
  const [small, first, last] = [await send(1, end), await send(2, content), await send(7, end)];
  const again = await send(2, randomBytes(5 * MIB));
  expect(await code(complete(small, again))).toBe('EntityTooSmall');
  expect(await code(complete(last, again))).toBe('InvalidPartOrder');
  expect(replaced).toEqual(first);
  expect(await code(complete(first, last))).toBe('InvalidPart');
  await send(2, content);
  await complete(first, last);
  expect((await get(Key)).content.equals(Buffer.concat([content, end]))).toBe(true);
  expect(await code(complete(first, last))).toBe('NoSuchUpload');
  expect(await code(client.send(new AbortMultipartUploadCommand(upload)))).toBe('NoSuchUpload');
  expect(unfinished()).toEqual([]);
});

test('no key leaves the folder, and every file in it is named by a hash', async () => {
  const longest = 'é'.repeat(512);
  const keys = [
    '..',
    '.',
    '/',
    '//',
    '../../../x',
    '/etc/x',
    'a',
    'a/',
    'a/b',
    '..%2f..',
    'C:\\x',
    longest,
  ];
  await client.send(new CreateBucketCommand({ Bucket: 'hostile' }));
  for (const key of keys) await put(key, key, { Bucket: 'hostile' });
  for (const key of keys) {
    expect(String((await get(key, { Bucket: 'hostile' })).content)).toBe(key);
  }
  expect(await code(put(`${longest}x`, 'x'))).toBe('KeyTooLongError');
  expect(readdirSync(root)).toEqual(['state']);
  const files = readdirSync(join(folder, 'hostile'));
  expect(files).toHaveLength(keys.length);
  for (const file of files) expect(file).toMatch(/^[\da-f]{64}$/);
  for (const name of ['..', '.incoming', 'a/../b', 'Upper', 'a..b']) {
    const made = await code(client.send(new CreateBucketCommand({ Bucket: name })));
    expect(made, name).not.toBe('no error');
  }
});

test('buckets are made once, missed when absent, and go when empty', async () => {
  const bucket = { Bucket: 'short-lived' };
  const list = () => client.send(new ListObjectsV2Command(bucket));
  expect(await code(list())).toBe('NoSuchBucket');
  expect(await code(put('x', Buffer.alloc(4 * MIB), bucket))).toBe('NoSuchBucket');
  expect(await code(client.send(new HeadBucketCommand(bucket)))).toBe('NotFound');
  await client.send(new CreateBucketCommand(bucket));
  expect(await code(client.send(new CreateBucketCommand(bucket)))).toBe('BucketAlreadyOwnedByYou');
  await put('x', 'x', bucket);
  expect(await code(client.send(new DeleteBucketCommand(bucket)))).toBe('BucketNotEmpty');
  await client.send(new DeleteObjectCommand({ ...bucket, Key: 'x' }));
  await client.send(new DeleteBucketCommand(bucket));
  expect(await code(list())).toBe('NoSuchBucket');
});
test('what is not implemented says so by name', async () => {
  const Key = 'tagged';
  await put(Key, 'x');
  const tagging = { Bucket, Key, Tagging: { TagSet: [] } };
  const asked: [string, () => Promise<unknown>][] = [
    ['ListObjects', () => client.send(new ListObjectsCommand({ Bucket }))],
    ['GetBucketVersioning', () => client.send(new GetBucketVersioningCommand({ Bucket }))],
    ['PutObjectTagging', () => client.send(new PutObjectTaggingCommand(tagging))],
    [
      'CopyObject',
      () =>
        client.send(
          new CopyObjectCommand({
            Bucket,
            Key,
            CopySource: `${Bucket}/x`,
            CopySourceIfMatch: '"x"',
          }),
        ),
    ],
    [
      'UploadPartCopy',
      () =>
        client.send(
          new UploadPartCopyCommand({
            Bucket,
            Key,
            CopySource: `${Bucket}/x`,
            PartNumber: 1,
            UploadId: 'u',
          }),
        ),
    ],
    ['GetObject', () => get(Key, { VersionId: '1' })],
    ['PutObject', () => put(Key, 'y', { Tagging: 'a=b' })],
    ['If-None-Match', () => put(Key, 'y', { IfNoneMatch: '"abc"' })],
  ];
  for (const [named, ask] of asked) {
    await expect(ask()).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining(named),
      $metadata: { httpStatusCode: 501 },
    });
  }
  expect(String((await get(Key)).content)).toBe('x');
});
