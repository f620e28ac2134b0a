/**
 * The whole command beside what one would write instead, as processes from start to end: `npm run bench -- peers [--rows N]
 * [--rounds R]`. Each mirrors a CSV to a platform that keeps members, first all of them, then after 2 % changed (a third
 * each left, joined, changed), then unchanged, and then a file of three rows to an empty platform; after each the platform
 * must hold the same whoever did it. Python with polars and httpx is left out, with a word, where it is not at hand. Seconds of
 * the clock, and of all cores together, which say more where others are at work; peak memory; medians.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finish, hundredths, median, ratio } from './report.ts';
import { amountOf } from './settings.ts';

const rows = amountOf('rows', 100_000, 600);
const rounds = amountOf('rounds', 3, 1);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-peers-'));
const file = join(folder, 'members.csv');
const phases = ['first', 'changed', 'unchanged', 'three rows'] as const;

const python = process.env['BENCH_PYTHON'] ?? 'python3';
const hasPython = spawnSync(python, ['-c', 'import polars, httpx']).status === 0;
if (!hasPython)
  console.log(`${python} with polars and httpx is not at hand: the script in Python is left out.`);

interface Contestant {
  readonly name: string;
  command(url: string, state: string): [string, ...string[]];
}

const contestants: Contestant[] = [
  {
    name: 'ours',
    command: (url, state) => {
      writeFileSync(join(folder, 'platform.yaml'), platformYaml(url));
      return [
        process.execPath,
        here('../cli/audience-mirror.js'),
        'mirror',
        file,
        ...['--key', 'email', '--destination', join(folder, 'platform.yaml'), '--folder', state],
      ];
    },
  },
  ...(hasPython
    ? [
        {
          name: 'script',
          command: (url: string, state: string): [string, ...string[]] => [
            python,
            here('peers/good.py'),
            file,
            url,
            state,
          ],
        },
      ]
    : []),
  {
    name: 'naive',
    command: (url, state) => [process.execPath, here('peers/naive.ts'), file, url, state],
  },
];

const action = (method: string, body: string) =>
  `{ method: ${method}, path: /members, batchSize: 1000, body: '${body}', fields: { email: { required: true, hash: SHA256 } } }`;

const platformYaml = (url: string) => `kind: destination
id: bench
name: Bench
baseUrl: ${url}
concurrency: 4
requestsPerSecond: 10000
actions:
  insert: ${action('POST', '{"members": [$$.records.{"email": email, "country": country}]}')}
  update: insert
  delete: ${action('DELETE', '{"members": [$$.records.email]}')}
`;

const line = (number: number, country: string) =>
  `person${number}@example.com,${country},First${number},Last${number},+49151${String(number).padStart(8, '0')}`;

/** `changed`: of three hundred rows two left, two are new, and two have another country. */
function writeRows(phase: (typeof phases)[number]): void {
  const isChanged = phase === 'changed';
  const lines = ['email,country,first_name,last_name,phone'];
  for (let number = 0; number < (phase === 'three rows' ? 3 : rows); number++) {
    const kind = number % 300;
    if (isChanged && kind < 2) lines.push(line(number + rows, 'FR'));
    else lines.push(line(number, isChanged && kind < 4 ? 'US' : 'DE'));
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** Of all processes that ended so far and were waited for, in seconds, as Linux counts them; NaN elsewhere. */
function cpuOfEnded(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  // `cutime` and `cstime`, in hundredths.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Peak of the process alone, in MiB, as Linux counts it; NaN elsewhere. */
function peakOf(child: ChildProcess): () => number {
  let peak = Number.NaN;
  const look = () => {
    const status = `/proc/${child.pid}/status`;
    if (!existsSync(status)) return;
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1];
    if (kib) peak = Number(kib) / 1_024;
  };
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

async function measure([command, ...parameters]: [string, ...string[]]) {
  const [began, cpu] = [performance.now(), cpuOfEnded()];
  const child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  const peak = peakOf(child);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${parameters[0]} ended with ${code}.`);
  return {
    seconds: (performance.now() - began) / 1_000,
    cpuSeconds: cpuOfEnded() - cpu,
    mib: peak(),
  };
}

const platform = fork(here('peers/platform.ts'));
const [port] = await once(platform, 'message');
const url = `http://127.0.0.1:${port}`;
const held = async () => (await fetch(url)).text();

const measured = new Map<string, number[]>();
const note = (name: string, value: number) =>
  measured.set(name, [...(measured.get(name) ?? []), value]);

for (let round = 0; round < rounds; round++) {
  const seen = new Map<string, string>();
  for (const { name, command } of contestants) {
    const state = join(folder, `${name}-${round}`);
    for (const phase of phases) {
      const isNew = phase === 'first' || phase === 'three rows';
      if (isNew) {
        await fetch(url, { method: 'PUT' });
        rmSync(state, { recursive: true, force: true });
      }
      if (phase !== 'unchanged') writeRows(phase);
      const { seconds, cpuSeconds, mib } = await measure(command(url, state));
      note(`${name} ${phase}`, seconds);
      note(`${name} ${phase} cpu`, cpuSeconds);
      if (phase === 'first') note(`${name} peakMiB`, mib);
      const found = await held();
      if ((seen.get(phase) ?? found) !== found)
        throw new Error(
          `${name} leaves ${found} where another left ${seen.get(phase)} (${phase}).`,
        );
      seen.set(phase, found);
    }
    rmSync(state, { recursive: true, force: true });
  }
}
platform.disconnect();
rmSync(folder, { recursive: true, force: true });

const results = Object.fromEntries(
  [...measured].map(([name, values]) => [name, hundredths(median(values))]),
);
const ratios: Record<string, number> = {};
for (const { name } of contestants.slice(1)) {
  for (const phase of [...phases.flatMap((each) => [each, `${each} cpu`]), 'peakMiB'])
    ratios[`${phase} ours/${name}`] = ratio(
      results[`ours ${phase}`] ?? Number.NaN,
      results[`${name} ${phase}`] ?? Number.NaN,
    );
}
finish({ bench: 'peers', rows, changed: 2, unit: 's', results, ratios });
