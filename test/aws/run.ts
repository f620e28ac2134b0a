/**
 * `npm run test:aws`: the adapters, the flow and the stack against implementations by others. It fetches what is missing,
 * starts it on loopback, runs the tests that have what they need, and stops it. Where a tool is not at hand, a line says
 * what was not run for that; this is no failure. The last line is `N passed, M failed`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { dynoxide, elasticmq, installed, moto, type Package } from './others/installed.ts';
import { type Started, startDynoxide, startElasticmq, startMoto } from './others/started.ts';
import { environmentOf, type Others } from './others.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each file of tests needs. */
const files: Readonly<Record<string, readonly (keyof Others)[]>> = {
  tables: ['dynoxide'],
  queues: ['elasticmq'],
  objects: ['moto'],
  refusals: ['moto', 'dynoxide', 'elasticmq'],
  flow: ['moto', 'dynoxide', 'elasticmq'],
  stack: ['moto'],
  linters: ['python'],
};

const started: Started[] = [];
const addresses: Others = {};
const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

async function provide(
  one: Package,
  start: (folder: string) => Promise<Started>,
): Promise<{ address: string; folder: string } | undefined> {
  const begun = performance.now();
  const folder = await installed(one);
  const fetched = seconds(begun);
  if (folder === undefined) {
    say(`${one.name} ${one.version}: not run, as ${one.tool} is not at hand.`);
    return undefined;
  }
  const ready = performance.now();
  const server = await start(folder);
  started.push(server);
  say(
    `${one.name} ${one.version} (${one.registry}): fetched in ${fetched}, started in ${seconds(ready)}`,
  );
  return { address: server.address, folder };
}

async function provideAll(needed: ReadonlySet<keyof Others>): Promise<void> {
  if (needed.has('dynoxide')) {
    addresses.dynoxide = (await provide(dynoxide, startDynoxide))?.address;
  }
  if (needed.has('elasticmq')) {
    addresses.elasticmq = (await provide(elasticmq, startElasticmq))?.address;
  }
  if (!needed.has('moto') && !needed.has('python')) return;
  const found = await provide(moto, startMoto);
  if (found === undefined) return;
  addresses.moto = found.address;
  addresses.python = join(found.folder, 'bin');
}

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
});

/** One file after the other: they share the servers. */
async function test(names: readonly string[]): Promise<z.infer<typeof Report>> {
  const folder = mkdtempSync(join(tmpdir(), 'test-aws-'));
  const report = join(folder, 'report.json');
  const paths = names.map((name) => `test/aws/${name}.aws.test.ts`);
  const child = spawn(
    join(root, 'node_modules/.bin/vitest'),
    [
      'run',
      '--mode',
      'aws',
      '--no-file-parallelism',
      '--reporter=verbose',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...paths,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...environmentOf(addresses) } },
  );
  await once(child, 'exit');
  const read = Report.parse(JSON.parse(readFileSync(report, 'utf8')));
  rmSync(folder, { recursive: true });
  return read;
}

const chosen = process.argv.slice(2);
const begun = performance.now();
let report = { numPassedTests: 0, numFailedTests: 0, success: true };
try {
  const asked = Object.entries(files).filter(
    ([name]) => chosen.length === 0 || chosen.includes(name),
  );
  await provideAll(new Set(asked.flatMap(([, needs]) => needs)));
  const able = asked.filter(([, needs]) => needs.every((need) => addresses[need] !== undefined));
  for (const [name] of asked.filter((each) => !able.includes(each))) say(`${name}: not run.`);
  if (able.length > 0) report = await test(able.map(([name]) => name));
} finally {
  await Promise.all(started.map((server) => server.stop()));
}
say(`test:aws took ${seconds(begun)}`);
say(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
process.exitCode = report.success ? 0 : 1;
