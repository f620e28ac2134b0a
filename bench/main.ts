/**
 * Runs the benches one after the other, each in a process of its own: `npm run bench`, or `npm run bench -- plan send`.
 * What each measures stands at its beginning; the last line each prints is JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const benches = ['render', 'plan', 'send', 'isolation'];

async function run(name: string): Promise<number> {
  console.log(`\n${name}`);
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. Name some of ${benches.join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const name of wanted.length > 0 ? wanted : benches) {
    if ((await run(name)) !== 0) process.exitCode = 1;
  }
}
