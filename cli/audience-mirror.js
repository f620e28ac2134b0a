#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: the program is TypeScript and needs Node 24, which `npm ci` brings
// along. `npx` and npm scripts put that one on the path; who starts this file with an older one is handed over to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { entryOf } from './bundled.js';

const oldest = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// What was compiled once is not compiled again: most of what a short command takes.
const compiled = here('../node_modules/.cache/node');
const entry = entryOf(new URL('..', import.meta.url));

function handOver() {
  const node = here(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`);
  if (!existsSync(node)) {
    process.stderr.write(
      `audience-mirror needs Node.js ${oldest}, and this is ${process.version}. Run npm ci in ${here('..')}, which brings it along, or install it.\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compiled, ...process.env },
  });
  // Ctrl-C reaches both; the child decides what becomes of it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)),
  );
}

if (Number.parseInt(process.versions.node, 10) >= oldest) {
  modules.enableCompileCache(compiled);
  await import(entry.href);
} else handOver();
