import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, isEqual, platformMembers, snapshotMembers } from '../../local/compare.ts';
import type { LocalMirror } from '../../local/mirror.ts';
import { sampleFile, sampleFiles } from '../../local/sample.ts';
import type { Counts } from '../../shared/contracts/counts.ts';
import { DryRunReport } from '../../shared/contracts/dry-run.ts';
import { reportObject } from '../../shared/contracts/layout.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { Guards, SyncInput } from '../../shared/contracts/sync.ts';
import { type ByOutcome, imbalances, total } from '../../shared/domain/run/counts.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { readObject } from '../../shared/stored.ts';
import { isDeep } from '../depth.ts';
import { until } from '../local/fixtures/until.ts';
import {
  addSync,
  type FlowWorld,
  mirrorFiles,
  requestsSeen,
  startDirectWorld,
  startWorld,
} from './world.ts';

let world: FlowWorld<LocalMirror>;
/** The same in one process. */
let direct: FlowWorld;
/** What the scheduler's clock is ahead by. */
let aheadMs = 0;
beforeAll(async () => {
  world = await startWorld({ schedulerNow: () => Date.now() + aheadMs });
  direct = await startDirectWorld();
});
afterAll(async () => {
  await world.close();
  await direct.close();
});

type Files = Map<string, Uint8Array>;

