import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
let folder: string;
let port: number;
beforeAll(async () => {
  port = await freePort();
  folder = await mkdtemp(join(tmpdir(), 'mirror-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The same for every start: an open run goes on to the platform it began with. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** The demo, killed after so long, or to its end. */
async function demo(killAfterMs?: number): Promise<{ code: number | null; output: string }> {
  const child = spawn('node', [main, '--demo', '--folder', folder, '--port', `${port}`]);
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (killAfterMs !== undefined) {
    await Promise.race([sleep(killAfterMs), ended]);
    child.kill('SIGKILL');
  }
  return { code: await ended, output };
}

test('killed at any moment and started again, the platform ends equal to the snapshot', {
  timeout: 180_000,
}, async () => {
  const kills = Array.from({ length: 6 }, () => 700 + Math.floor(Math.random() * 3_500));
  for (const after of kills) await demo(after);
  const { code, output } = await demo();
  expect(code, `killed after ${kills.join(', ')} ms\n${output}`).toBe(0);
});
