/**
 * `npm run soak -- [--minutes N] [--syncs M] [--members K] [--seed S]`: one process mirrors M audiences to a platform that
 * misbehaves, each every minute and at times between, while it is frozen and killed; exports come and go. A core of each
 * audience never leaves: its removal is a violation. At the end all is calm, and the platform is asked. Ends with 1
 * where it holds anything else than the last exports, or a core was touched.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buckets } from '../../local/aws/identity.ts';
import { replaceSnapshot } from '../../local/direct/snapshots.ts';
import { Random } from '../simulation/random.ts';
import { Soaked } from './child.ts';
import { servePlatform } from './platform.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    syncs: { type: 'string', default: '20' },
    /** Of an audience at most; half of them are its core. */
    members: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(options.minutes);
const most = Number(options.members);
const random = new Random(Number(options.seed));
const syncs = Array.from({ length: Number(options.syncs) }, (_, at) => `soak-${at}`);
const say = (text: string) => process.stdout.write(`${text}\n`);

const violations: string[] = [];
const isCore = (id: string) => Number(id.slice(1)) < most / 2;
const platform = await servePlatform(random, (audience, id) => {
  if (isCore(id)) violations.push(`${id} of the core was removed from ${audience}`);
});
platform.faultShare = 0.1;
const folder = await mkdtemp(join(tmpdir(), 'soak-'));
const soaked = new Soaked(folder);
/** By sync, what its last export says: names by id. */
const exported = new Map<string, Map<string, string>>();
const figures = {
  exports: 0,
  kills: 0,
  freezes: 0,
  starts: 0,
  memoryMiB: 0,
  /** Since an open run last moved, at most. */
  oldestWorkSeconds: 0,
};
/** When the process was there and not frozen. */
const awake: { from: number; to: number }[] = [];
let since = 0;

async function exportAudience(sync: string): Promise<void> {
  const rows = new Map<string, string>();
  for (let at = 0; at < most; at++) {
    const id = `u${at}`;
    if (isCore(id) || random.chance(0.5)) rows.set(id, random.pick(['Ada', 'Bo', 'Cy']));
  }
  const lines = [...rows].map(([id, name]) => `${JSON.stringify({ id, name })}\n`).join('');
  const files = new Map([['rows.ndjson', Buffer.from(lines)]]);
  await replaceSnapshot(join(folder, 'snapshots'), `exports/${sync}/`, files);
  exported.set(sync, rows);
  figures.exports += 1;
}

function settingsOf(id: string) {
  const action = { path: `/a/${id}/m`, batchSize: 50, responseRules: { retry: '$$.body.again' } };
  return {
    destination: {
      id: `to-${id}`,
      name: `To ${id}`,
      baseUrl: platform.url,
      concurrency: 2,
      timeoutSeconds: 5,
      actions: {
        insert: { ...action, body: '{"members": [$$.records.{"id": ID, "name": NAME}]}' },
        update: 'insert' as const,
        delete: {
          ...action,
          method: 'DELETE' as const,
          body: '{"members": [$$.records.{"id": ID}]}',
        },
      },
    },
    sync: {
      id,
      name: id,
      destination: `to-${id}`,
      audience: { id, name: id },
      source: { bucket: buckets.snapshots, prefix: `exports/${id}/` },
      key: ['id'],
      mappings: { ID: { column: 'id' }, NAME: { column: 'name' } },
      schedule: { type: 'cron' as const, expression: '* * * * *' },
      guards: { deletesShare: 1 },
    },
  };
}

async function wake(): Promise<void> {
  await soaked.start();
  since = Date.now();
}

/** A kill and a freeze by turns: the shortest soak has both. */
async function trouble(): Promise<void> {
  if (figures.kills <= figures.freezes) {
    figures.kills += 1;
    awake.push({ from: since, to: Date.now() });
    await soaked.kill();
    await sleep(random.between(0, 3_000));
    return wake();
  }
  figures.freezes += 1;
  awake.push({ from: since, to: Date.now() });
  soaked.freeze(true);
  await sleep(random.between(1_000, 8_000));
  soaked.freeze(false);
  since = Date.now();
}

async function soak(until: number): Promise<void> {
  for (let at = 0; Date.now() < until; at++) {
    await sleep(random.between(200, 1_500));
    const sync = random.pick(syncs);
    if (random.chance(0.7)) await exportAudience(sync);
    figures.starts += 1;
    void soaked.tell({ kind: 'start', sync });
    void soaked.tell({ kind: 'age' }).then(({ ageSeconds = 0 }) => {
      figures.oldestWorkSeconds = Math.max(figures.oldestWorkSeconds, ageSeconds);
    });
    figures.memoryMiB = Math.max(figures.memoryMiB, soaked.memoryMiB);
    if (at % 25 === 24) await trouble();
  }
}

/** The faults stop; each sync runs to its end, and the platform is asked. */
async function judge(): Promise<void> {
  platform.faultShare = 0;
  for (const sync of syncs) {
    let status: string | undefined;
    // A run that is open goes on first.
    for (let tries = 0; tries < 60 && status !== 'succeeded' && status !== 'unchanged'; tries++) {
      if (tries > 0) await sleep(2_000);
      const said = await soaked.tell({ kind: 'settle', sync });
      status = said.status ?? said.error;
    }
    const is = [...(platform.audiences.get(sync) ?? [])].sort();
    const should = [...(exported.get(sync) ?? [])].sort();
    if (JSON.stringify(is) !== JSON.stringify(should))
      violations.push(
        `${sync} ended ${status}: ${is.length} members there, ${should.length} exported, or of other names`,
      );
  }
}

/** Whole minutes in which the process was awake from before their beginning, and no run of the schedule began. */
async function accountOf() {
  const account = { runs: 0, missedMinutes: 0, longestRunSeconds: 0 };
  for (const sync of syncs) {
    const { runs = [] } = await soaked.tell({ kind: 'list', sync });
    account.runs += runs.length;
    for (const { startedAt, closedAt = startedAt } of runs)
      account.longestRunSeconds = Math.max(
        account.longestRunSeconds,
        (closedAt - startedAt) / 1_000,
      );
    const begun = new Set(runs.map(({ startedAt }) => Math.floor(startedAt / 60_000)));
    for (const { from, to } of awake)
      for (let minute = Math.ceil(from / 60_000) + 1; (minute + 0.5) * 60_000 < to; minute++)
        if (!begun.has(minute)) account.missedMinutes += 1;
  }
  return account;
}

await wake();
for (const sync of syncs) {
  await exportAudience(sync);
  await soaked.tell({ kind: 'save', ...settingsOf(sync) });
}
await soak(Date.now() + minutes * 60_000);
awake.push({ from: since, to: Date.now() });
await judge();
const account = await accountOf();
const files = (await readdir(folder, { recursive: true })).length;
await soaked.kill();
platform.close();
await rm(folder, { recursive: true, force: true });

const all = {
  minutes,
  syncs: syncs.length,
  ...figures,
  ...account,
  files,
  ...Object.fromEntries(platform.counts),
};
for (const [name, value] of Object.entries(all))
  say(`${String(Math.round(value)).padStart(10)}  ${name}`);
for (const violation of violations.slice(0, 10)) say(violation);
say(
  violations.length === 0
    ? 'All was equal, and the cores stayed.'
    : `${violations.length} violations.`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
