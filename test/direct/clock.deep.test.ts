/**
 * Real processes whose clock is wrong: a day ahead, an hour back, a year back; between runs, in the middle of one, and with a kill
 * beside. Each start that is not killed ends with the platform equal to the snapshot, and a clock that went back is told once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
const preload = new URL('shifted-clock.ts', import.meta.url).href;

const hour = 3_600_000;
const day = 24 * hour;
const year = 365 * day;

let folder: string;
let clock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clock-'));
  clock = join(folder, 'clock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Start {
  /** Milliseconds that the clock is ahead: as it starts, and then after each half a second of the runs. */
  readonly ahead: readonly number[];
  /** After the last of them. */
  readonly isKilled?: boolean;
}

/** The demo of `npm start`: three runs over the sample audience. Its end, undefined where it was killed. */
async function demo({ ahead: [first = 0, ...jumps], isKilled }: Start) {
  await writeFile(clock, `${first}`);
  const state = join(folder, 'state');
  const child = spawn('node', [main, '--demo', '--folder', state, '--port', '4790'], {
    env: { ...process.env, NODE_OPTIONS: `--import=${preload}`, SHIFTED_CLOCK: clock },
  });
  let output = '';
  let isBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    isBegun = resolve;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data;
      if (/Snapshot of|Going on/.test(output)) isBegun();
    });
  const ended = once(child, 'close');
  await Promise.race([begun, ended]);
  for (const ahead of jumps) {
    await Promise.race([sleep(500), ended]);
    await writeFile(clock, `${ahead}`);
  }
  if (isKilled) {
    await Promise.race([sleep(300), ended]);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  return { code: isKilled ? undefined : code, output };
}

async function toldOfClock(): Promise<string[]> {
  const text = await readFile(join(folder, 'state', 'events.ndjson'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line.includes('clock-set-back'));
}

/** Each start that is not killed ends well, with the platform equal to the snapshot. */
async function play(starts: readonly Start[]): Promise<void> {
  for (const [at, start] of starts.entries()) {
    const { code, output } = await demo(start);
    expect(code, `start ${at}: ${output}`).toBe(start.isKilled ? undefined : 0);
    expect(output).not.toContain('skipped');
  }
}

test('between runs', { timeout: 600_000, retry: 0 }, () =>
  play([{ ahead: [day] }, { ahead: [0] }, { ahead: [-hour] }, { ahead: [-year] }]),
);

test('in the middle of runs and beside kills; that it went back is told once', {
  timeout: 600_000,
  retry: 0,
}, async () => {
  await play([
    { ahead: [0, day, -hour, -year, 0] },
    { ahead: [day, day], isKilled: true },
    // The run that stands open is looked after as the next process starts.
    { ahead: [0, 0], isKilled: true },
    { ahead: [0] },
  ]);
  expect(await toldOfClock()).toHaveLength(1);
  await play([{ ahead: [0, -year] }]);
});
