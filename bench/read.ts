/**
 * Snapshots of every kind, looked at as a run does that joins them with a mirror: brought over, checked, and key and digest
 * taken of each row; beside DuckDB alone, that reads key and digest from the same files: `npm run bench -- read [--rows N]
 * [--rounds R]`. Of wide files a hundredth of the rows. Seconds of the clock, and of all cores together, which say more where others
 * are at work; by turns; medians.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Snapshot } from '../shared/contracts/snapshot.ts';
import { createPlanEngine } from '../shared/duckdb/plan-engine.ts';
import { fileSnapshots, fileState } from '../test/duckdb/file-stores.ts';
import { usualReading } from '../test/usual-reading.ts';
import { stopwatch, type Took } from './plan/setup.ts';
import { emptyMirror, type Kind, kinds } from './read/kinds.ts';
import { finish, hundredths, median, ratio } from './report.ts';
import { amountOf } from './settings.ts';

const rows = amountOf('rows', 300_000, 300);
const rounds = amountOf('rounds', 3, 1);
const memoryLimitMb = 2_048;

const folder = mkdtempSync(join(tmpdir(), 'bench-read-'));
const state = fileState(join(folder, 'state'));
mkdirSync(join(folder, 'state'));

async function ours({ format, key, columns }: Kind, files: readonly string[], from: string) {
  const snapshot: Snapshot = {
    bucket: 'exports',
    prefix: '',
    format,
    completedBy: 'marker',
    writtenAt: 0,
    objects: files.map((name) => ({
      key: name,
      etag: 'any',
      size: statSync(join(from, name)).size,
    })),
    identity: '',
  };
  const engine = createPlanEngine({
    snapshots: fileSnapshots(from),
    state,
    scratch: join(folder, 'scratch'),
    memoryLimitMb,
  });
  const took = stopwatch();
  const session = await engine.open({
    wanted: { kind: 'snapshot', snapshot, reading: usualReading },
    key: [key],
    columns,
    fingerprint: 'bench',
    mirror,
    retryFailed: false,
  });
  const measured = took();
  const found = session.statistics.rows;
  await session.close();
  return { ...measured, found };
}

/** With what one would set: two threads' worth of rows in any order, and no looking for what many columns have in common. */
async function plain(kind: Kind, files: readonly string[], from: string) {
  const took = stopwatch();
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MiB`,
    preserve_insertion_order: 'false',
    ...(kind.columns.length > 100 && { disabled_optimizers: 'common_subexpressions' }),
  });
  const connection = await instance.connect();
  const paths = files.map((name) => `'${join(from, name)}'`).join(', ');
  await connection.run(
    `CREATE TABLE found AS SELECT ${kind.key} AS key, hash(${kind.columns.join(', ')}) AS digest FROM ${kind.read(`[${paths}]`)}`,
  );
  const [[found] = []] = (await connection.runAndReadAll('SELECT count(*) FROM found')).getRows();
  connection.closeSync();
  instance.closeSync();
  return { ...took(), found: Number(found) };
}

const mirror = await emptyMirror(join(folder, 'state'));
const results: Record<string, number> = {};
const ratios: Record<string, number> = {};
for (const kind of kinds) {
  const from = join(folder, 'files');
  mkdirSync(from);
  const files = await kind.write(from, rows);
  const taken: Record<'ours' | 'plain', Took[]> = { ours: [], plain: [] };
  for (let round = 0; round < rounds; round += 1) {
    const counts: number[] = [];
    for (const [name, measure] of [
      ['ours', ours],
      ['plain', plain],
    ] as const) {
      const { found, ...took } = await measure(kind, files, from);
      taken[name].push(took);
      counts.push(found);
    }
    if (counts[0] !== counts[1])
      throw new Error(`${kind.name}: read as ${counts.join(' and ')} rows.`);
  }
  const bytes = files.reduce((sum, name) => sum + statSync(join(from, name)).size, 0);
  results[`${kind.name} MB`] = Math.round(bytes / 1e6);
  const of = (name: 'ours' | 'plain', what: keyof Took) =>
    median(taken[name].map((each) => each[what]));
  for (const [suffix, what] of [
    ['', 'seconds'],
    [' cpu', 'cpuSeconds'],
  ] as const) {
    results[`${kind.name} ours${suffix}`] = hundredths(of('ours', what));
    results[`${kind.name} plain${suffix}`] = hundredths(of('plain', what));
    ratios[`${kind.name}${suffix} ours/plain`] = ratio(of('ours', what), of('plain', what));
  }
  rmSync(from, { recursive: true });
}
rmSync(folder, { recursive: true, force: true });
finish({ bench: 'read', rows, unit: 's', results, ratios });
