/**
 * Runs the benches one after the other, each in a process of its own: `npm run bench`, or `npm run bench -- plan send
 * --rows 1000000`. What each measures stands at its beginning; the last line each prints is JSON. `--smoke`: tiny, so that
 * none rots. `--write`: keeps what was measured in docs/benchmarks.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Report } from './report.ts';
import { writeBenchmarks } from './write.ts';

const benches = ['render', 'read', 'plan', 'send', 'isolation', 'api', 'peers'];

async function run(name: string, flags: readonly string[]): Promise<Report | undefined> {
  console.log(`\n${name}`);
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString();
    process.stdout.write(part);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) return undefined;
  return Report.parse(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
}

const given = process.argv.slice(2);
const first = given.findIndex((each) => each.startsWith('--'));
const wanted = first < 0 ? given : given.slice(0, first);
const flags = (first < 0 ? [] : given.slice(first)).filter((each) => each !== '--write');
const unknown = wanted.filter((name) => !benches.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. Name some of ${benches.join(', ')}.`);
  process.exitCode = 2;
} else {
  const reports: Report[] = [];
  for (const name of wanted.length > 0 ? wanted : benches) {
    const report = await run(name, flags);
    if (report) reports.push(report);
    else process.exitCode = 1;
  }
  if (given.includes('--write')) await writeBenchmarks(reports);
}
