/** What the API keeps a person from doing by mistake, over HTTP: moves of ground, edits that cross, names, secrets. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalApi } from '../../local/api.ts';
import { buckets } from '../../local/aws/function-wiring.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import type { DestinationInput } from '../../shared/contracts/destination.ts';
import type { SyncInput } from '../../shared/contracts/sync.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { targetOf } from '../../shared/domain/run/run.ts';
import { type FlowWorld, startWorld } from '../flow/world.ts';
import { mirrorAt } from '../mirror-at.ts';

let world: FlowWorld;
let api: LocalApi;
const header = 'email,first_name,last_name,country,title';
beforeAll(async () => {
  world = await startWorld();
  api = await world.mirror.serve();
  const csv = Buffer.from(`${header}\nada@example.com,Ada,B,C,1\n`);
  await world.mirror.export('exports/people/', new Map([['people.csv', csv]]));
}, 60_000);
afterAll(() => world.close());

const Body = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  problems: z.array(z.looseObject({ pointer: z.string(), code: z.string() })).optional(),
  warnings: z.array(z.looseObject({ code: z.string() })).optional(),
});

async function call(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  ifMatch = '*',
) {
  const answer = await request(`${api.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.tokens.write}`,
      ...(!['GET', 'POST'].includes(method) && { 'if-match': ifMatch }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  return {
    http: answer.statusCode,
    etag: String(answer.headers['etag'] ?? ''),
    text,
    ...Body.parse(text === '' ? {} : JSON.parse(text)),
  };
}

const destinationOf = (id: string, changes: Partial<DestinationInput> = {}): DestinationInput => ({
  ...sampleDestination(world.platform.url),
  id,
  name: `To ${id}`,
  ...changes,
});
const syncOf = (id: string, changes: Partial<SyncInput> = {}): SyncInput => ({
  ...sampleSyncOf(),
  source: { ...sampleSyncOf().source, bucket: buckets.snapshots, prefix: 'exports/people/' },
  id,
  name: `Of ${id}`,
  destination: `to-${id}`,
  audience: { id, name: id },
  ...changes,
});

async function add(id: string, changes: Partial<SyncInput> = {}) {
  const to = await call('POST', '/destinations', destinationOf(`to-${id}`));
  expect(to.http, to.text).toBe(201);
  const sync = await call('POST', '/syncs', syncOf(id, changes));
  expect(sync.http, sync.text).toBe(201);
}

let runsLeft = 0;

/** As a run leaves it that mirrored three members. */
async function mirrored(id: string): Promise<void> {
  const { runs, configs } = world.mirror;
  const sync = await configs.getSync(id);
  const destination = sync && (await configs.getDestination(sync.destination));
  if (!destination) throw new Error(id);
  const open = {
    sync: id,
    run: `run${++runsLeft}`,
    trigger: 'manual',
    task: usualTask,
    startedAt: Date.now(),
  } as const;
  const { epoch } = (await runs.claimLease(open)) ?? { epoch: 0 };
  const mirror = mirrorAt('nowhere', { epoch, members: 3, target: targetOf(sync, destination) });
  await runs.freeLease(
    { sync: id, id: open.run, epoch, task: usualTask, closedAt: Date.now() },
    { status: 'succeeded', mirror },
  );
}
const members = async (id: string) => (await world.mirror.runs.getState(id)).mirror?.members;

