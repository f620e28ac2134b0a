/** The object stores over the embedded S3 and over files, and their stand-ins in memory. */

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientConfig } from '../../local/aws/identity.ts';
import { openObjectFiles } from '../../local/direct/object-files.ts';
import { createSnapshotFolder } from '../../local/direct/snapshot-folder.ts';
import { createSnapshotStore } from '../../shared/aws/snapshot-store.ts';
import { createStateStore } from '../../shared/aws/state-store.ts';
import type { LogStore } from '../../shared/ports/objects.ts';
import type { SnapshotStore } from '../../shared/ports/snapshots.ts';
import { MemorySnapshotStore } from '../simulation/memory/snapshots.ts';
import { MemoryStateStore } from '../simulation/memory/stores.ts';
import { startObjects } from './services.ts';

export interface ObjectStores {
  /** The log store keeps these promises and one more. */
  readonly state: LogStore;
  readonly snapshots: SnapshotStore;
  /** What the warehouse does. */
  readonly write: (key: string, body: Uint8Array) => Promise<void>;
  /** For local files. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

export const bucket = 'warehouse';

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'objects-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export async function onS3(): Promise<ObjectStores> {
  const { folder, remove } = await newFolder();
  const s3 = await startObjects(join(folder, 's3'));
  const client = new S3Client({ ...clientConfig(s3.endpoint), forcePathStyle: true });
  for (const name of [bucket, 'state']) {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  }
  return {
    state: createStateStore(client, 'state'),
    snapshots: createSnapshotStore(client, [bucket, 'no-such-bucket']),
    write: async (key, body) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    },
    folder,
    close: async () => {
      client.destroy();
      await s3.close();
      await remove();
    },
  };
}

export async function inMemory(): Promise<ObjectStores> {
  const { folder, remove } = await newFolder();
  const snapshots = new MemorySnapshotStore();
  return {
    state: new MemoryStateStore(),
    snapshots,
    write: async (key, body) => snapshots.write(key, body, Date.now()),
    folder,
    close: remove,
  };
}

export async function inFiles(): Promise<ObjectStores> {
  const { folder, remove } = await newFolder();
  const top = join(folder, 'warehouse');
  return {
    state: await openObjectFiles(join(folder, 'state')),
    snapshots: createSnapshotFolder(top, bucket),
    write: async (key, body) => {
      const path = join(top, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, body);
      await rename(`${path}.new`, path);
    },
    folder,
    close: remove,
  };
}
