/**
 * What a call of the API costs where little is saved, and where much is: 10 syncs with 10 runs each, and 1,000 syncs, 300
 * of them at one destination, with 10,000 runs in all. Each call goes over HTTP to the embedded system; the best of
 * several. Then a cheap call while 200 dear ones wait.
 *
 * `--rows`: how many syncs those many are; with ten runs each.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { startMirror } from '../local/mirror.ts';
import { sampleDestination, sampleSyncOf } from '../local/sample.ts';
import { type Saved, seed } from './api/seed.ts';
import { finish, hundredths, ratio } from './report.ts';
import { amountOf, isSmoke } from './settings.ts';

interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly body?: object;
}

const few: Saved = { syncs: 10, atOne: 10, runs: 100 };
const syncs = amountOf('rows', 1_000, 30);
const many: Saved = { syncs, atOne: Math.ceil(syncs * 0.3), runs: syncs * 10 };
const tries = amountOf('rounds', 7, 1);
const limit = 10;

const destination = sampleDestination('http://127.0.0.1:9');
const calls: Readonly<Record<string, Call>> = {
  'list syncs': { method: 'GET', path: `/syncs?limit=${limit}` },
  'find syncs of a destination': {
    method: 'GET',
    path: `/syncs?destination=shared&limit=${limit}`,
  },
  'find syncs by state': { method: 'GET', path: `/syncs?enabled=true&limit=${limit}` },
  'read a sync': { method: 'GET', path: '/syncs/sync-0' },
  'list runs of a sync': { method: 'GET', path: `/syncs/sync-0/runs?limit=${limit}` },
  'list runs of all': { method: 'GET', path: `/runs?limit=${limit}` },
  'list destinations': { method: 'GET', path: `/destinations?limit=${limit}` },
  'list the audit trail': { method: 'GET', path: `/audit?limit=${limit}` },
  'list erasures': { method: 'GET', path: '/syncs/sync-0/erasures' },
  'read the document': { method: 'GET', path: '/openapi.json' },
  'validate a sync': {
    method: 'POST',
    path: '/syncs/validate',
    body: { ...sampleSyncOf(), id: 'new', name: 'New', destination: 'shared', enabled: false },
  },
  'save a sync': {
    method: 'PUT',
    path: '/syncs/sync-0',
    body: {
      ...sampleSyncOf(),
      id: 'sync-0',
      name: 'Sync 0',
      destination: 'shared',
      audience: { id: 'sync-0', name: 'Sync 0' },
      schedule: { type: 'manual' },
      enabled: false,
    },
  },
  'save a destination': {
    method: 'PUT',
    path: '/destinations/shared',
    body: { ...destination, id: 'shared', name: 'To shared', concurrency: 2 },
  },
  'validate a new template': {
    method: 'POST',
    path: '/destinations/validate',
    body: {
      ...destination,
      id: 'shared',
      name: 'To shared',
      headers: { ...destination.headers, 'x-new': '1' },
    },
  },
};

type Times = Readonly<Record<string, number>>;

async function measured(saved: Saved): Promise<{ readonly times: Times; readonly busy: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'mirror-bench-'));
  const mirror = await startMirror(folder);
  try {
    await seed(mirror, saved);
    const { url, tokens } = await mirror.serve();
    const ask = async ({ method, path, body }: Call) => {
      const begun = performance.now();
      const answer = await request(`${url}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tokens.write}`,
          ...(method === 'PUT' && { 'if-match': '*' }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${text}`);
      return performance.now() - begun;
    };
    const times = new Map<string, number>();
    for (const [name, call] of Object.entries(calls)) {
      const took: number[] = [];
      for (let at = 0; at < tries; at += 1) took.push(await ask(call));
      // The least disturbed: the machine does other things, too.
      times.set(name, Math.min(...took));
    }
    return { times: Object.fromEntries(times), busy: await cheapWhileBusy(ask) };
  } finally {
    await mirror.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const dear = isSmoke ? 20 : 200;
const cheap = 20;

/** The slowest of some cheap calls, beside many dear ones. */
async function cheapWhileBusy(ask: (call: Call) => Promise<number>): Promise<number> {
  const [save, read] = [calls['save a destination'], calls['read a sync']];
  if (!save || !read) throw new Error('A call is missing.');
  const busy = Array.from({ length: dear }, () => ask(save).catch(() => 0));
  let slowest = 0;
  for (let at = 0; at < cheap; at += 1) slowest = Math.max(slowest, await ask(read));
  await Promise.all(busy);
  return slowest;
}

const small = await measured(few);
const large = await measured(many);
console.log(`${'milliseconds a call'.padEnd(30)} ${few.syncs} syncs  ${many.syncs} syncs  times`);
const names = Object.keys(calls);
const ratios = Object.fromEntries(
  names.map((name) => [name, ratio(large.times[name] ?? 0, small.times[name] ?? 0)]),
);
for (const name of names) {
  const cells = [small.times[name] ?? 0, large.times[name] ?? 0].map((ms) =>
    ms.toFixed(1).padStart(9),
  );
  console.log(`${name.padEnd(30)} ${cells.join('  ')}  ${ratios[name]}`);
}
console.log(`a cheap call beside ${dear} dear ones, at most: ${large.busy.toFixed(0)} ms`);
finish({
  bench: 'api',
  unit: 'milliseconds a call',
  results: {
    ...Object.fromEntries(names.map((name) => [name, hundredths(large.times[name] ?? 0)])),
    'cheap beside dear': hundredths(large.busy),
  },
  ratios,
});
