/**
 * What another user of this machine, a page left open in it, or the next one on an old port gets: nothing. Run as root, the
 * other user is real; else the modes speak for it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backUp, takeBack } from '../../local/direct/backup.ts';
import { startDirect } from '../../local/direct/system.ts';
import { startMirror } from '../../local/mirror.ts';
import { startPlatform } from '../../local/platform/platform.ts';
import { addSync, mirrorFiles } from '../flow/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
/** `nobody`, on every Unix. */
const stranger = 65_534;

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'doors-'));
  // What lies in it is to be safe by itself.
  chmodSync(top, 0o755);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const below = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );

/** Whatever of it another user can list, read or enter. */
function openTo(folder: string): string[] {
  if (!isRoot) return [folder, ...below(folder)].filter((path) => statSync(path).mode & 0o077);
  const script =
    'for at do if [ -d "$at" ]; then ls "$at"; else head -c1 "$at"; fi >/dev/null && echo "$at"; done';
  const asStranger = spawnSync('sh', ['-c', script, 'sh', folder, ...below(folder)], {
    uid: stranger,
    gid: stranger,
    encoding: 'utf8',
  });
  return asStranger.stdout.split('\n').filter(Boolean);
}

const csv = 'email,first_name,last_name,country,title\nada@example.com,Ada,B,DE,C\n';

test.each([
  ['in one process', startDirect],
  ['over the embedded AWS', startMirror],
] as const)('%s, nothing of a folder that others could enter is theirs', async (_ground, start) => {
  const folder = join(top, 'state');
  mkdirSync(folder, { mode: 0o755 });
  const platform = await startPlatform();
  const mirror = await start(folder);
  try {
    await mirror.serve();
    const world = { folder, mirror, platform, close: async () => undefined };
    await addSync(world, 'people');
    expect((await mirrorFiles(world, 'people', new Map([['a.csv', csv]]))).status).toBe(
      'succeeded',
    );
    expect(below(folder).length).toBeGreaterThan(10);
    expect(openTo(folder)).toEqual([]);
    // The folder is not all that keeps them out.
    const files = below(folder).filter((path) => statSync(path).isFile());
    expect(files.filter((path) => statSync(path).mode & 0o077)).toEqual([]);
  } finally {
    await mirror.close();
    await platform.close();
  }
});

test('a copy, and what is taken back from one, is as closed as what it was made of', async () => {
  const [folder, copy, back] = ['state', 'copy', 'back'].map((name) => join(top, name));
  if (!folder || !copy || !back) throw new Error('no names');
  await (await startDirect(folder)).close();
  await backUp(folder, copy);
  process.umask(0o022);
  await takeBack(back, copy);
  for (const each of [copy, back]) expect(openTo(each)).toEqual([]);
});

test('a folder that holds something else is left as it is, and so is one of somebody else', async () => {
  const shared = join(top, 'shared');
  mkdirSync(shared, { mode: 0o755 });
  chmodSync(shared, 0o777);
  writeFileSync(join(shared, 'letter'), 'dear');
  await expect(startDirect(shared)).rejects.toMatchObject({ code: 'folder-open' });
  expect(statSync(shared).mode & 0o777).toBe(0o777);
  expect(readdirSync(shared)).toEqual(['letter']);
  if (!isRoot) return;
  const others = join(top, 'others');
  mkdirSync(others, { mode: 0o700 });
  chownSync(others, stranger, stranger);
  await expect(startDirect(others)).rejects.toMatchObject({ code: 'folder-of-others' });
  expect(readdirSync(others)).toEqual([]);
});

/** A real start of the real program. */
async function begin(args: readonly string[]) {
  const node = join(root, 'node_modules/.bin/node');
  const child = spawn(node, [...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (part: Buffer) => {
    said += part.toString();
  });
  const until = async (isThere: () => boolean) => {
    for (let at = 0; at < 1_200 && !isThere(); at += 1) {
      if (child.exitCode !== null) throw new Error(`ended too early: ${said}`);
      await sleep(25);
    }
    expect(isThere(), said).toBe(true);
  };
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return { until, end };
}

test('who listens at the address of a killed start gets no token', {
  timeout: 90_000,
}, async () => {
  const folder = join(top, 'state');
  const started = await begin(['local/main.ts', '--folder', folder, '--no-sample']);
  const endpoint = join(folder, 'endpoint.json');
  await started.until(() => existsSync(endpoint));
  const { url } = JSON.parse(readFileSync(endpoint, 'utf8')) as { url: string };
  const tokens = Object.values(
    JSON.parse(readFileSync(join(folder, 'access.json'), 'utf8')) as Record<string, string>,
  );
  await started.end('SIGKILL');
  expect(existsSync(endpoint)).toBe(true);
  const heard: string[] = [];
  const standIn = createServer((request, response) => {
    heard.push(`${request.url} ${JSON.stringify(request.headers)}`);
    response.end(JSON.stringify({ items: [] }));
  });
  standIn.listen(Number(new URL(url).port), '127.0.0.1');
  await once(standIn, 'listening');
  const cli = (...args: string[]) =>
    new Promise<number | null>((resolve) =>
      spawn(join(root, 'node_modules/.bin/node'), ['cli/main.ts', ...args, '--folder', folder], {
        cwd: root,
        stdio: 'ignore',
      }).once('exit', resolve),
    );
  try {
    expect(await cli('runs', 'people')).not.toBe(0);
    // Another process now bears the number of the one that held the lock.
    const lock = join(folder, 'lock');
    writeFileSync(lock, JSON.stringify({ pid: process.pid }));
    expect(await cli('runs', 'people')).not.toBe(0);
    expect(heard.length).toBeGreaterThan(0);
    for (const token of tokens) expect(heard.join('\n')).not.toContain(token);
  } finally {
    standIn.close();
  }
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while a snapshot is read leaves none in scratch',
  { timeout: 90_000 },
  async (signal) => {
    const folder = join(top, 'state');
    const file = join(top, 'people.csv');
    const rows = Array.from({ length: 400_000 }, (_, at) => `person-${at}@example.com,Ada\n`);
    writeFileSync(file, `email,first_name\n${rows.join('')}`);
    const destination = join(top, 'destination.yaml');
    writeFileSync(
      destination,
      'kind: destination\nid: crm\nname: CRM\nbaseUrl: http://127.0.0.1:9\nactions:\n  insert:\n    method: POST\n    path: /m\n    batchSize: 100\n    body: \'[$$.records.{"e": email}]\'\n',
    );
    const scratch = join(folder, 'scratch');
    const isPlain = () =>
      existsSync(scratch) &&
      below(scratch).some((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 1_000);
    const mirror = ['cli/main.ts', 'mirror', file, '-d', destination, '--key', 'email'];
    const started = await begin([...mirror, '--folder', folder]);
    await started.until(isPlain);
    await started.end(signal);
    expect(existsSync(scratch) ? below(scratch) : []).toEqual([]);
  },
);
