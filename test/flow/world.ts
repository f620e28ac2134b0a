/** The whole system on a folder of its own, and a sample platform, for tests of the flow. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import { buckets } from '../../local/aws/function-wiring.ts';
import { startDirect } from '../../local/direct/system.ts';
import { startMirror } from '../../local/mirror.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import type { LocalSystem } from '../../local/system.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { isDeep } from '../depth.ts';

export interface FlowWorld<System extends LocalSystem = LocalSystem> {
  readonly folder: string;
  readonly mirror: System;
  readonly platform: Platform;
  close(): Promise<void>;
}

/** Over the embedded AWS. */
export const startWorld = (options: Parameters<typeof startMirror>[1] = {}) =>
  startOn((folder) => startMirror(folder, options));

/** In this process. */
export const startDirectWorld = () => startOn((folder) => startDirect(folder));

interface Ground {
  readonly on: string;
  readonly start: () => Promise<FlowWorld>;
}

export const inOneProcess: Ground = { on: 'in one process', start: startDirectWorld };
export const overEmbeddedAws: Ground = { on: 'over the embedded AWS', start: () => startWorld() };

/** What a flow that asks for nothing of AWS is tested on: `npm run test:deep` plays it over the embedded AWS, too. */
export const grounds = isDeep ? [inOneProcess, overEmbeddedAws] : [inOneProcess];

async function startOn<System extends LocalSystem>(
  start: (folder: string) => Promise<System>,
): Promise<FlowWorld<System>> {
  const folder = await mkdtemp(join(tmpdir(), 'mirror-'));
  const platform = await startPlatform();
  const mirror = await start(folder);
  return {
    folder,
    mirror,
    platform,
    async close() {
      await mirror.close();
      await platform.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The sample's destination and sync under another name. */
export async function addSync(
  { mirror, platform }: FlowWorld,
  id: string,
  changes: { sync?: Partial<SyncInput>; destination?: Partial<DestinationInput> } = {},
): Promise<void> {
  const destination = DestinationInput.parse({
    ...sampleDestination(platform.url),
    ...changes.destination,
    id: `to-${id}`,
    name: `To ${id}`,
  });
  const sync = SyncInput.parse({
    ...sampleSyncOf(),
    source: { bucket: buckets.snapshots, prefix: `exports/${id}/` },
    ...changes.sync,
    id,
    name: id,
    destination: `to-${id}`,
    audience: { id, name: id },
  });
  await mirror.save(destination, sync);
}

/** Exports the files, runs the sync once, and gives the closed run. */
export async function mirrorFiles(
  { mirror }: FlowWorld,
  id: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<Run> {
  const bytes = [...files].map(([name, body]) => [name, Buffer.from(body)] as const);
  await mirror.export(`exports/${id}/`, new Map(bytes));
  return runOnce(mirror, id);
}

export async function runOnce(mirror: LocalSystem, id: string): Promise<Run> {
  const run = await mirror.start(id);
  if (!run) throw new Error('No run was started.');
  return mirror.follow(id, run);
}

export async function tellFaults(
  { platform }: FlowWorld,
  faults: object | undefined,
): Promise<void> {
  const { statusCode, body } = await request(`${platform.url}/faults`, {
    method: faults ? 'PUT' : 'DELETE',
    ...(faults && { body: JSON.stringify(faults) }),
    headers: { 'content-type': 'application/json' },
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(text);
}

/** Member requests the platform got so far. */
export async function requestsSeen({ platform }: FlowWorld): Promise<number> {
  const { body } = await request(`${platform.url}/stats`);
  return z.object({ requests: z.number() }).parse(await body.json()).requests;
}
