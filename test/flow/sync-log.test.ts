/** A run with every kind of failure: its log, its counts and its plan agree, and everyone who failed is found in it. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { outcomes } from '../../shared/contracts/counts.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { logColumns } from '../../shared/contracts/sync-log.ts';
import { imbalances } from '../../shared/domain/run/counts.ts';
import { addSync, type FlowWorld, mirrorFiles, startDirectWorld, tellFaults } from './world.ts';

const people = 'ada bo cy di eve fay gus hal ida jo'.split(' ');
const keyOf = (name: string) => `${name}@example.com`;
const header = 'email,first_name,last_name,country,title';
const rowOf = (name: string, title = '1') => `${keyOf(name)},${name},B,C,${title}`;
const csv = (rows: readonly string[]) => new Map([['people.csv', [header, ...rows].join('\n')]]);

/** `fay` and `gus` left, `ada` to `eve` changed, `kim`, `lou` and `max` joined; of `ned` no number can be made. */
const later = csv([
  ...['ada', 'bo', 'cy', 'di', 'eve'].map((name) => rowOf(name, '2')),
  ...['hal', 'ida', 'jo', 'kim', 'lou', 'max'].map((name) => rowOf(name)),
  rowOf('aaron', 'quaxly'),
  `${keyOf('two')},A,B,C,1`,
  `${keyOf('two')},Z,B,C,1`,
  `${keyOf('nameless')},,B,C,1`,
  ',A,B,C,1',
  ',B,B,C,1',
]);

/** In the order of the requests: two removals; the first batch is refused and cut in halves; the next meets a lock. */
const script = ['ok', 400, 'ok', 400, 'ok', 401];

const path = '/audiences/{{connection.audienceId}}/members';
const destination = {
  concurrency: 1,
  actions: {
    insert: {
      method: 'POST' as const,
      path,
      batchSize: 2,
      body: '{"members": [$$.records.{"email": email, "firstName": firstName, "title": $number(title)}]}',
      fields: { firstName: { required: true } },
    },
    update: 'insert' as const,
    delete: {
      method: 'DELETE' as const,
      path,
      batchSize: 2,
      body: '{"members": [$$.records.{"email": email}]}',
    },
  },
};
const mappings = {
  email: { column: 'email' },
  firstName: { column: 'first_name' },
  title: { column: 'title' },
};

let world: FlowWorld;
let first: Run;
let failed: Run;
let ask: (path: string, body?: object) => Promise<Answer>;
let file: (path: string) => Promise<{ text: string; link: string; type: string }>;

const Answer = z.looseObject({
  items: z.array(z.record(z.string(), z.unknown())).optional(),
  next: z.string().optional(),
  none: z.object({ code: z.string() }).optional(),
  reasons: z.array(z.record(z.string(), z.unknown())).optional(),
});
type Answer = z.infer<typeof Answer>;

const RequestMade = z.looseObject({
  request: z.looseObject({
    body: z.string().optional(),
    headers: z.record(z.string(), z.string()),
  }),
});

async function add(id: string, observability: object) {
  await addSync(world, id, {
    destination: destination as never,
    sync: { mappings, observability } as never,
  });
}

beforeAll(async () => {
  world = await startDirectWorld();
  const { url } = await world.mirror.serve();
  const access = await readFile(join(world.folder, 'access.json'), 'utf8');
  const { read } = z.object({ read: z.string() }).parse(JSON.parse(access));
  const authorization = `Bearer ${read}`;
  ask = async (path, question) => {
    const { body } = await request(`${url}/v1${path}`, {
      method: question ? 'POST' : 'GET',
      headers: { authorization, ...(question && { 'content-type': 'application/json' }) },
      ...(question && { body: JSON.stringify(question) }),
    });
    return Answer.parse(await body.json());
  };
  file = async (path) => {
    const { body, headers } = await request(`${url}/v1${path}`, { headers: { authorization } });
    const [type, link] = ['content-type', 'link'].map((name) => String(headers[name] ?? ''));
    return { text: await body.text(), link: link ?? '', type: type ?? '' };
  };
  await add('customers', {});
  first = await mirrorFiles(world, 'customers', csv(people.map((name) => rowOf(name))));
  await tellFaults(world, { script });
  failed = await mirrorFiles(world, 'customers', later);
  await tellFaults(world, undefined);
}, 300_000);
afterAll(() => world.close());