/** The sample's rows as a query gives them. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll(sql);
  return rows.getRowObjectsJson();
}

const path = (part: number) => `'${fileURLToPath(sampleFile(part))}'`;

async function ndjson(parts: readonly number[]): Promise<Files> {
  const files: Files = new Map();
  for (const part of parts) {
    const rows = await query(`SELECT * FROM read_parquet(${path(part)})`);
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    files.set(`userdata${part}.ndjson.gz`, gzipSync(text));
  }
  return files;
}

/** {2, 3} as CSV, with another title in the first 50 rows that have a key. */
async function retitled(): Promise<Files> {
  const rows = await query(
    `SELECT email, first_name, last_name, country, title FROM read_parquet([${path(2)}, ${path(3)}])`,
  );
  let left = 50;
  const lines = rows.map(({ email, first_name, last_name, country, title }) => {
    const isNew = email !== '' && left-- > 0;
    const cells = [email, first_name, last_name, country, isNew ? `${title} (new)` : title];
    return cells.map((cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`).join(',');
  });
  const header = 'email,first_name,last_name,country,title';
  return new Map([['all.csv', Buffer.from([header, ...lines].join('\r\n'))]]);
}

interface Format {
  readonly format: string;
  readonly files: (parts: readonly number[]) => Promise<Files>;
  readonly isOnAws: boolean;
}

/** A format is one to what reads it, wherever that runs. */
const formats: readonly Format[] = [
  { format: 'parquet', files: (parts) => sampleFiles(parts), isOnAws: true },
  { format: 'csv', files: (parts) => sampleFiles(parts, 'csv'), isOnAws: isDeep },
  { format: 'ndjson', files: ndjson, isOnAws: isDeep },
];

const delivered = ({ insert, reinsert, update, delete: removed }: Counts) => ({
  inserts: insert.delivered,
  reinserts: reinsert.delivered,
  updates: update.delivered,
  deletes: removed.delivered,
});

function countsOf(run: Run): Counts {
  const counts = run.result?.counts;
  if (!counts) throw new Error(JSON.stringify(run.result));
  expect(imbalances(counts)).toEqual([]);
  return counts;
}

async function expectEqual(
  { platform }: FlowWorld,
  id: string,
  parts: readonly number[],
  format: string,
): Promise<void> {
  const found = await platformMembers(platform.url, id);
  const comparison = compare(
    await snapshotMembers(parts, format === 'csv' ? 'csv' : 'parquet'),
    found,
  );
  expect(isEqual(comparison), JSON.stringify(comparison)).toBe(true);
}

describe.each(formats)('the real files as $format', ({ format, files, isOnAws }) => {
  const id = `as-${format}`;
  let at: FlowWorld;
  beforeAll(() => {
    at = isOnAws ? world : direct;
    return addSync(at, id);
  });

  test('{1, 2}: 1,962 inserts and 38 invalid', async () => {
    const run = await mirrorFiles(at, id, await files([1, 2]));
    const counts = countsOf(run);
    expect(delivered(counts)).toEqual({ inserts: 1_962, reinserts: 0, updates: 0, deletes: 0 });
    expect(counts.snapshot).toEqual({ rows: 2_000, duplicate: 0, invalid: 38, members: 1_962 });
    expect(run.status).toBe('succeeded');
    expect(run.result?.warnings).toMatchObject([{ code: 'rows-invalid', count: 38 }]);
    expect(run.result?.reasons).toMatchObject([{ code: 'key-missing', count: 38 }]);
    await expectEqual(at, id, [1, 2], format);
  });

  test('{2, 3} after it: 976 inserts, 984 deletes, no update, 46 invalid', async () => {
    const counts = countsOf(await mirrorFiles(at, id, await files([2, 3])));
    expect(delivered(counts)).toEqual({ inserts: 976, reinserts: 0, updates: 0, deletes: 984 });
    expect(counts.snapshot.invalid).toBe(46);
    await expectEqual(at, id, [2, 3], format);
  });

  test('{2, 3} again: unchanged, and nothing is sent', async () => {
    const before = await requestsSeen(at);
    const run = await mirrorFiles(at, id, await files([2, 3]));
    expect(run.status).toBe('unchanged');
    expect(await requestsSeen(at)).toBe(before);
  });

  test('50 rows with another title: 50 updates and nothing else', async () => {
    // Another format than before, but for CSV: the same text is the same record.
    const counts = countsOf(await mirrorFiles(at, id, await retitled()));
    expect(delivered(counts)).toEqual({ inserts: 0, reinserts: 0, updates: 50, deletes: 0 });
    expect(counts.snapshot.invalid).toBe(46);
  });
});

test('a dry run tells what the run will send, and sends nothing', async () => {
  const { mirror } = world;
  const guards = Guards.parse({ deletesShare: 0.4 });
  await addSync(world, 'dry', { sync: { guards: Guards.parse({ deletesShare: 1 }) } });
  await mirrorFiles(world, 'dry', await sampleFiles([1, 2]));
  await addSync(world, 'dry', { sync: { guards } });
  await mirror.export('exports/dry/', await sampleFiles([2, 3]));
  const before = { requests: await requestsSeen(world), state: await mirror.runs.getState('dry') };
  const dry = await mirror.start('dry', 'manual', { kind: 'dry-run' });
  const { status, result } = await mirror.follow('dry', dry ?? '');
  expect(status).toBe('succeeded');
  expect(await requestsSeen(world)).toBe(before.requests);
  const { mirror: pointer, mirrored, succeededAt } = await mirror.runs.getState('dry');
  expect({ pointer, mirrored, succeededAt }).toEqual({
    pointer: before.state.mirror,
    mirrored: before.state.mirrored,
    succeededAt: before.state.succeededAt,
  });
  const stored = await mirror.state.get(reportObject('dry', dry ?? ''));
  const report = readObject(DryRunReport, stored ?? new Uint8Array(), 'report');
  expect(report.counts).toEqual(result?.counts);
  expect(report.guards.map(({ code }) => code)).toEqual(['guard-deletes']);
  const { samples, estimate } = report;
  expect(samples.map(({ action, records }) => `${records} ${action}`).sort()).toEqual([
    '5 delete',
    '5 insert',
  ]);

  await addSync(world, 'dry', { sync: { guards: Guards.parse({ deletesShare: 1 }) } });
  const real = await mirror.follow('dry', (await mirror.start('dry')) ?? '');
  expect(await requestsSeen(world)).toBe(
    before.requests + estimate.requests.insert + estimate.requests.delete,
  );
  const planned = (by: ByOutcome | undefined) => by && total(by);
  const counts = real.result?.counts;
  expect(planned(counts?.insert)).toBe(planned(report.counts.insert));
  expect(planned(counts?.delete)).toBe(planned(report.counts.delete));
  const off = estimate.bytes / (real.result?.sent?.bytes ?? 0);
  expect(off).toBeGreaterThan(0.8);
  expect(off).toBeLessThan(1.25);
});

test('what a rule drops is counted by field and rule, and told before and after', async () => {
  const { mirror } = world;
  const drop = (rule: string) => ({ rule, unreadable: 'drop' });
  const sync = { normalise: { firstName: drop('gender'), country: drop('country') } };
  await addSync(world, 'dropped', { sync: SyncInput.pick({ normalise: true }).parse(sync) });
  const rows = ['a,n/a,DE', 'b,CANARY,Atlantis', 'c,f,'].map((row) => `${row},x,y`);
  const csv = ['email,first_name,country,last_name,title', ...rows].join('\n');
  const warnings = [
    ['firstName', 2],
    ['country', 1],
  ].map(([field, count]) => ({
    code: 'field-dropped',
    reason: expect.stringContaining(`field ${field} cannot be read`),
    count,
  }));
  await mirror.export('exports/dropped/', new Map([['all.csv', Buffer.from(csv)]]));
  const dry = await mirror.start('dropped', 'manual', { kind: 'dry-run' });
  expect((await mirror.follow('dropped', dry ?? '')).result?.warnings).toEqual(warnings);
  const { status, result } = await mirror.follow('dropped', (await mirror.start('dropped')) ?? '');
  expect({ status, warnings: result?.warnings }).toEqual({ status: 'succeeded', warnings });
  expect(JSON.stringify(result)).not.toContain('CANARY');
});

test('a sync with a schedule runs by the clock once sweep has seen it, and no more when it is disabled', async () => {
  const { mirror } = world;
  const id = 'by-the-clock';
  const schedule = { type: 'cron', expression: '17 3 * * *' } as const;
  const runs = async () => (await mirror.runs.listRuns(id, 10)).items;
  const passNextTime = () => {
    const now = Date.now() + aheadMs;
    aheadMs += (nextTimes(schedule, now, 1)[0] ?? now) - now;
    mirror.aws.fireSchedules();
  };
  await addSync(world, id, { sync: { schedule } });
  await mirror.export(`exports/${id}/`, await sampleFiles([1]));
  await mirror.aws.invoke('sweep', {});
  passNextTime();
  await until(async () => (await runs()).length > 0);
  const [started] = await runs();
  const run = await mirror.follow(id, started?.id ?? '');
  expect(run).toMatchObject({ trigger: 'schedule', result: { mirror: { members: 984 } } });
  await addSync(world, id, { sync: { schedule, enabled: false } });
  await mirror.aws.invoke('sweep', {});
  passNextTime();
  await mirror.aws.invoke('sweep', {});
  expect(await runs()).toHaveLength(1);
});

test('every line that a function wrote names its sync and run, metrics are among them, and no line holds a person', () => {
  const folder = join(world.folder, 'logs');
  const lines = readdirSync(folder)
    .filter((file) => /^(start|plan|close)-run|^send-chunk/.test(file))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'));
  expect(lines.length).toBeGreaterThan(30);
  const metrics = new Set<string>();
  for (const text of lines) {
    expect(text).not.toMatch(/[\w.]+@[\w.]+/);
    const { _aws, ...line } = JSON.parse(text);
    const names = (_aws?.CloudWatchMetrics[0].Metrics ?? []).map(
      ({ Name }: { Name: string }) => Name,
    );
    for (const name of names) metrics.add(name);
    if (!names.includes('Requests'))
      expect(line).toMatchObject({ sync: expect.any(String), run: expect.any(String) });
  }
  expect([...metrics].sort()).toEqual([
    'Changes',
    'Delivered',
    'Invalid',
    'RequestLatency',
    'Requests',
    'RunsSucceeded',
    'SnapshotLag',
  ]);
});
