/** The Trino that `npm run test:trino` fetched, as its tests find it: started over the embedded S3, Glue and Athena. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { type Limits, type RunningAthena, startAthena } from '../../../local/aws/athena.ts';
import { startGlue } from '../../../local/aws/glue.ts';
import { clientConfig } from '../../../local/aws/identity.ts';
import { startS3 } from '../../../local/aws/s3.ts';
import { runStatement, type TrinoResult } from '../../../local/aws/trino/client.ts';
import { startTrino } from '../../../local/aws/trino/server.ts';
import { createAthenaEngine } from '../../../shared/aws/athena-engine.ts';
import { createStateStore } from '../../../shared/aws/state-store.ts';
import type { DistributedEngine } from '../../../shared/ports/distributed-engine.ts';
import type { LogStore } from '../../../shared/ports/objects.ts';

const variable = 'TRINO';
const Place = z.object({ lib: z.string(), plugins: z.string(), java: z.string() });
export type Place = z.infer<typeof Place>;

export const environmentOf = (place: Place) => ({ [variable]: JSON.stringify(place) });

export const stateBucket = 'audience-mirror-state';
export const exports = 'exports';

export interface TrinoPlace {
  readonly s3: S3Client;
  readonly state: LogStore;
  readonly engine: DistributedEngine;
  /** With other limits of the workgroup. */
  limited(limits: Limits): Promise<DistributedEngine>;
  put(bucket: string, key: string, body: Uint8Array): Promise<void>;
  sql(text: string): Promise<TrinoResult>;
  close(): Promise<void>;
}

export async function openTrino(): Promise<TrinoPlace> {
  const place = Place.parse(JSON.parse(process.env[variable] ?? 'null'));
  const folder = mkdtempSync(join(tmpdir(), 'trino-'));
  const s3Server = await startS3({ folder: join(folder, 's3') });
  const glueServer = await startGlue('audience_mirror');
  const s3 = new S3Client({ ...clientConfig(s3Server.endpoint), forcePathStyle: true });
  for (const Bucket of [stateBucket, exports]) await s3.send(new CreateBucketCommand({ Bucket }));
  const server = await startTrino({
    ...place,
    folder: join(folder, 'trino'),
    s3: s3Server.endpoint,
    glue: glueServer.endpoint,
  });
  const trino = server.endpoint;
  const state = createStateStore(s3, stateBucket);
  const glue = new GlueClient(clientConfig(glueServer.endpoint));
  const running: RunningAthena[] = [];
  const engineWith = async (limits: Limits) => {
    const athena = await startAthena({ trino, s3, bucket: stateBucket, limits });
    running.push(athena);
    return createAthenaEngine({
      athena: new AthenaClient(clientConfig(athena.endpoint)),
      glue,
      state,
      workgroup: 'audience-mirror',
      database: 'audience_mirror',
      stateBucket,
    });
  };
  return {
    s3,
    state,
    engine: await engineWith({}),
    limited: engineWith,
    async put(Bucket, Key, Body) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    sql: (text) => runStatement({ endpoint: trino, text }),
    async close() {
      for (const each of running) await each.close();
      await server.close();
      await glueServer.close();
      await s3Server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