const recordsOf = (run: Run, query = '') =>
  ask(`/syncs/${run.sync}/runs/${run.id}/records${query}`);

async function allRecords(run: Run) {
  const { items = [], next } = await recordsOf(run, '?limit=100');
  expect(next).toBeUndefined();
  return items;
}

test('the run met every outcome', () => {
  expect(first.status).toBe('succeeded');
  expect(failed.result?.error?.code).toBe('http-401');
  const { counts } = failed.result ?? {};
  if (!counts) throw new Error(JSON.stringify(failed));
  expect(imbalances(counts)).toEqual([]);
  expect(counts.snapshot).toMatchObject({ rows: 17, invalid: 5, members: 12 });
  expect(counts.delete).toMatchObject({ delivered: 2 });
  const met = outcomes.filter((outcome) => counts.insert[outcome] + counts.update[outcome] > 0);
  expect(met).toEqual(outcomes);
});

test('counts, plan and log agree in every number', async () => {
  for (const run of [first, failed]) {
    const { counts, log } = run.result ?? {};
    const records = await allRecords(run);
    expect(records).toHaveLength(log?.rows ?? -1);
    const logged = (action: string, outcome: string) =>
      records
        .filter((each) => each['action'] === action && each['outcome'] === outcome)
        .reduce((sum, { rows }) => sum + Number(rows), 0);
    for (const action of ['insert', 'reinsert', 'update', 'delete'] as const) {
      const planned = run.plan?.counts[action];
      const all = outcomes.reduce((sum, outcome) => sum + logged(action, outcome), 0);
      expect(all).toBe(outcomes.reduce((sum, outcome) => sum + (planned?.[outcome] ?? 0), 0));
      for (const outcome of outcomes) {
        expect(logged(action, outcome), `${action} ${outcome}`).toBe(counts?.[action][outcome]);
      }
    }
    expect(logged('none', 'invalid')).toBe(counts?.snapshot.invalid);
  }
});

const failures: [name: string, record: object][] = [
  ['two', { action: 'none', outcome: 'invalid', code: 'key-conflict', rows: 2, request: null }],
  ['nameless', { action: 'none', outcome: 'invalid', attempts: 0, httpStatus: null }],
  ['aaron', { action: 'insert', outcome: 'invalid', attempts: 0, request: null, firstAt: null }],
  ['fay', { action: 'delete', outcome: 'delivered', code: null, httpStatus: 200, attempts: 1 }],
];

test.each(failures)('%s is found by key, with the reason', async (name, record) => {
  const { items } = await recordsOf(failed, `?key=${encodeURIComponent(keyOf(name))}`);
  expect(items).toMatchObject([{ key: keyOf(name), ...record }]);
});

test('everyone who failed has a code and a reason without a value; who was sent has a request and times', async () => {
  const records = await allRecords(failed);
  for (const each of records) {
    expect(each['outcome'] === 'delivered' || (each['code'] && each['reason'])).toBeTruthy();
    expect(String(each['reason'])).not.toMatch(/example\.com|quaxly/);
    if (each['outcome'] === 'unsent') expect(each).toMatchObject({ attempts: 0, firstAt: null });
    if (each['httpStatus'] === null) continue;
    expect(String(each['request'])).toMatch(new RegExp(`^${failed.id}-p1-[du]0-\\d+-\\d+$`));
    expect(Date.parse(String(each['firstAt']))).toBeGreaterThanOrEqual(failed.startedAt);
    expect(Date.parse(String(each['lastAt']))).toBeLessThanOrEqual(failed.closedAt ?? 0);
  }
  expect(records.filter(({ key }) => key === null)).toMatchObject([
    { code: 'key-missing', rows: 2, file: 'exports/customers/people.csv' },
  ]);
});

test('the log is filtered and paged', async () => {
  const all = await allRecords(failed);
  for (const outcome of outcomes) {
    const { items } = await recordsOf(failed, `?outcome=${outcome}`);
    expect(items).toEqual(all.filter((each) => each['outcome'] === outcome));
  }
  const { items: missing } = await recordsOf(failed, '?code=key-missing&action=none');
  expect(missing).toHaveLength(1);
  const paged: unknown[] = [];
  let after = '';
  for (let next: string | undefined = '0'; next !== undefined; ) {
    const page: Answer = await recordsOf(failed, `?limit=5${after}`);
    paged.push(...(page.items ?? []));
    next = page.next;
    after = `&after=${next}`;
  }
  expect(paged).toEqual(all);
});

