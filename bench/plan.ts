/**
 * Finding what changed in an audience of 300,000 rows in Parquet, 5 % of them changed: plan-run and close-run (DuckDB)
 * with folders as stores, and a Map in Node over the same two exports. Each in a process of its own, by turns. Beside
 * it the first run, which inserts everybody.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Measured, rows, writeExports } from './plan/setup.ts';
import { finish, median, ratio } from './report.ts';

const rounds = 3;

const Told = z.object({
  seconds: z.number(),
  peakMiB: z.number(),
  insert: z.number(),
  update: z.number(),
  delete: z.number(),
});

async function measure(way: string, ...args: string[]): Promise<Measured> {
  const file = fileURLToPath(new URL(`plan/${way}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args]);
  return Told.parse(JSON.parse(stdout));
}

const changesOf = ({ insert, update, delete: removed }: Measured) => ({ insert, update, removed });

async function compare(folder: string): Promise<void> {
  await writeExports(folder);
  const first = await measure('ours', folder, 'yesterday');
  const ours: Measured[] = [];
  const naive: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure('ours', folder, 'today'));
    naive.push(await measure('naive', folder));
  }
  const found = new Set([...ours, ...naive].map((each) => JSON.stringify(changesOf(each))));
  if (found.size !== 1) throw new Error(`The contestants disagree: ${[...found].join(', ')}`);
  tellAll(first, ours, naive, [...found].join());
}

function tellAll(
  first: Measured,
  ours: readonly Measured[],
  naive: readonly Measured[],
  changes: string,
): void {
  const speed = (all: readonly Measured[]) => Math.round(rows / median(all.map((m) => m.seconds)));
  const peak = (all: readonly Measured[]) => Math.round(median(all.map((m) => m.peakMiB)));
  const results = {
    ours: speed(ours),
    naive: speed(naive),
    ours_first_run: speed([first]),
    ours_peak_rss_mib: peak(ours),
    naive_peak_rss_mib: peak(naive),
    ours_first_run_peak_rss_mib: peak([first]),
  };
  const ratios = {
    ours_to_naive: ratio(results.ours, results.naive),
    ours_to_naive_peak_rss: ratio(results.ours_peak_rss_mib, results.naive_peak_rss_mib),
  };
  console.log(`${rows.toLocaleString('en')} rows, changes ${changes}; medians of ${rounds}`);
  const line = (name: string, perSecond: number, mib: number) =>
    console.log(
      `${name.padEnd(16)} ${perSecond.toLocaleString('en').padStart(10)} rows/s  ${mib} MiB`,
    );
  line('ours', results.ours, results.ours_peak_rss_mib);
  line('naive', results.naive, results.naive_peak_rss_mib);
  line('ours, first run', results.ours_first_run, results.ours_first_run_peak_rss_mib);
  finish({ bench: 'plan', unit: 'rows/s', results, ratios });
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
