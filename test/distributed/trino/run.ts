/**
 * `npm run test:trino`: plans in parts against a real Trino, fetched once into the cache folder of the user. Where it can't be
 * had, one line says why, and nothing fails. The tests start and stop it themselves.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed } from '../../aws/others/installed.ts';
import { javaIn, javaOfPython, ownJava, trino } from './fetched.ts';
import { environmentOf, type Place } from './place.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

async function provide(): Promise<Place | string> {
  const server = await installed(trino, true);
  if ('missing' in server) return server.missing;
  const java = ownJava() ?? (await javaByPython());
  if (java === undefined) return 'no Java of version 24 or later can be had';
  return { lib: join(server.folder, 'lib'), plugins: join(server.folder, 'plugin'), java };
}

async function javaByPython(): Promise<string | undefined> {
  const found = await installed(javaOfPython, true);
  return 'missing' in found ? undefined : javaIn(found.folder);
}

const place = await provide();
if (typeof place === 'string') {
  process.stdout.write(`Trino ${trino.version}: not asked: ${place}.\n`);
} else {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const tests = spawn(process.execPath, [vitest, 'run', '--mode', 'trino'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environmentOf(place) },
  });
  const [code] = await once(tests, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
}
