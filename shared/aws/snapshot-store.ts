/** The warehouse's buckets, read only. */

import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { PinnedObject } from '../contracts/snapshot.ts';
import { InvariantError, SnapshotError } from '../domain/words/errors.ts';
import type { ListedObject } from '../domain/words/snapshot.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { resumed } from './repeated.ts';

/** `buckets`: those that the deployment names as snapshot buckets; no other is asked for anything. */
export function createSnapshotStore(client: S3Client, buckets: readonly string[]): SnapshotStore {
  const check = (bucket: string) => {
    if (!buckets.includes(bucket)) throw notNamed(bucket);
  };
  return {
    async list(bucket, prefix) {
      check(bucket);
      const objects: ListedObject[] = [];
      try {
        for await (const page of paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: prefix },
        )) {
          for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
            if (Key === undefined || ETag === undefined) continue;
            objects.push({
              key: Key,
              etag: ETag,
              size: Size ?? 0,
              lastModified: LastModified?.getTime() ?? 0,
            });
          }
        }
      } catch (error) {
        throw explained(error, `s3://${bucket}/${prefix}`);
      }
      return objects;
    },
    async read(bucket, object, range) {
      check(bucket);
      const last = range?.to ?? object.size - 1;
      const open = async (from: number) => {
        // Nothing is left where it broke off after the last byte; and S3 refuses an empty range.
        if (from > last && from > 0) return none();
        const isWhole = from === 0 && range === undefined;
        const { Body } = await client.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: object.key,
            IfMatch: object.etag,
            ...(!isWhole && { Range: `bytes=${from}-${last}` }),
          }),
        );
        if (!(Body instanceof Readable))
          throw new InvariantError(`The object ${object.key} came without a body.`);
        return Body;
      };
      const orExplained = (from: number) =>
        open(from).catch((error: unknown) => {
          throw explained(error, `s3://${bucket}/${object.key}`, object);
        });
      const from = range?.from ?? 0;
      return resumed(await orExplained(from), from, orExplained);
    },
  };
}

const notNamed = (bucket: string) =>
  new SnapshotError(
    'bucket-not-named',
    `"${bucket}" is no snapshot bucket of this deployment, so nothing of it was read. Name it in the stack's snapshotBuckets and deploy again, or correct the sync's source.`,
  );

async function* none(): AsyncGenerator<Uint8Array> {}

/** What the author of the sync can mend, in our words; anything else as it is. */
function explained(error: unknown, where: string, object?: PinnedObject): unknown {
  if (!(error instanceof S3ServiceException)) {
    // The client refuses some names before it sends anything.
    return error instanceof TypeError ? unusable(where, 'name') : error;
  }
  const status = error.$metadata.httpStatusCode;
  if (error.name === 'NoSuchBucket') {
    return new SnapshotError(
      'bucket-missing',
      `The bucket of ${where} does not exist. Check the sync's source.`,
    );
  }
  if (object && (status === 412 || status === 404)) {
    return new SnapshotError(
      'snapshot-changed',
      `${where} changed while this run was reading it, so nothing was sent. Let exports write a marker when they are done, or raise the seconds of rest; the next run reads the new snapshot.`,
    );
  }
  if (status === 403) {
    return new SnapshotError(
      'access-denied',
      `Audience Mirror may not read ${where}. Let the bucket's policy and key allow it.`,
    );
  }
  const isPassing = status === undefined || status >= 500 || status === 408 || status === 429;
  return isPassing ? error : unusable(where, error.name);
}

const unusable = (where: string, why: string) =>
  new SnapshotError(
    'bucket-unusable',
    `${where} cannot be read (${why}). Check the bucket's name, and that it lies in the region of this stack.`,
  );
