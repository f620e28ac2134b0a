/** Audience Mirror whole on one machine: the embedded AWS with the real functions, and the stores to look into it. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createConfigStore } from '../shared/aws/config-store.ts';
import { createDynamoTable } from '../shared/aws/dynamo-table.ts';
import { Items } from '../shared/aws/items.ts';
import { createRunStore } from '../shared/aws/run-store.ts';
import { createSnapshotStore } from '../shared/aws/snapshot-store.ts';
import { createStateStore } from '../shared/aws/state-store.ts';
import { usualTask } from '../shared/contracts/task.ts';
import { functionNames } from '../shared/contracts/wiring.ts';
import { orSetAside } from '../shared/flow/set-aside.ts';
import type { SnapshotStore } from '../shared/ports/snapshots.ts';
import { storedFormat } from '../shared/stored.ts';
import { startApi } from './api.ts';
import { wireApi } from './api-ports.ts';
import { buckets } from './aws/function-wiring.ts';
import {
  type EmbeddedAws,
  type EmbeddedAwsOptions,
  type EmbeddedFunctions,
  startEmbeddedAws,
} from './aws/index.ts';
import { followRun, type LocalSystem, saveBoth } from './system.ts';

export interface LocalMirror extends LocalSystem {
  readonly aws: EmbeddedAws;
}

/** How long a start waits for a run that an earlier one left open. */
const recoverMs = 20_000;

const root = fileURLToPath(new URL('..', import.meta.url));

/** All but the API, which `startApi` serves. */
const functions: EmbeddedFunctions = Object.fromEntries(
  functionNames
    .filter((name) => name !== 'api')
    .map((name) => [name, { handlerFile: join(root, 'functions', name, 'handler.ts') }]),
);

export async function startMirror(
  folder: string,
  options: Omit<EmbeddedAwsOptions, 'folder' | 'functions'> = {},
): Promise<LocalMirror> {
  const aws = await startEmbeddedAws({ ...options, folder, functions });
  const s3 = new S3Client(aws.clients.s3);
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(aws.clients.dynamodb), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const items = new Items(createDynamoTable(table, aws.table));
  const configs = createConfigStore(items);
  const runs = createRunStore(items);
  const snapshots = createSnapshotStore(s3, [buckets.snapshots]);
  const state = createStateStore(s3, buckets.state);
  const logs = createStateStore(s3, buckets.logs);
  const closers: (() => unknown)[] = [];

  const { endpoint, credentials } = aws.clients.s3;
  const door = { s3: { endpoint, key: credentials.accessKeyId } };

  return {
    aws,
    door,
    configs,
    runs,
    snapshots,
    state,
    logs,
    save: (destination, sync) => saveBoth(configs, destination, sync),
    export: (prefix, files) => writeExport(s3, snapshots, prefix, files),
    async start(sync, trigger = 'manual', task = usualTask) {
      const started = await aws.invoke('start-run', { sync, trigger, task });
      return (started as { run?: string }).run;
    },
    follow: (sync, run, report) => followRun(runs, sync, run, report),
    async recover(report) {
      await voidClaims(aws);
      const states = [...(await runs.listStates()).states];
      const open = states.flatMap(([sync, { openRun }]) =>
        openRun ? [{ sync, run: openRun.run }] : [],
      );
      if (open.length === 0) return;
      for (const { run } of open) report?.(run);
      // A run that cannot be swept is in sweep's log; it must not keep everything else from starting.
      await aws.invoke('sweep', { quietMs: 0 }).catch(() => undefined);
      for (const { sync, run } of open) {
        if (await orSetAside(() => runs.getRun(sync, run)))
          await followRun(runs, sync, run, undefined, recoverMs);
      }
    },
    // The embedded scheduler watches from the beginning.
    watch: () => undefined,
    async serve(port) {
      const wired = wireApi({ folder, aws, items, configs, runs, snapshots, state, logs });
      closers.push(wired.close);
      const api = await startApi({
        folder,
        ports: wired.ports,
        snapshots: door,
        ...(port !== undefined && { port }),
      });
      closers.push(api.close);
      return api;
    },
    async close() {
      for (const closer of closers.reverse()) await closer();
      await aws.close();
      s3.destroy();
      table.destroy();
    },
  };
}

async function writeExport(
  s3: S3Client,
  snapshots: SnapshotStore,
  prefix: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const old = await snapshots.list(buckets.snapshots, prefix);
  const Objects = old.map(({ key }) => ({ Key: key }));
  if (Objects.length > 0) {
    await s3.send(new DeleteObjectsCommand({ Bucket: buckets.snapshots, Delete: { Objects } }));
  }
  for (const [name, Body] of [...files, ['_SUCCESS', new Uint8Array()] as const]) {
    await s3.send(
      new PutObjectCommand({ Bucket: buckets.snapshots, Key: `${prefix}${name}`, Body }),
    );
  }
}

/** No function outlives this machine's host: what a killed one claimed is free. */
async function voidClaims(aws: EmbeddedAws): Promise<void> {
  const client = new DynamoDBClient(aws.unguardedTable);
  const table = DynamoDBDocumentClient.from(client);
  let from: Record<string, unknown> | undefined;
  do {
    const page = await table.send(
      new ScanCommand({
        TableName: aws.table,
        FilterExpression:
          '(attribute_exists(claim) OR attribute_exists(waitUntil)) AND #format <= :format',
        ExpressionAttributeNames: { '#format': 'format' },
        ExpressionAttributeValues: { ':format': storedFormat },
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    for (const { pk, sk } of page.Items ?? []) {
      await table.send(
        new UpdateCommand({
          TableName: aws.table,
          Key: { pk, sk },
          UpdateExpression: 'REMOVE claim, waitUntil',
        }),
      );
    }
    from = page.LastEvaluatedKey;
  } while (from);
  client.destroy();
}
