/**
 * Finding what changed in an audience of so many rows in Parquet, so many percent of them changed (`--rows`, `--changed`):
 * plan-run and close-run with folders as stores. Beside them over the same two exports, each in a process of its own, by
 * turns: DuckDB's bare full join, which keeps nothing; EXCEPT; a Map and a merge of sorted rows in Node. And the first
 * run, which inserts everybody.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Measured, writeExports } from './plan/setup.ts';
import { finish, hundredths, median, ratio } from './report.ts';
import { amountOf } from './settings.ts';

const rows = amountOf('rows', 300_000, 3_000);
const changed = amountOf('changed', 5, 5);
const rounds = amountOf('rounds', 3, 1);

const ways = {
  ours: ['ours', 'today'],
  join: ['joined', 'join'],
  except: ['joined', 'except'],
  map: ['naive'],
  merge: ['merged'],
} as const;
type Way = keyof typeof ways;

async function measure(folder: string, script: string, ...args: string[]): Promise<Measured> {
  const file = fileURLToPath(new URL(`plan/${script}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, folder, ...args]);
  return Measured.parse(JSON.parse(stdout));
}

async function compare(folder: string): Promise<void> {
  await writeExports(folder, rows, changed);
  const first = await measure(folder, 'ours', 'yesterday');
  const all: Record<Way, Measured[]> = { ours: [], join: [], except: [], map: [], merge: [] };
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

function tellAll(first: Measured, all: Record<Way, readonly Measured[]>, changes: string): void {
  const seconds = (way: Way) => median(all[way].map((each) => each.seconds));
  const peak = (way: Way) => Math.round(median(all[way].map((each) => each.peakMiB)));
  const plan = median(all.ours.map((each) => each.plan ?? 0));
  const close = median(all.ours.map((each) => each.close ?? 0));
  console.log(`${rows.toLocaleString('en')} rows, changes ${changes}; medians of ${rounds}`);
  const line = (name: string, took: number, mib: number) =>
    console.log(`${name.padEnd(16)} ${took.toFixed(2).padStart(8)} s  ${mib} MiB`);
  for (const way of Object.keys(all) as Way[]) line(way, seconds(way), peak(way));
  line('ours, first run', first.seconds, first.peakMiB);
  const join = seconds('join');
  finish({
    bench: 'plan',
    rows,
    changed,
    unit: 's',
    results: {
      plan: hundredths(plan),
      close: hundredths(close),
      join: hundredths(join),
      except: hundredths(seconds('except')),
      map: hundredths(seconds('map')),
      merge: hundredths(seconds('merge')),
      firstRun: hundredths(first.seconds),
      firstRunMembersPerSecond: Math.round(rows / first.seconds),
      peakMiB: peak('ours'),
      firstRunPeakMiB: first.peakMiB,
      mapPeakMiB: peak('map'),
    },
    ratios: {
      planToBareJoin: ratio(plan, join),
      closeToBareJoin: ratio(close, join),
      mapToOurs: ratio(seconds('map'), plan + close),
      mergeToOurs: ratio(seconds('merge'), plan + close),
      exceptToOurs: ratio(seconds('except'), plan + close),
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
