/** An embedded S3 with a bucket, a clock that the test moves, and a client to it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { clientConfig, credentials } from '../../local/aws/identity.ts';
import { startS3 } from '../../local/aws/s3.ts';

export const Bucket = 'audience';

/** In a signature's place: the embedded S3 looks at the key alone. */
export const signedBy = ({ accessKeyId } = credentials) =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260301/us-east-1/s3/aws4_request`;

/** @param key of a start in another process */
export function clientOf({ endpoint, key }: { endpoint: string; key?: string }): S3Client {
  return new S3Client({
    ...clientConfig(endpoint, key),
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

export async function openS3() {
  const root = mkdtempSync(join(tmpdir(), 's3-'));
  const folder = join(root, 'state');
  const clock = { at: Date.parse('2026-03-01T12:00:00.789Z') };
  const s3 = await startS3({ folder, now: () => clock.at });
  const client = clientOf(s3);
  await client.send(new CreateBucketCommand({ Bucket }));
  return {
    root,
    folder,
    clock,
    s3,
    client,
    put: (Key: string, Body: NonNullable<PutObjectCommandInput['Body']>, more = {}) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ...more })),
    async get(Key: string, more: Partial<GetObjectCommandInput> = {}, from = client) {
      const { Body, ...answer } = await from.send(new GetObjectCommand({ Bucket, Key, ...more }));
      return { ...answer, content: Buffer.from((await Body?.transformToByteArray()) ?? []) };
    },
    /** Files of uploads under way. */
    unfinished: () => readdirSync(join(folder, '.incoming')),
    async close() {
      client.destroy();
      await s3.close();
      rmSync(root, { recursive: true });
    },
  };
}

/** The name of the error it ends with. */
export const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.name,
  );

export const md5 = (content: Buffer) => createHash('md5').update(content).digest('hex');