test('whatever was not delivered is asked for with one word', async () => {
  const all = await allRecords(failed);
  const { items } = await recordsOf(failed, '?outcome=failed&limit=100');
  expect(items).toEqual(all.filter((each) => each['outcome'] !== 'delivered'));
});

test('as CSV and NDJSON the pages of the log are files, and a header names the next', async () => {
  const all = await allRecords(failed);
  const readAll = async (format: string) => {
    let path = `/syncs/customers/runs/${failed.id}/records?format=${format}&limit=5`;
    const pages: string[] = [];
    while (path !== '') {
      const { text, link, type } = await file(path);
      expect(type).toBe(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
      pages.push(text);
      path = /^<\/v1([^>]+)>; rel="next"$/.exec(link)?.[1] ?? '';
    }
    expect(pages).toHaveLength(Math.ceil(all.length / 5));
    return pages;
  };
  const ndjson = (await readAll('ndjson')).join('').trimEnd().split('\n');
  const parsed = ndjson.map((line) => JSON.parse(line) as object);
  expect(parsed).toEqual(all.map((each) => ({ run: failed.id, ...each })));
  // RFC 4180: lines end with CRLF, a header first; here of every page, so that each is a file.
  const rows = (await readAll('csv')).flatMap((page) => {
    const [header, ...lines] = page.split('\r\n').slice(0, -1);
    expect(header).toMatch(/^run,key,action,outcome,/);
    return lines;
  });
  expect(rows).toHaveLength(all.length);
  for (const [at, row] of rows.entries())
    expect(row).toContain(`${failed.id},`.concat(String(all[at]?.['key'] ?? '')));
});

test('a record leads to its request, made again with nobody else in it, and to the words of the platform', async () => {
  const all = await allRecords(failed);
  const refused = all.filter((each) => each['outcome'] === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const record of refused) {
    const { key, place, httpStatus: status, reason: words } = record;
    const found = await ask(`/syncs/customers/runs/${failed.id}/records/${place}`);
    expect(found).toMatchObject({ record, answer: { status, words } });
    const { body = '', headers } = RequestMade.parse(found).request;
    expect(body).toContain(String(key));
    expect(body.match(/@example\.com/g)).toHaveLength(1);
    expect(headers['authorization'] ?? '••••').toBe('••••');
  }
  const unnamed = all.find(({ request: sent }) => sent === null);
  const found = await ask(`/syncs/customers/runs/${failed.id}/records/${unnamed?.['place']}`);
  expect(found.none?.code).toBe('request-none');
  const beyond = await ask(`/syncs/customers/runs/${failed.id}/records/${all.length}`);
  expect(beyond).toMatchObject({ code: 'not-found' });
});

test('a person is found in every run whose log is kept, by a key that no address holds', async () => {
  const key = keyOf('bo');
  const known = await Promise.all(
    [failed, first].map(async (run) => {
      const { items = [] } = await recordsOf(run, `?key=${encodeURIComponent(key)}`);
      return items.map((record) => ({ run: run.id, record }));
    }),
  );
  const { items = [], next } = await ask('/syncs/customers/records/search', { key });
  expect(known.flat().length).toBeGreaterThan(0);
  expect(items.map(({ run, record }) => ({ run, record }))).toEqual(known.flat());
  expect(next).toBeUndefined();
  const page = await ask('/syncs/customers/records/search', { key, runs: 1 });
  expect(page).toMatchObject({ looked: 1, next: failed.id });
  const rest = await ask('/syncs/customers/records/search', { key, runs: 1, after: page.next });
  expect([...(page.items ?? []), ...(rest.items ?? [])]).toEqual(items);
});

test('history has requests, bytes and the reasons, each with a member', async () => {
  const { sent, reasons = [] } = failed.result ?? {};
  expect(sent).toMatchObject({ requests: script.length, retries: 0 });
  expect(sent?.bytes).toBeGreaterThan(100);
  expect(failed.snapshot).toMatchObject({ identity: expect.any(String) });
  const shown = await ask(`/syncs/customers/runs/${failed.id}`);
  expect(shown.reasons).toHaveLength(reasons.length);
  for (const reason of shown.reasons ?? []) {
    if (reason['code'] === 'key-missing') continue;
    expect(reason['example']).toMatch(/@example\.com$/);
  }
});

describe('with other settings', () => {
  test('hashed keys are found by the plain one, and nobody is named', async () => {
    await add('hashed', { logKeys: 'hmac' });
    const run = await mirrorFiles(world, 'hashed', later);
    const keys = (await allRecords(run)).flatMap(({ key }) => (key === null ? [] : [String(key)]));
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
    const { items } = await recordsOf(run, `?key=${encodeURIComponent(keyOf('two'))}`);
    expect(items).toMatchObject([{ code: 'key-conflict' }]);
    const found = await ask('/syncs/hashed/records/search', { key: keyOf('bo') });
    const [{ record } = { record: {} }] = found.items ?? [];
    const { place } = z.object({ place: z.number() }).parse(record);
    const made = await ask(`/syncs/hashed/runs/${run.id}/records/${place}`);
    expect(RequestMade.parse(made).request.body).toContain(keyOf('bo'));
    expect((await recordsOf(run, '?key=nobody')).items).toEqual([]);
    expect(JSON.stringify(await ask(`/syncs/hashed/runs/${run.id}`))).not.toContain('example.com');
  });

  test('without logs only the counts are kept, and the answer says so', async () => {
    await add('silent', { retainLogs: false });
    const run = await mirrorFiles(world, 'silent', later);
    expect(run.result?.counts?.snapshot.invalid).toBe(5);
    expect((await recordsOf(run)).none?.code).toBe('log-off');
    expect(await world.mirror.state.list('history/silent/')).toEqual([]);
    const logs = await world.mirror.logs.list('sync-logs/');
    expect(logs.filter((key) => key.includes('silent'))).toEqual([]);
  });

  test('a run that sends nothing is logged for its bad rows, and leaves the mirror as it is', async () => {
    const same = csv(['ada', 'bo'].map((name) => rowOf(name)));
    await add('same', {});
    const before = await mirrorFiles(world, 'same', same);
    const run = await mirrorFiles(
      world,
      'same',
      csv([...['ada', 'bo'].map((name) => rowOf(name)), ',A,B,C,1']),
    );
    expect(run.status).toBe('succeeded');
    expect(run.result?.mirror).toBeUndefined();
    expect(await allRecords(run)).toMatchObject([{ action: 'none', code: 'key-missing' }]);
    const { mirror } = await world.mirror.runs.getState('same');
    expect(mirror).toEqual(before.result?.mirror);
    const again = await mirrorFiles(world, 'same', same);
    expect((await recordsOf(again)).none?.code).toBe('log-empty');
  });
});

describe('docs/logs.md', () => {
  let page: string;
  beforeAll(async () => {
    page = await readFile(new URL('../../docs/logs.md', import.meta.url), 'utf8');
  });

  test('lists the columns as they are', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.+) \|$/gm)];
    expect(rows.map(([, name, type, comment]) => ({ name, type, comment }))).toEqual(logColumns);
  });

  test('its questions are answered over the log bucket', async () => {
    const folder = join(world.folder, 'copy');
    for (const key of await world.mirror.logs.list('sync-logs/')) {
      await mkdir(dirname(join(folder, key)), { recursive: true });
      await writeFile(join(folder, key), (await world.mirror.logs.get(key)) ?? '');
    }
    const [, view = ''] = /-cmd "(CREATE VIEW.*?)"/s.exec(page) ?? [];
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(view.replace("'sync-logs/", `'${folder}/sync-logs/`));
    const answers: Record<string, unknown>[][] = [];
    for (const [, sql = ''] of page.matchAll(/```sql\n(.*?)```/gs)) {
      answers.push((await connection.runAndReadAll(sql)).getRowObjectsJson());
    }
    expect(answers).toHaveLength(8);
    const [ended, reasons, ada, lacking, removed, files, retried] = answers;
    const rejected = failed.result?.counts?.update.rejected;
    expect(ended).toContainEqual({ action: 'update', status: 'rejected', records: `${rejected}` });
    expect(reasons).toContainEqual(
      expect.objectContaining({ error_code: 'key-missing', records: '2' }),
    );
    expect(ada?.map(({ run }) => run)).toEqual([first.id, failed.id]);
    expect(lacking?.map(({ key }) => key)).toContain(keyOf('aaron'));
    expect(removed?.map(({ key }) => key)).toEqual([keyOf('fay'), keyOf('gus')]);
    expect(files).toEqual([{ file: 'exports/customers/people.csv', rows_without_key: '2' }]);
    expect(retried).toEqual([]);
  });
});
