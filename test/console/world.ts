/**
 * A system whole on this machine with its console, sample platforms that can be told to fail, and a browser. What happened
 * before is made by running it with its clock set back.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import type { LocalApi } from '../../local/api.ts';
import { startDirect } from '../../local/direct/system.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import type { LocalSystem } from '../../local/system.ts';
import type { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { csvOf, type Export } from './members.ts';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The system's own; nothing is downloaded. */
export const openBrowser = (): Promise<Browser> => {
  const executablePath = browsers.find((each) => existsSync(each));
  if (executablePath === undefined) {
    throw new Error('No Chromium is here. On Debian: apt-get install chromium');
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--force-color-profile=srgb'] });
};

export interface World {
  readonly folder: string;
  readonly platform: (name: PlatformName) => Platform;
  readonly system: () => LocalSystem;
  readonly api: () => LocalApi;
  /** The system as it was so long ago; what it does from now on is of then. */
  reopen(agoMs?: number): Promise<void>;
  tell(platform: PlatformName, faults: object): Promise<void>;
  export(sync: string, content: Export, agoMs?: number): Promise<void>;
  /** Through the API, as a person does it. */
  save(destination: DestinationInput, sync: SyncInput): Promise<void>;
  run(sync: string): Promise<string>;
  close(): Promise<void>;
}

const platformNames = ['brevo', 'klaviyo', 'crm'] as const;
export type PlatformName = (typeof platformNames)[number];

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  const platforms = new Map<PlatformName, Platform>();
  for (const name of platformNames) platforms.set(name, await startPlatform());
  let opened = await openSystem(folder, 0);
  const platform = (name: PlatformName) => {
    const found = platforms.get(name);
    if (!found) throw new Error(`There is no platform ${name}.`);
    return found;
  };
  return {
    folder,
    platform,
    system: () => opened.system,
    api: () => opened.api,
    async reopen(agoMs = 0) {
      await opened.system.close();
      opened = await openSystem(folder, agoMs);
    },
    async tell(name, faults) {
      const answer = await fetch(`${platform(name).url}/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(faults),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async export(sync, content, agoMs = 0) {
      const prefix = `exports/${sync}/`;
      await opened.system.export(prefix, new Map([['members.csv', csvOf(content)]]));
      await date(join(folder, 'snapshots', prefix), Date.now() - agoMs);
    },
    async save(destination, sync) {
      await put(opened.api, `/destinations/${destination.id}`, destination);
      await put(opened.api, `/syncs/${sync.id}`, sync);
    },
    async run(sync) {
      const run = await opened.system.start(sync);
      if (run === undefined) throw new Error(`No run of ${sync} was opened.`);
      await opened.system.follow(sync, run);
      return run;
    },
    async close() {
      await opened.system.close();
      for (const each of platforms.values()) await each.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openSystem(folder: string, agoMs: number) {
  const system = await startDirect(folder, { now: () => Date.now() - agoMs });
  return { system, api: await system.serve() };
}

async function put({ url, tokens }: LocalApi, path: string, body: object): Promise<void> {
  const answer = await fetch(`${url}/v1${path}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${tokens.write}`,
      'content-type': 'application/json',
      'if-none-match': '*',
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok && answer.status !== 412) throw new Error(await answer.text());
}

async function date(folder: string, at: number): Promise<void> {
  for (const name of await readdir(folder)) {
    await utimes(join(folder, name), at / 1_000, at / 1_000);
  }
}

const asName = (name: string): PlatformName => platformNames.find((each) => each === name) ?? 'crm';

export const destinationOf = (world: World, name: string) => ({
  ...sampleDestination(world.platform(asName(name)).url),
  id: name,
  name: { brevo: 'Brevo', klaviyo: 'Klaviyo', crm: 'My CRM' }[asName(name)],
});

/** A sync like the sample's, over an export of its own. */
export const syncOf = (id: string, destination: PlatformName, other: object = {}): SyncInput =>
  SyncInput.parse({
    ...sampleSyncOf(),
    id,
    name: `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`,
    destination,
    audience: { id, name: id },
    source: { ...sampleSyncOf().source, prefix: `exports/${id}/` },
    guards: { deletesShare: 0.3 },
    schedule: { type: 'basic', every: '6h', from: '00:00' },
    ...other,
  });
