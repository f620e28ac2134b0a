/** Files of this machine as the newest snapshot of a sync in the embedded bucket. */
import { createReadStream } from 'node:fs';
import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { clientConfig } from './identity.ts';

/** Maybe of another process. */
interface EmbeddedS3 {
  readonly endpoint: string;
  /** The access key that it asks for. */
  readonly key: string;
}

export interface SnapshotPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Everything that lies below the prefix goes before, so that a run in between finds nothing and no half; the marker
 * comes last.
 * @param s3 the embedded one
 * @param files paths by the names they are to have
 */
export async function uploadSnapshot(
  s3: EmbeddedS3,
  { bucket: Bucket, prefix }: SnapshotPlace,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  await withClient(s3, async (client) => {
    await clear(client, Bucket, prefix);
    for (const [name, file] of files) {
      const params = { Bucket, Key: prefix + name, Body: createReadStream(file) };
      await new Upload({ client, params }).done();
    }
    await client.send(
      new PutObjectCommand({ Bucket, Key: `${prefix}_SUCCESS`, Body: new Uint8Array() }),
    );
  });
}

/** Everything below the prefix. @param s3 the embedded one */
export const removeSnapshot = (s3: EmbeddedS3, { bucket, prefix }: SnapshotPlace): Promise<void> =>
  withClient(s3, (client) => clear(client, bucket, prefix));

async function withClient(
  { endpoint, key }: EmbeddedS3,
  use: (client: S3Client) => Promise<void>,
): Promise<void> {
  const client = new S3Client({ ...clientConfig(endpoint, key), forcePathStyle: true });
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}

async function clear(client: S3Client, Bucket: string, Prefix: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
    if (Contents.length === 0) return;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
}
