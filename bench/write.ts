/** Keeps what was measured in docs/benchmarks.md, one section a bench; the others stay. */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { version as duckdb } from '@duckdb/node-api';
import type { Report } from './report.ts';

const file = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const opening = `# Benchmarks

Written by \`npm run bench -- --write\`, or by one bench alone (\`npm run bench -- plan --rows 1000000 --changed 5 --write\`).
What each measures stands at its beginning, in \`bench/\`. Contestants run by turns on one machine, so that ratios can be
trusted further than seconds; medians.
`;

const titleOf = ({ bench, rows, changed }: Report) =>
  [
    `## ${bench}`,
    ...(rows === undefined ? [] : [`${rows.toLocaleString('en')} rows`]),
    ...(changed === undefined ? [] : [`${changed} % changed`]),
  ].join(', ');

function tableOf(head: string, values: Report['results']): string {
  const lines = Object.entries(values).map(([name, value]) => `| ${name} | ${value} |`);
  return [`| ${head} | |`, '|---|---|', ...lines].join('\n');
}

function sectionOf(report: Report): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  // Where others were at work, seconds say little.
  const load = (loadavg()[0] ?? 0).toFixed(1);
  const machine = `${availableParallelism()} cores (${cpu?.model.trim()}), ${gib} GiB, load ${load}`;
  const versions = `Node ${process.version}, DuckDB ${duckdb()}`;
  return `${titleOf(report)}

${new Date().toISOString().slice(0, 10)}; ${machine}; ${versions}.

${tableOf(`measured, in ${report.unit} where nothing else is said`, report.results)}

${tableOf('ratios', report.ratios)}
`;
}

export async function writeBenchmarks(reports: readonly Report[]): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => opening);
  const [head = '', ...kept] = before.split(/^(?=## )/m);
  const sections = new Map(kept.map((each) => [each.split('\n')[0] ?? '', each.trimEnd()]));
  for (const report of reports) sections.set(titleOf(report), sectionOf(report).trimEnd());
  await writeFile(file, `${[head.trimEnd(), ...sections.values()].join('\n\n')}\n`);
}
