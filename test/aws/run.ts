/**
 * `npm run test:aws`: the adapters, the flow and the stack against implementations by others. It fetches what is missing,
 * starts it on loopback, runs the tests that have what they need, and stops it. Where one can't be had, a line says why,
 * and what was not run for that; this is no failure. The last line is `N passed, M failed`.
 * `--build`: builds what takes long, too. Names of files of tests run these alone.
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

/** What each file of tests needs, and what it asks too where that can be had. */
const files: Readonly<
  Record<string, { needs: readonly (keyof Others)[]; asks?: readonly (keyof Others)[] }>
> = {
  tables: { needs: ['dynoxide'] },
  queues: { needs: ['elasticmq'] },
  objects: { needs: ['moto'] },
  schedules: { needs: ['moto'] },
  refusals: { needs: [], asks: ['moto', 'dynoxide', 'elasticmq'] },
  flow: { needs: ['moto', 'elasticmq'], asks: ['dynoxide'] },
  stack: { needs: ['moto'] },
  linters: { needs: ['python'] },
};

const given = process.argv.slice(2);
const build = given.includes('--build');
const chosen = given.filter((each) => each !== '--build');

const started: Started[] = [];
const addresses: Others = {};
const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

/** Never throws: who can't be had is said to be missing, and why. */
async function provide(
  one: Package,
  start: (folder: string) => Promise<Started>,
): Promise<{ address: string; folder: string } | undefined> {
  const label = `${one.name} ${one.version} (${one.registry})`;
  const begun = performance.now();
  const found = await installed(one, build);
  const fetched = seconds(begun);
  if ('missing' in found) {
    say(`${label}: not asked: ${found.missing}.`);
    return undefined;
  }
  const ready = performance.now();
  try {
    const server = await start(found.folder);
    started.push(server);
    say(`${label}: fetched in ${fetched}, started in ${seconds(ready)}`);
    return { address: server.address, folder: found.folder };
  } catch (error) {
    say(`${label}: not asked: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Side by side: one of them is waited for, not all. */
async function provideAll(needed: ReadonlySet<keyof Others>): Promise<void> {
  const [table, queues, rest] = await Promise.all([
    needed.has('dynoxide') ? provide(dynoxide, startDynoxide) : undefined,
    needed.has('elasticmq') ? provide(elasticmq, startElasticmq) : undefined,
    needed.has('moto') || needed.has('python') ? provide(moto, startMoto) : undefined,
  ]);
  addresses.dynoxide = table?.address;
  addresses.elasticmq = queues?.address;
  addresses.moto = rest?.address;
  addresses.python = rest && join(rest.folder, 'bin');
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

let report = { numPassedTests: 0, numFailedTests: 0, success: true };
const begun = performance.now();
try {
  const wanted = Object.entries(files).filter(
    ([name]) => chosen.length === 0 || chosen.includes(name),
  );
  await provideAll(new Set(wanted.flatMap(([, { needs, asks = [] }]) => [...needs, ...asks])));
  const has = (one: keyof Others) => addresses[one] !== undefined;
  const able: string[] = [];
  for (const [name, { needs, asks = [] }] of wanted) {
    if (needs.every(has) && (needs.length > 0 || asks.some(has))) able.push(name);
    else say(`${name}: not run.`);
  }
  if (able.length > 0) report = await test(able);
} finally {
  await Promise.all(started.map((server) => server.stop()));
}
say(`test:aws took ${seconds(begun)}`);
say(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
process.exitCode = report.success ? 0 : 1;
