/** All syncs at a glance, and the way to the console. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDirect } from '../../local/direct/system.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import type { LocalSystem } from '../../local/system.ts';
import { configurationText } from './configuration.ts';
import { audienceMirror, said } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'mirror-glance-'));
let mirror: LocalSystem;
let platform: Platform;

beforeAll(async () => {
  mirror = await startDirect(join(folder, '.audience-mirror'));
  platform = await startPlatform();
  await mirror.serve();
}, 120_000);
afterAll(async () => {
  await mirror.close();
  await platform.close();
  rmSync(folder, { recursive: true, force: true });
});

const am = (...argv: string[]) => audienceMirror(argv, { cwd: folder });
const rows = [
  'ada@example.com,GB',
  'alan@example.com,GB',
  'grace@example.com,US',
  'no@example.com,',
];

function membersFile(name: string, all: readonly string[]): string {
  writeFileSync(join(folder, name), ['email,country', ...all, ''].join('\n'));
  return name;
}

function configure(): string {
  writeFileSync(join(folder, 'glance.yaml'), configurationText(platform.url, { id: 'glance' }));
  return 'glance.yaml';
}

test('status, list and runs say in the words of the API how all fare and why; open prints a link that signs in', async () => {
  const file = configure();
  await am('snapshot', membersFile('glance.csv', rows), '-f', file);
  expect(await am('apply', '-f', file)).toEqual(said(0));
  expect((await am('status')).stdout).toMatch(/^new +glance /m);
  expect(await am('run', 'glance', '--wait')).toMatchObject({ code: 0 });
  const { stdout } = await am('status');
  expect(stdout).toMatch(/^differs +glance +\S+ +3 +\d{4}-\d\d-\d\d \d\d:\d\d +1 +by hand$/m);
  expect(stdout).toMatch(/^glance: 1 × [a-z-]+: \S/m);
  expect((await am('list', 'sync')).stdout).toMatch(/^sync +glance /m);
  expect((await am('runs', 'glance')).stdout).toMatch(/ manual +succeeded +3 +1 +[a-z-]+$/m);
  const link = (await am('open')).stdout.trim();
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=/);
  const signedIn = await fetch(new URL('/console/session', link), {
    method: 'POST',
    body: link.split('#code=')[1] ?? '',
  });
  expect(signedIn.status).toBe(200);
});
