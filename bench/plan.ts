/**
 * Finding what changed in an audience of so many rows in Parquet, so many percent of them changed (`--rows`, `--changed`):
 * plan-run and close-run with folders as stores. Beside them over the same two exports, each in a process of its own, by
 * turns: DuckDB's bare full join, which keeps nothing; EXCEPT; a Map and a merge of sorted rows in Node. And the first
 * run, which inserts everybody. `keyed` is ours where a delete names the key, so that there are no identities. Seconds of the clock, and of all cores together: these say more where others are at work.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Measured, type Took, writeExports } from './plan/setup.ts';
import { finish, hundredths, median, ratio } from './report.ts';
import { amountOf } from './settings.ts';

const rows = amountOf('rows', 300_000, 3_000);
const changed = amountOf('changed', 5, 5);
const rounds = amountOf('rounds', 3, 1);

const ways = {
  ours: ['ours', 'today', 'email'],
  keyed: ['ours', 'today', 'id'],
  join: ['joined', 'join'],
  except: ['joined', 'except'],
  map: ['naive'],
  merge: ['merged'],
} as const;
type Way = keyof typeof ways;

async function measure(folder: string, script: string, ...args: string[]): Promise<Measured> {
  const file = fileURLToPath(new URL(`plan/${script}.ts`, import.meta.url));
  // Ten million rows in a Map are more than Node's heap usually is.
  const heap = script === ways.map[0] ? ['--max-old-space-size=12288'] : [];
  const { stdout } = await promisify(execFile)(process.execPath, [...heap, file, folder, ...args]);
  return Measured.parse(JSON.parse(stdout));
}

async function compare(folder: string): Promise<void> {
  await writeExports(folder, rows, changed);
  const first = await measure(folder, 'ours', 'yesterday', 'email');
  await measure(folder, 'ours', 'yesterday', 'id');
  const all: Record<Way, Measured[]> = {
    ours: [],
    keyed: [],
    join: [],
    except: [],
    map: [],
    merge: [],
  };
  for (let round = 0; round < rounds; round++) {
    for (const way of Object.keys(all) as Way[]) {
      const [script, ...args] = ways[way];
      all[way].push(await measure(folder, script, ...args));
    }
  }
  const found = new Set(
    Object.values(all)
      .flat()
      .map(({ insert, update, delete: removed }) => JSON.stringify({ insert, update, removed })),
  );
  if (found.size !== 1) throw new Error(`The contestants disagree: ${[...found].join(', ')}`);
  tellAll(first, all, [...found].join());
}

type Part = (each: Measured) => Took | undefined;

function tellAll(first: Measured, all: Record<Way, readonly Measured[]>, changes: string): void {
  const whole: Part = (each) => each;
  const of = (what: keyof Took) => (way: Way, part: Part) =>
    median(all[way].map((each) => part(each)?.[what] ?? Number.NaN));
  const [seconds, cpu] = [of('seconds'), of('cpuSeconds')];
  const peak = (way: Way) => Math.round(median(all[way].map((each) => each.peakMiB)));
  const plan: Part = (each) => each.plan;
  const close: Part = (each) => each.close;
  console.log(`${rows.toLocaleString('en')} rows, changes ${changes}; medians of ${rounds}`);
  const line = (name: string, took: Took, mib: number) =>
    console.log(
      `${name.padEnd(16)} ${took.seconds.toFixed(2).padStart(8)} s ${took.cpuSeconds.toFixed(2).padStart(8)} s of CPU  ${mib} MiB`,
    );
  for (const way of Object.keys(all) as Way[])
    line(way, { seconds: seconds(way, whole), cpuSeconds: cpu(way, whole) }, peak(way));
  line('ours, first run', first, first.peakMiB);
  const results = {
    plan: seconds('ours', plan),
    close: seconds('ours', close),
    join: seconds('join', whole),
    except: seconds('except', whole),
    map: seconds('map', whole),
    merge: seconds('merge', whole),
    firstRun: first.seconds,
    planKeyed: seconds('keyed', plan),
    planCpu: cpu('ours', plan),
    planKeyedCpu: cpu('keyed', plan),
    closeCpu: cpu('ours', close),
    joinCpu: cpu('join', whole),
    mapCpu: cpu('map', whole),
    firstRunCpu: first.cpuSeconds,
  };
  const ours = results.plan + results.close;
  finish({
    bench: 'plan',
    rows,
    changed,
    unit: 's',
    results: {
      ...Object.fromEntries(
        Object.entries(results).map(([name, each]) => [name, hundredths(each)]),
      ),
      firstRunMembersPerSecond: Math.round(rows / first.seconds),
      peakMiB: peak('ours'),
      firstRunPeakMiB: first.peakMiB,
      mapPeakMiB: peak('map'),
    },
    ratios: {
      planToBareJoin: ratio(results.plan, results.join),
      closeToBareJoin: ratio(results.close, results.join),
      planToKeyed: ratio(results.plan, results.planKeyed),
      planCpuToKeyed: ratio(results.planCpu, results.planKeyedCpu),
      planCpuToBareJoin: ratio(results.planCpu, results.joinCpu),
      closeCpuToBareJoin: ratio(results.closeCpu, results.joinCpu),
      mapToOurs: ratio(results.map, ours),
      mapCpuToOurs: ratio(results.mapCpu, results.planCpu + results.closeCpu),
      mergeToOurs: ratio(results.merge, ours),
      exceptToOurs: ratio(results.except, ours),
      peakToMap: ratio(peak('ours'), peak('map')),
    },
  });
}

const folder = await mkdtemp(join(tmpdir(), 'audience-mirror-bench-'));
const remove = () => rmSync(folder, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    remove();
    process.exit(1);
  });
}
try {
  await compare(folder);
} finally {
  remove();
}