test('another destination, audience or key over members needs a word, and the word forgets them', async () => {
  await add('moved');
  expect((await call('POST', '/destinations', destinationOf('elsewhere'))).http).toBe(201);
  const moves: Partial<SyncInput>[] = [
    { destination: 'elsewhere' },
    { audience: { id: 'other', name: 'Other' } },
    { key: ['first_name'] },
  ];
  for (const move of moves) {
    await mirrored('moved');
    const refused = await call('PUT', '/syncs/moved', syncOf('moved', move));
    expect(refused, JSON.stringify(move)).toMatchObject({ http: 409, code: 'members-left-behind' });
    expect(refused.detail).toContain('3 members');
    expect(await members('moved')).toBe(3);
    const left = await call('PUT', '/syncs/moved?members=leave', syncOf('moved', move));
    expect(left.http, left.text).toBe(200);
    expect(await members('moved')).toBeUndefined();
    expect((await call('PUT', '/syncs/moved', syncOf('moved'))).http).toBe(200);
  }
  await mirrored('moved');
  const renamed = { audience: { id: 'moved', name: 'Another name' }, name: 'Renamed' };
  expect((await call('PUT', '/syncs/moved', syncOf('moved', renamed))).http).toBe(200);
  expect(await members('moved')).toBe(3);
});

test('a sync with members is deleted only with a word', async () => {
  await add('gone');
  await mirrored('gone');
  expect(await call('DELETE', '/syncs/gone')).toMatchObject({
    http: 409,
    code: 'members-left-behind',
  });
  expect((await call('DELETE', '/syncs/gone?members=leave')).http).toBe(204);
  expect(await members('gone')).toBeUndefined();
});

test('two enabled syncs on one audience need a word, at saving and at enabling', async () => {
  await add('first');
  const twin = syncOf('twin', { destination: 'to-first', audience: { id: 'first', name: 'x' } });
  const refused = await call('POST', '/syncs', twin);
  expect(refused).toMatchObject({ http: 409, code: 'audience-shared' });
  expect(refused.detail).toContain('"first"');
  expect((await call('POST', '/syncs', { ...twin, enabled: false })).http).toBe(201);
  expect(await call('POST', '/syncs/twin/enable')).toMatchObject({
    http: 409,
    code: 'audience-shared',
  });
  expect((await call('POST', '/syncs/twin/enable?shared=allow')).http).toBe(200);
});

test('a template that no record shows is saved, and a full resend is offered', async () => {
  await add('resent');
  await mirrored('resent');
  const { insert, update, delete: removed } = destinationOf('to-resent').actions;
  if (!insert || typeof insert === 'string' || !update || !removed) throw new Error('none');
  const changed = {
    ...insert,
    body: insert.body.replace('{"members"', '{"source": "x", "members"'),
  };
  const saved = await call(
    'PUT',
    '/destinations/to-resent',
    destinationOf('to-resent', { actions: { insert: changed, update, delete: removed } }),
  );
  expect(saved.http, saved.text).toBe(200);
  expect(saved.warnings?.map(({ code }) => code)).toContain('resend-offered');
});

test('of edits that cross, one is saved, and the others are told', async () => {
  await add('edited');
  for (const [path, body] of [
    ['/syncs/edited', (title: string) => syncOf('edited', { name: title })],
    ['/destinations/to-edited', (title: string) => destinationOf('to-edited', { name: title })],
  ] as const) {
    const { etag } = await call('GET', path);
    const titles = ['one', 'two', 'three', 'four'];
    const saved = await Promise.all(titles.map((title) => call('PUT', path, body(title), etag)));
    const codes = saved.map(({ http }) => http).sort();
    expect(codes, path).toEqual([200, 412, 412, 412]);
    const winner = titles[saved.findIndex(({ http }) => http === 200)];
    const now = await call('GET', path);
    expect(now).toMatchObject({ name: winner });
    expect(now.etag).not.toBe(etag);
    expect((await call('DELETE', path, undefined, etag)).http).toBe(412);
  }
});

