/** The state bucket and the log bucket. */

import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { InvariantError, PassingError } from '../domain/words/errors.ts';
import type { LocalFile, LogStore } from '../ports/objects.ts';
import { unreadable } from '../stored.ts';
import { repeated } from './repeated.ts';

const isStatus = (error: unknown, status: number) =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;

type Condition = Pick<PutObjectCommandInput, 'IfNoneMatch' | 'IfMatch'>;

export function createStateStore(client: S3Client, bucket: string): LogStore {
  const object = (key: string) => ({ Bucket: bucket, Key: key });
  const putContent = (key: string, body: Uint8Array | LocalFile, condition: Condition) =>
    repeated(async () => {
      const content = await contentOf(body);
      await client.send(new PutObjectCommand({ ...object(key), ...content, ...condition }));
    });
  return {
    async put(key, body) {
      await client.send(new PutObjectCommand({ ...object(key), Body: body }));
    },
    async putIfAbsent(key, body) {
      try {
        await putContent(key, body, { IfNoneMatch: '*' });
        return true;
      } catch (error) {
        // 409: another conditional write is under way; whether it is the first is not known yet.
        if (isStatus(error, 409))
          throw new PassingError('write-raced', `Two writers of ${key} met; one tries again.`);
        if (isStatus(error, 412)) return false;
        throw error;
      }
    },
    async get(key) {
      try {
        return await repeated(async () => {
          const { Body } = await client.send(new GetObjectCommand(object(key)));
          return Body?.transformToByteArray();
        });
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async list(prefix) {
      const keys: string[] = [];
      for await (const page of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix },
      )) {
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
      }
      return keys;
    },
    delete: (keys) => deleteAll(client, bucket, keys),
    async copy(from, to) {
      try {
        await client.send(
          new CopyObjectCommand({
            ...object(to),
            CopySource: `${bucket}/${encodeURIComponent(from)}`,
          }),
        );
        return true;
      } catch (error) {
        if (isStatus(error, 404)) return false;
        throw error;
      }
    },
    async upload(key, file) {
      const upload = new Upload({
        client,
        params: { ...object(key), Body: createReadStream(file) },
      });
      await upload.done();
    },
    async download(key, file) {
      await repeated(async () => {
        const { Body } = await client.send(new GetObjectCommand(object(key)));
        if (!(Body instanceof Readable))
          throw new InvariantError(`The object ${key} came without a body.`);
        await pipeline(Body, createWriteStream(file));
      }).catch((error) => {
        throw error instanceof NoSuchKey ? unreadable(key, 'it is gone', error) : error;
      });
    },
    async tag(key) {
      try {
        return (await client.send(new HeadObjectCommand(object(key)))).ETag;
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async replace(key, tag, body) {
      try {
        await putContent(key, body, { IfMatch: tag });
        return true;
      } catch (error) {
        if (isStatus(error, 409))
          throw new PassingError('write-raced', `Two writers of ${key} met; one tries again.`);
        if (isStatus(error, 412) || isStatus(error, 404)) return false;
        throw error;
      }
    },
  };
}

async function deleteAll(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 1_000) {
    const Objects = keys.slice(at, at + 1_000).map((Key) => ({ Key }));
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    if (Errors.length > 0) {
      throw new PassingError(
        'delete-failed',
        `${Errors.length} objects of ${bucket} could not be deleted.`,
      );
    }
  }
}

async function contentOf(body: Uint8Array | LocalFile) {
  if (body instanceof Uint8Array) return { Body: body };
  const { size } = await stat(body.file);
  return { Body: createReadStream(body.file), ContentLength: size };
}
