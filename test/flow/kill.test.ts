import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cases } from '../depth.ts';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
let folder: string;
let port: number;
beforeEach(async () => {
  port = await freePort();
  folder = await mkdtemp(join(tmpdir(), 'mirror-kill-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

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
async function demo(
  ground: readonly string[],
  killAfterMs?: number,
): Promise<{ code: number | null; output: string }> {
  const child = spawn('node', [main, '--demo', '--folder', folder, '--port', `${port}`, ...ground]);
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

test.each([
  { on: 'in one process', ground: [], first: 300, span: 1_500 },
  { on: 'over the embedded AWS', ground: ['--aws'], first: 700, span: 3_500 },
])(
  'killed at any moment and started again $on, the platform ends equal to the snapshot',
  {
    timeout: 180_000,
  },
  async ({ ground, first, span }) => {
    const kills = Array.from(
      { length: cases(3, 8) },
      () => first + Math.floor(Math.random() * span),
    );
    for (const after of kills) await demo(ground, after);
    const { code, output } = await demo(ground);
    expect(code, `killed after ${kills.join(', ')} ms\n${output}`).toBe(0);
  },
);
