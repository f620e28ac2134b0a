/** What stops a plan, who is told, and what each answer to it does: in one process, through the API. */

import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalApi } from '../../local/api.ts';
import { eventsFile } from '../../local/aws/events.ts';
import { Alert } from '../../shared/contracts/alert.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { Canary, Guards } from '../../shared/contracts/sync.ts';
import {
  addSync,
  type FlowWorld,
  mirrorFiles,
  runOnce,
  startDirectWorld,
  tellFaults,
} from './world.ts';

let world: FlowWorld;
let api: LocalApi;
beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
}, 60_000);
afterAll(() => world.close());

const csv = (rows: readonly string[]) =>
  new Map([['people.csv', ['email,first_name,last_name,country,title', ...rows].join('\n')]]);
const row = (name: string, title = '1') => `${name}@example.com,${name},B,C,${title}`;
const many = 'ada bo cy di eve fay'.split(' ');
const whole = many.map((name) => row(name));
const nameless = ',A,B,C,1';

const atPlatform = (id: string) =>
  [...world.platform.members(id).values()].map(({ email, title }) => `${email} ${title}`).sort();
const rowsAt = (rows: readonly string[]) =>
  rows.map((each) => `${each.split(',')[0]} ${each.split(',')[4]}`).sort();

async function post(path: string) {
  const answer = await request(`${api.url}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.tokens.write}` },
  });
  const body = z
    .looseObject({ id: z.string().optional(), code: z.string().optional() })
    .parse(await answer.body.json());
  return { ...body, http: answer.statusCode };
}

const answerTo = (held: Run, word: 'approve' | 'cancel') =>
  post(`/syncs/${held.sync}/runs/${held.id}/${word}`);

async function scheduled(id: string): Promise<Run> {
  const run = await world.mirror.start(id, 'schedule');
  return world.mirror.follow(id, run ?? '');
}

async function alertsOf(run: Run): Promise<Alert[]> {
  const lines = (await readFile(eventsFile(world.folder), 'utf8')).trim().split('\n');
  const told = lines.map((line) =>
    Alert.parse(z.object({ detail: z.unknown() }).parse(JSON.parse(line)).detail),
  );
  return told.filter((alert) => alert.run === run.id);
}

/** A first run that no share holds, and a second one that is held: nothing was sent, and it is told. */
async function hold(id: string, guards: object, rows: readonly string[], code: string) {
  await addSync(world, id, { sync: { guards: Guards.parse(guards) } });
  expect((await mirrorFiles(world, id, csv(whole))).status).toBe('succeeded');
  const held = await mirrorFiles(world, id, csv(rows));
  expect(held).toMatchObject({ status: 'held', result: { error: { code } } });
  expect(atPlatform(id)).toEqual(rowsAt(whole));
  expect(await alertsOf(held)).toMatchObject([{ kind: 'run-held', code, sync: id }]);
  return held;
}

test('too many deletes are held, and go on once, and only once, when approved', async () => {
  const left = whole.slice(4);
  const held = await hold('deletes', { deletesAbove: 3 }, left, 'guard-deletes');
  expect(held.result?.error?.message).toContain('4 of 6 members');
  const approved = await answerTo(held, 'approve');
  expect(approved.http).toBe(202);
  expect((await world.mirror.follow('deletes', approved.id ?? '')).status).toBe('succeeded');
  expect(atPlatform('deletes')).toEqual(rowsAt(left));
  expect(await answerTo(held, 'approve')).toMatchObject({ http: 409, code: 'approval-outdated' });
});

test('an empty snapshot is held; cancelled, it is passed over by the schedule, and by hand it is held anew', async () => {
  const held = await hold('empty', { deletesShare: 1 }, [], 'guard-empty-snapshot');
  expect(await scheduled('empty')).toMatchObject({
    status: 'skipped',
    result: { error: { code: 'snapshot-set-aside' } },
  });
  expect((await answerTo(held, 'cancel')).http).toBe(202);
  expect(await answerTo(held, 'approve')).toMatchObject({ http: 409, code: 'run-not-held' });
  expect((await scheduled('empty')).status).toBe('skipped');
  expect((await runOnce(world.mirror, 'empty')).status).toBe('held');
  expect(atPlatform('empty')).toEqual(rowsAt(whole));
});

test('a snapshot below the minimum is held, and a newer one that is fine goes on by itself', async () => {
  const held = await hold('minimum', { minimumRows: 5 }, whole.slice(0, 4), 'guard-minimum-rows');
  const mended = whole.slice(0, 5);
  await world.mirror.export(
    'exports/minimum/',
    new Map([['b.csv', Buffer.from(csv(mended).get('people.csv') ?? '')]]),
  );
  expect((await scheduled('minimum')).status).toBe('succeeded');
  expect(atPlatform('minimum')).toEqual(rowsAt(mended));
  expect(await answerTo(held, 'approve')).toMatchObject({ http: 409, code: 'approval-outdated' });
});

test('too many invalid rows are held, also in a first run', async () => {
  const rows = [...whole, nameless, nameless, nameless];
  await hold('invalid', { invalidShare: 0.3 }, rows, 'guard-invalid');
  await addSync(world, 'invalid-first', { sync: { guards: Guards.parse({ invalidShare: 0.3 }) } });
  const first = await mirrorFiles(world, 'invalid-first', csv(rows));
  expect(first).toMatchObject({ status: 'held', result: { error: { code: 'guard-invalid' } } });
  expect(atPlatform('invalid-first')).toEqual([]);
});

test('too many changes are held, and what is at the guard itself is not', async () => {
  const changed = [...many.slice(0, 4).map((name) => row(name, '2')), ...whole.slice(4)];
  await hold('changes', { changesShare: 0.5 }, changed, 'guard-changes');
  const half = [...changed.slice(0, 3), ...whole.slice(3)];
  expect((await mirrorFiles(world, 'changes', csv(half))).status).toBe('succeeded');
  expect(atPlatform('changes')).toEqual(rowsAt(half));
});

test('a canary that is refused keeps everybody else from being sent; one that passes lets them', async () => {
  await addSync(world, 'canary', { sync: { canary: Canary.parse({ records: 2 }) } });
  await tellFaults(world, { script: [400, 400, 400] });
  const stopped = await mirrorFiles(world, 'canary', csv(whole));
  await tellFaults(world, undefined);
  expect(stopped).toMatchObject({
    status: 'failed',
    result: { error: { code: 'canary-failed' } },
  });
  expect(stopped.result?.counts?.insert).toMatchObject({ rejected: 2, unsent: 4, delivered: 0 });
  expect(await alertsOf(stopped)).toMatchObject([{ kind: 'run-failed', code: 'canary-failed' }]);
  expect(atPlatform('canary')).toEqual([]);
  const next = await runOnce(world.mirror, 'canary');
  expect(next).toMatchObject({ status: 'succeeded', result: { sent: { requests: 2 } } });
  expect(atPlatform('canary')).toEqual(rowsAt(whole));
});
