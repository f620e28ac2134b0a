/** What is cut short, killed or started anew: what was acknowledged is whole, and nothing is half. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import { startS3 } from '../../local/aws/s3.ts';
import fc from '../fast-check.ts';
import { Bucket, clientOf, code, openS3, signedBy } from './s3-world.ts';

const { root, clock, s3, put, get, unfinished, close } = await openS3();
afterAll(close);

const MIB = 1024 * 1024;
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

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
        authorization: signedBy(),
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
    const head = ['Host: 127.0.0.1', `Authorization: ${signedBy()}`, `Content-Length: ${8 * MIB}`];
    socket.write(`PUT /${Bucket}/cut HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    socket.write(randomBytes(4 * MIB));
    await expect.poll(() => unfinished().length).toBe(1);
    socket.destroy();
    await expect.poll(unfinished).toEqual([]);
    expect(await code(get('cut'))).toBe('NoSuchKey');
  });
});

describe('after a restart', () => {
  test('objects are as they were, and half-written files are gone', async () => {
    const place = { folder: join(root, 'restarted'), now: () => clock.at };
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
    clock.at += 60_000;
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
      const { endpoint, key, kill } = await startChild(killed);
      const writer = clientOf({ endpoint, key });
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
    const urlOf = (file: string) => new URL(`../../local/aws/${file}`, import.meta.url).href;
    const start = `const { startS3 } = await import('${urlOf('s3.ts')}');
      const { credentials } = await import('${urlOf('identity.ts')}');
      const { endpoint } = await startS3({ folder: ${JSON.stringify(place)} });
      console.log(endpoint, credentials.accessKeyId);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', start], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const [endpoint = '', key = ''] = String(line).trim().split(' ');
    return { endpoint, key, kill: () => child.kill('SIGKILL') };
  }
});
