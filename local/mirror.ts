/** Audience Mirror whole on one machine: the embedded AWS with the real functions, and the stores to look into it. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createConfigStore } from '../shared/aws/config-store.ts';
import { Items } from '../shared/aws/items.ts';
import { createRunStore } from '../shared/aws/run-store.ts';
import { createSnapshotStore } from '../shared/aws/snapshot-store.ts';
import { createStateStore } from '../shared/aws/state-store.ts';
import type { DestinationInput } from '../shared/contracts/destination.ts';
import type { Run, Trigger } from '../shared/contracts/run.ts';
import type { SyncInput } from '../shared/contracts/sync.ts';
import { type RunTask, usualTask } from '../shared/contracts/task.ts';
import { functionNames } from '../shared/contracts/wiring.ts';
import { orSetAside } from '../shared/flow/set-aside.ts';
import type { ConfigStore } from '../shared/ports/configurations.ts';
import type { LogStore, StateStore } from '../shared/ports/objects.ts';
import type { RunStore } from '../shared/ports/runs.ts';
import type { SnapshotStore } from '../shared/ports/snapshots.ts';
import { type LocalApi, startApi } from './api.ts';
import { wireApi } from './api-ports.ts';
import { buckets } from './aws/function-wiring.ts';
import {
  type EmbeddedAws,
  type EmbeddedAwsOptions,
  type EmbeddedFunctions,
  startEmbeddedAws,
} from './aws/index.ts';

/** Done of what is to do, in the run's present phase. */
export interface RunProgress {
  readonly run: Run;
  readonly settled: number;
  readonly chunks: number;
}

export interface LocalMirror {
  readonly aws: EmbeddedAws;
  readonly configs: ConfigStore;
  readonly runs: RunStore;
  readonly state: StateStore;
  readonly logs: LogStore;
  readonly snapshots: SnapshotStore;
  /** Saves what differs from what is saved, so that an unchanged start counts no version up. */
  save(destination: DestinationInput, sync: SyncInput): Promise<void>;
  /** Replaces everything below a prefix of the snapshot bucket, the marker last. */
  export(prefix: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Starts a run; undefined where none was opened. */
  start(sync: string, trigger?: Trigger, task?: RunTask): Promise<string | undefined>;
  /** Until the run is closed and its lease free. */
  follow(sync: string, run: string, report?: (progress: RunProgress) => void): Promise<Run>;
  /** Serves the API, at this port or the next free one; it ends with the mirror. @default any free port */
  serve(port?: number): Promise<LocalApi>;
  /** Makes what a killed process left open move at once, and waits a little for it; the rest goes on by itself. */
  recover(report?: (run: string) => void): Promise<void>;
  close(): Promise<void>;
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
  const items = new Items(table, aws.table);
  const configs = createConfigStore(items);
  const runs = createRunStore(table, aws.table);
  const snapshots = createSnapshotStore(s3);
  const state = createStateStore(s3, buckets.state);
  const logs = createStateStore(s3, buckets.logs);
  const closers: (() => unknown)[] = [];

  return {
    aws,
    configs,
    runs,
    snapshots,
    state,
    logs,
    save: (destination, sync) => save(configs, destination, sync),
    export: (prefix, files) => writeExport(s3, snapshots, prefix, files),
    async start(sync, trigger = 'manual', task = usualTask) {
      const started = await aws.invoke('start-run', { sync, trigger, task });
      return (started as { run?: string }).run;
    },
    follow: (sync, run, report) => follow(runs, sync, run, report),
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
          await follow(runs, sync, run, undefined, recoverMs);
      }
    },
    async serve(port) {
      const wired = wireApi({ folder, aws, items, configs, runs, snapshots, state, logs });
      closers.push(wired.close);
      const api = await startApi({
        folder,
        ports: wired.ports,
        s3: aws.clients.s3.endpoint,
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

async function save(
  configs: ConfigStore,
  destination: DestinationInput,
  sync: SyncInput,
): Promise<void> {
  const same = (saved: { version: number } | undefined, input: object) => {
    const { version: _, ...rest } = saved ?? { version: 0 };
    return JSON.stringify(rest) === JSON.stringify(input);
  };
  if (!same(await configs.getDestination(destination.id), destination)) {
    await configs.putDestination(destination);
  }
  if (!same(await configs.getSync(sync.id), sync)) await configs.putSync(sync);
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

async function follow(
  runs: RunStore,
  sync: string,
  id: string,
  report: ((progress: RunProgress) => void) | undefined,
  forMs = Number.POSITIVE_INFINITY,
): Promise<Run> {
  const until = Date.now() + forMs;
  for (;;) {
    const run = await runs.getRun(sync, id);
    if (!run) throw new Error(`There is no run ${id} of the sync ${sync}.`);
    if (report) report(await progressOf(runs, run));
    const isFreed = async () => (await runs.getState(sync)).openRun?.run !== id;
    if ((run.phase === 'closed' && (await isFreed())) || Date.now() > until) return run;
    await sleep(100);
  }
}

async function progressOf(runs: RunStore, run: Run): Promise<RunProgress> {
  const { plan, phase } = run;
  if (!plan || (phase !== 'deleting' && phase !== 'upserting'))
    return { run, settled: 0, chunks: 0 };
  const pending = await runs.listPending(run, plan.attempt, phase);
  const chunks = plan.chunks[phase];
  return { run, settled: chunks - pending.items.length - pending.unreadable.length, chunks };
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
        FilterExpression: 'attribute_exists(claim) OR attribute_exists(waitUntil)',
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
