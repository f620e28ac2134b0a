import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
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
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningS3, startS3 } from '../../local/aws/s3.ts';
import fc from '../fast-check.ts';

const Bucket = 'audience';
const MIB = 1024 * 1024;

let root: string;
let folder: string;
let s3: RunningS3;
let client: S3Client;
let now = Date.parse('2026-03-01T12:00:00.789Z');

function clientOf({ endpoint }: { endpoint: string }): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 's3-'));
  folder = join(root, 'state');
  s3 = await startS3({ folder, now: () => now });
  client = clientOf(s3);
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  client.destroy();
  await s3.close();
  rmSync(root, { recursive: true });
});

const put = (Key: string, Body: NonNullable<PutObjectCommandInput['Body']>, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

async function get(Key: string, more: Partial<GetObjectCommandInput> = {}, from = client) {
  const { Body, ...answer } = await from.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, content: Buffer.from((await Body?.transformToByteArray()) ?? []) };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.name,
  );

const unfinished = () => readdirSync(join(folder, '.incoming'));
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));
const md5 = (content: Buffer) => createHash('md5').update(content).digest('hex');
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

describe('listing', () => {
  const parts = ['a', 'b', '..', '.', '%', '%2F', ' ', '+', 'é', '\uffee', '😀', '&<'];
  const key = fc
    .array(fc.oneof(fc.constantFrom('a', '/'), fc.constantFrom(...parts)), {
      minLength: 1,
      maxLength: 5,
    })
    .map((some) => some.join(''));
  /** The start of one of the keys, or all of it. */
  const start = fc.tuple(fc.nat(), fc.constantFrom(0, 0, 1, 2, 9)).map(
    ([which, length]) =>
      (keys: string[]) =>
        [...(keys[which % keys.length] ?? '')].slice(0, length).join(''),
  );
  const question = fc.record({
    prefix: start,
    startAfter: start,
    Delimiter: fc.constantFrom('', '/', '/', 'a', '..'),
    MaxKeys: fc.integer({ min: 1, max: 5 }),
  });

  type Asked = { Prefix: string; Delimiter: string; StartAfter: string; MaxKeys: number };

  /** What a listing holds, in order: keys, and common prefixes where `Delimiter` occurs after `Prefix`. */
  function model(keys: string[], { Prefix, Delimiter, StartAfter }: Asked) {
    const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const entries = keys
      .filter((key) => key.startsWith(Prefix) && order(key, StartAfter) > 0)
      .sort(order)
      .map((key) => {
        const end = Delimiter === '' ? -1 : key.indexOf(Delimiter, Prefix.length);
        return end < 0 ? `key ${key}` : `prefix ${key.slice(0, end + Delimiter.length)}`;
      });
    return [...new Set(entries)];
  }

  const decoded = (listed = '') => decodeURIComponent(listed.replaceAll('+', ' '));

  async function pages(bucket: string, { MaxKeys, ...filter }: Asked): Promise<string[][]> {
    const all: string[][] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          EncodingType: 'url',
          MaxKeys,
          ...filter,
          ContinuationToken: token,
        }),
      );
      const keys = (page.Contents ?? []).map(({ Key }) => `key ${decoded(Key)}`);
      const prefixes = (page.CommonPrefixes ?? []).map((each) => `prefix ${decoded(each.Prefix)}`);
      expect(page.KeyCount).toBe(keys.length + prefixes.length);
      all.push([...keys, ...prefixes]);
      token = page.NextContinuationToken;
      expect(page.IsTruncated).toBe(token !== undefined);
    } while (token !== undefined);
    return all;
  }

  /** A page shows its keys first, then its common prefixes. */
  function modelPages(entries: string[], size: number): string[][] {
    const count = Math.max(1, Math.ceil(entries.length / size));
    return Array.from({ length: count }, (_, at) => {
      const page = entries.slice(at * size, (at + 1) * size);
      return [
        ...page.filter((e) => e.startsWith('key')),
        ...page.filter((e) => !e.startsWith('key')),
      ];
    });
  }

  test('of any keys equals the sorted model, page by page', async () => {
    let bucket = 0;
    const keySet = fc.uniqueArray(key, { minLength: 1, maxLength: 14 });
    const questions = fc.array(question, { minLength: 4, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(keySet, questions, async (keys, asked) => {
        bucket += 1;
        const name = `listing-${bucket}`;
        await client.send(new CreateBucketCommand({ Bucket: name }));
        const store = (Key: string) =>
          client.send(new PutObjectCommand({ Bucket: name, Key, Body: Key }));
        const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: name, Key }));
        await Promise.all([...keys, 'gone', 'a/gone'].map(store));
        await Promise.all(['gone', 'a/gone'].map(remove));
        for (const { prefix, startAfter, ...more } of asked) {
          const ask = { ...more, Prefix: prefix(keys), StartAfter: startAfter(keys) };
          expect(await pages(name, ask)).toEqual(modelPages(model(keys, ask), ask.MaxKeys));
        }
        for (const key of keys) {
          expect(String((await get(key, { Bucket: name })).content)).toBe(key);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('refuses what it would otherwise misread', async () => {
    const list = (more: object) => code(client.send(new ListObjectsV2Command({ Bucket, ...more })));
    expect(await list({ ContinuationToken: 'made up' })).toBe('InvalidArgument');
    expect(await list({ MaxKeys: -1 })).toBe('InvalidArgument');
    expect(await list({ FetchOwner: true })).toBe('NotImplemented');
    const none = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });
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

describe('an upload that is not whole', () => {
  const chunk = (data: Buffer) => [
    `${data.length.toString(16)};chunk-signature=${'0'.repeat(64)}\r\n`,
    data,
    '\r\n',
  ];
  const base64Crc = (content: Buffer) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(content));
    return bytes.toString('base64');
  };

  /** An aws-chunked body, signed and with a trailer, as the chunks given. */
  const framed = (chunks: Buffer[], crc: string) =>
    Buffer.concat(
      [...chunks, Buffer.alloc(0)]
        .flatMap((data) => (data.length > 0 ? chunk(data) : chunk(data).slice(0, 1)))
        .concat(`x-amz-checksum-crc32:${crc}\r\nx-amz-trailer-signature:${'0'.repeat(64)}\r\n\r\n`)
        .map((part) => Buffer.from(part)),
    );

  /** One connection for all: a refusal in the middle of a body must leave it usable. */
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterAll(() => agent.destroy());

  /** Sends the body piece by piece, a turn of the loop apart; answers the status and the error's code. */
  async function sendPieces(key: string, length: number, pieces: Buffer[]) {
    const request = httpRequest(`${s3.endpoint}/${Bucket}/${key}`, {
      method: 'PUT',
      agent,
      headers: {
        'transfer-encoding': 'chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': length,
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    });
    for (const piece of pieces) {
      request.write(piece);
      await turnOfTheLoop();
    }
    request.end();
    const [response] = await once(request, 'response');
    const answer = String(Buffer.concat(await response.toArray()));
    return `${response.statusCode} ${/<Code>(.*)<\/Code>/.exec(answer)?.[1] ?? ''}`.trim();
  }

  const cutAt = (whole: Buffer, cuts: number[]) => {
    const places = [
      0,
      ...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b),
      whole.length,
    ];
    return places.slice(1).map((to, at) => whole.subarray(places[at], to));
  };

  test('is told from a whole one, however it is cut into chunks and pieces', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 4 });
    const cuts = fc.array(fc.nat(500), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(chunks, cuts, fc.nat(), async (arrays, places, missing) => {
        const parts = arrays.map((each) => Buffer.from(each));
        const content = Buffer.concat(parts);
        const whole = framed(parts, base64Crc(content));
        const pieces = cutAt(whole, places);
        expect(await sendPieces('framed', content.length, pieces)).toBe('200');
        expect((await get('framed')).content.equals(content)).toBe(true);
        const torn = cutAt(whole.subarray(0, missing % whole.length), places.slice(0, 2));
        expect(await sendPieces('torn', content.length, torn)).toBe('400 IncompleteBody');
      }),
      { numRuns: 60 },
    );
    expect(await code(get('torn'))).toBe('NoSuchKey');
    expect(unfinished()).toEqual([]);
  });

  test('is refused when length, checksum or framing are wrong, and the old object stays', async () => {
    await put('guarded', 'old');
    const content = randomBytes(3 * MIB);
    const whole = framed([content], base64Crc(content));
    const wrong = framed([content], base64Crc(Buffer.from('other')));
    const send = (length: number, body: Buffer) => sendPieces('guarded', length, [body]);
    expect(await send(content.length, content)).toBe('400 InvalidChunkSizeError');
    expect(await send(content.length + 1, whole)).toBe('400 IncompleteBody');
    expect(await send(content.length - 1, whole)).toBe('400 IncompleteBody');
    expect(await send(content.length, wrong)).toBe('400 BadDigest');
    expect(await code(put('guarded', content, { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
    expect(await code(put('guarded', content, { ContentMD5: 'x'.repeat(22) }))).toBe('BadDigest');
    expect(String((await get('guarded')).content)).toBe('old');
    expect(unfinished()).toEqual([]);
  });

  test('leaves nothing when the connection is cut in the middle', async () => {
    const { hostname, port } = new URL(s3.endpoint);
    const socket = connect(Number(port), hostname);
    socket.write(`PUT /${Bucket}/cut HTTP/1.1\r\nHost: x\r\nContent-Length: ${8 * MIB}\r\n\r\n`);
    socket.write(randomBytes(4 * MIB));
    await expect.poll(() => unfinished().length).toBe(1);
    socket.destroy();
    await expect.poll(unfinished).toEqual([]);
    expect(await code(get('cut'))).toBe('NoSuchKey');
  });
});

describe('after a restart', () => {
  test('objects are as they were, and half-written files are gone', async () => {
    const place = { folder: join(root, 'restarted'), now: () => now };
    const first = await startS3(place);
    const before = clientOf(first);
    await before.send(new CreateBucketCommand({ Bucket }));
    const keys = ['b', 'a/b', 'a', '😀', '\uffee', '../x'];
    for (const Key of keys) {
      await before.send(new PutObjectCommand({ Bucket, Key, Body: Key, Metadata: { key: 'x' } }));
    }
    const listed = await before.send(new ListObjectsV2Command({ Bucket }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual([
      '../x',
      'a',
      'a/b',
      'b',
      '\uffee',
      '😀',
    ]);
    expect(listed.Contents?.[0]?.LastModified?.toISOString()).toBe('2026-03-01T12:00:00.000Z');
    await first.close();
    writeFileSync(join(place.folder, '.incoming', 'half'), 'half');
    now += 60_000;
    const second = await startS3(place);
    const after = clientOf(second);
    expect((await after.send(new ListObjectsV2Command({ Bucket }))).Contents).toEqual(
      listed.Contents,
    );
    const got = await get('../x', {}, after);
    expect(got).toMatchObject({ Metadata: { key: 'x' }, content: Buffer.from('../x') });
    expect(readdirSync(join(place.folder, '.incoming'))).toEqual([]);
    await second.close();
    writeFileSync(join(place.folder, Bucket, 'stray'), 'stray');
    await expect(startS3(place)).rejects.toThrow(
      /stray is no object of the embedded S3: remove it/,
    );
  });

  test('by kill -9 while it writes, what was acknowledged is whole and nothing is half', async () => {
    const killed = join(root, 'killed');
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      const { endpoint, kill } = await startChild(killed);
      const writer = clientOf({ endpoint });
      await writer.send(new CreateBucketCommand({ Bucket })).catch(() => undefined);
      setTimeout(kill, 100 + round * 70);
      await Promise.all(
        Array.from({ length: 4 }, (_, at) => writeOn(writer, `k${at}`, acknowledged)),
      );
    }
    const restarted = await startS3({ folder: killed });
    const reader = clientOf(restarted);
    for (const [key, version] of acknowledged) {
      const { content, Metadata } = await get(key, {}, reader);
      const { version: metadata } = Metadata ?? {};
      const stored = Number(metadata);
      expect(stored).toBeGreaterThanOrEqual(version);
      expect(content.equals(contentOf(stored))).toBe(true);
    }
    expect(acknowledged.size).toBe(4);
    await restarted.close();
  });

  const contentOf = (version: number) => Buffer.alloc(200_000 + version, version);

  /** Overwrites one key again and again until the server is gone. */
  async function writeOn(writer: S3Client, Key: string, acknowledged: Map<string, number>) {
    for (let version = (acknowledged.get(Key) ?? 0) + 1; ; version += 1) {
      const Metadata = { version: String(version) };
      const Body = contentOf(version);
      const sent = writer.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
      if ((await code(sent)) !== 'no error') return;
      acknowledged.set(Key, version);
    }
  }

  async function startChild(place: string) {
    const module = new URL('../../local/aws/s3.ts', import.meta.url).href;
    const start = `const { startS3 } = await import('${module}');
      console.log((await startS3({ folder: ${JSON.stringify(place)} })).endpoint);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', start], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    return { endpoint: String(line).trim(), kill: () => child.kill('SIGKILL') };
  }
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