test('a name belongs to one, whatever its case and spaces, and is free once given up', async () => {
  await add('named', { name: 'Our People' });
  await add('other');
  for (const name of ['Our People', ' our  PEOPLE ', 'Ｏur People']) {
    const refused = await call('PUT', '/syncs/other', syncOf('other', { name }));
    expect(refused, name).toMatchObject({
      http: 409,
      code: 'name-taken',
      problems: [{ pointer: '/name' }],
    });
    const created = await call(
      'POST',
      '/syncs',
      syncOf('third', { name, destination: 'to-other', enabled: false }),
    );
    expect(created, name).toMatchObject({ http: 409, code: 'name-taken' });
  }
  const taken = await call(
    'POST',
    '/destinations',
    destinationOf('to-third', { name: 'TO  to-NAMED' }),
  );
  expect(taken).toMatchObject({ http: 409, code: 'name-taken' });
  expect(
    (await call('PUT', '/syncs/named', syncOf('named', { name: 'Renamed people' }))).http,
  ).toBe(200);
  expect((await call('PUT', '/syncs/other', syncOf('other', { name: 'Our people' }))).http).toBe(
    200,
  );
});

const vault = async () =>
  z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .parse(JSON.parse(await readFile(join(world.folder, 'secrets.json'), 'utf8')));

test('lanes that find no sender are warned of', async () => {
  const wide = await call('POST', '/destinations', destinationOf('wide', { concurrency: 50 }));
  expect(wide.warnings).toMatchObject([{ code: 'lanes-above-senders', pointer: '/concurrency' }]);
  expect(JSON.stringify(wide.warnings)).toContain('gets 12 of its 50');
  expect((await call('DELETE', '/destinations/wide')).http).toBeLessThan(300);
});

test('secrets are written, kept by what leaves them out, and never shown', async () => {
  const signed = destinationOf('secretive', { authentication: { type: 'bearer' } });
  const created = await call('POST', '/destinations', signed);
  const warnings = created.warnings?.map(({ code }) => code) ?? [];
  // Of all the destinations that are here by now, there may be one more.
  expect(warnings.filter((code) => code !== 'lanes-above-senders')).toEqual(['secret-not-set']);
  const path = '/destinations/secretive';
  const answers = [
    await call('PUT', `${path}/secret`, { token: 'open-sesame', signingKey: 'sesame-too' }),
    await call('GET', path),
    await call('PUT', path, { ...signed, name: 'Renamed' }),
    await call('PUT', `${path}/secret`, { signingKey: 'sesame-anew' }),
    await call('GET', '/destinations'),
    await call('GET', '/audit?limit=100'),
  ];
  for (const { http, text } of answers) {
    expect(http, text).toBe(200);
    expect(text).not.toContain('sesame');
  }
  const boundTo = { destination: 'secretive', origins: [new URL(signed.baseUrl).origin] };
  expect((await vault())['secretive']).toEqual({
    token: 'open-sesame',
    signingKey: 'sesame-anew',
    boundTo,
  });
  const shown = z.object({ secrets: z.record(z.string(), z.object({ value: z.string() })) });
  const view = await call('GET', path);
  expect(shown.parse(view).secrets).toMatchObject({
    token: { value: '••••' },
    signingKey: { value: '••••' },
  });
  // An answer may be sent back as it is.
  const { http: _, etag, text } = view;
  expect((await call('PUT', path, JSON.parse(text), etag)).http).toBe(200);
  expect((await vault())['secretive']).toMatchObject({ token: 'open-sesame' });
  await call('PUT', `${path}/secret`, { signingKey: null });
  expect((await vault())['secretive']).toEqual({ token: 'open-sesame', boundTo });
  expect((await call('DELETE', path)).http).toBe(204);
  expect((await vault())['secretive']).toBeUndefined();
});

test('a destination that syncs use stays, and they are named', async () => {
  await add('using');
  expect(
    (await call('POST', '/syncs', syncOf('using-too', { destination: 'to-using', name: 'Second' })))
      .http,
  ).toBe(201);
  const refused = await call('DELETE', '/destinations/to-using');
  expect(refused).toMatchObject({ http: 409, code: 'destination-used' });
  for (const name of ['"using" (Of using)', '"using-too" (Second)'])
    expect(refused.detail).toContain(name);
  expect((await call('DELETE', '/syncs/using')).http).toBe(204);
  expect((await call('DELETE', '/syncs/using-too')).http).toBe(204);
  expect((await call('DELETE', '/destinations/to-using')).http).toBe(204);
});
