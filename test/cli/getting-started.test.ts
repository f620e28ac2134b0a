/** docs/getting-started.md is true: what it says to type is typed, and prints what it shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalised, type Step, stepsOf } from './document.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'docs/getting-started.md');
const [start, ...steps] = stepsOf(readFileSync(file, 'utf8'));

const folder = mkdtempSync(join(tmpdir(), 'getting-started-'));
const env = {
  ...process.env,
  PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  NO_COLOR: '1',
};
let service: ChildProcess;
let port = '';

/** `npx` finds the program of the checkout in the same way, but takes a second for it. */
function standIn(name: string, script: string): void {
  const path = join(folder, 'bin', name);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

beforeAll(async () => {
  standIn('npx', `shift && exec "${process.execPath}" "${join(root, 'cli/main.ts')}" "$@"`);
  // Any ports: the usual ones may be taken here.
  const args = [join(root, 'local/main.ts'), '--port', '0', '--api-port', '0'];
  service = spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const part of service.stdout ?? []) {
    port ||= /127\.0\.0\.1:(\d+)\/$/m.exec(String(part))?.[1] ?? '';
    if (String(part).includes('Ctrl-C ends')) break;
  }
}, 120_000);
afterAll(async () => {
  service.kill('SIGTERM');
  await once(service, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

/** Both outputs, as a terminal shows them. */
async function type({ commands }: Step): Promise<string> {
  const script = commands.replaceAll('127.0.0.1:4700', `127.0.0.1:${port}`);
  const shell = spawn('sh', ['-c', `exec 2>&1\n${script}`], { cwd: folder, env });
  return text(shell.stdout);
}

test('the page begins with what starts the service', () => {
  expect(start?.commands).toBe('npm ci\nnpm start\n');
});

describe('what is typed prints what is shown', () => {
  // Each goes on from what the one before left, so the first that differs tells most.
  test.each(steps)('line $line', { timeout: 120_000 }, async (step) => {
    const printed = await type(step);
    if (process.env['WRITE_DOCS']) write(step, printed);
    else expect(normalised(printed)).toBe(normalised(step.prints ?? ''));
  });
});

/** `WRITE_DOCS=1` puts what was printed into the page, to be read before it is committed. */
function write({ commands, prints }: Step, printed: string): void {
  if (prints === undefined) return;
  const page = readFileSync(file, 'utf8');
  const at = page.indexOf(commands);
  const rest = page
    .slice(at)
    .replace(/```text\n[\s\S]*?```/, () => `\`\`\`text\n${shown(printed)}\`\`\``);
  writeFileSync(file, page.slice(0, at) + rest);
}

const shown = (printed: string): string =>
  printed.replaceAll(`127.0.0.1:${port}`, '127.0.0.1:4700');
