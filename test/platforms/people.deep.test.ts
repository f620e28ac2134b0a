/** What of a person reaches a platform, over real sockets: addresses that nobody can read, hashes of others, changed addresses, settings refused. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDirect } from '../../local/direct/system.ts';
import type { LocalSystem } from '../../local/system.ts';
import { byId, ids, none, reasonsOf, type Setting, stage } from './stage.ts';

let mirror: LocalSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'));
  mirror = await startDirect(folder);
}, 60_000);
afterAll(async () => {
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

const play = async (setting: Setting) => {
  const staged = await stage(mirror, setting);
  return { ...staged, [Symbol.asyncDispose]: () => staged.platform.close() };
};

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const path = '/members';
const hashed = (...fields: string[]) =>
  Object.fromEntries(fields.map((field) => [field, { hash: 'SHA256' }]));
const emails = { path, body: '{"emails": [$$.records.EMAIL]}', fields: hashed('EMAIL') };

describe('what reaches a platform', { timeout: 120_000 }, () => {
  test('is no hash of an address that nobody can read', async () => {
    await using staged = await play({
      destination: {
        actions: { insert: emails, update: 'insert', delete: { ...emails, method: 'DELETE' } },
      },
      sync: { mappings: { EMAIL: { column: 'email' } }, normalise: { EMAIL: 'email' } },
      answer: () => ({}),
    });
    const unreadable = [
      'Ada <ada@x.com>',
      'mailto:ada@x.com',
      'ada@x.com.',
      '"ada"@x.com',
      'ada@x',
    ];
    const rows = [...unreadable, ' Ada@X.com '].map((email, id) => ({ id, email }));
    const run = await staged.run(rows);
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 1 });
    expect(run.result?.counts?.snapshot.invalid).toBe(unreadable.length);
    expect(staged.platform.seen.map(({ text }) => text)).toEqual([
      `{"emails":["${sha('ada@x.com')}"]}`,
    ]);
  });

  test('is not silently less: what looks hashed is refused, also where what is unreadable is dropped', async () => {
    const action = {
      path,
      body: '{"m": [$$.records.{"id": ID, "phone": PHONE}]}',
      fields: hashed('PHONE'),
    };
    await using staged = await play({
      destination: { actions: { ...byId(), insert: action } },
      sync: {
        mappings: { ID: { column: 'id' }, PHONE: { column: 'phone' } },
        normalise: { PHONE: { rule: 'phone', country: 'DE', unreadable: 'drop' } },
      },
      answer: () => ({}),
    });
    const run = await staged.run([
      { id: 'u1', phone: sha('4930123456') },
      { id: 'u2', phone: '030 123456' },
    ]);
    expect(run.result?.counts?.snapshot.invalid).toBe(1);
    expect(reasonsOf(run)).toContain('field-already-hashed');
    expect(staged.platform.seen.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^\{"m":\[\{"id":"u2","phone":"[0-9a-f]{64}"\}\]\}$/),
    ]);
  });

  test('is the number of an audience whose id is a number of more digits than a double has', async () => {
    const body = '{"id": $number($$.connection.audienceId), "m": [$$.records.{"id": ID}]}';
    await using staged = await play({
      id: 'numbered',
      destination: { actions: byId({ body }) },
      sync: { audience: { id: '9007199254740993', name: 'numbered' } },
      answer: () => ({}),
    });
    expect((await staged.run(ids(1))).status).toBe('succeeded');
    expect(staged.platform.seen[0]?.text).toBe('{"id":9007199254740993,"m":[{"id":"u0"}]}');
  });

  test('is the removal of the old address and the new one, in one run', async () => {
    const there = new Set<string>();
    await using staged = await play({
      destination: {
        actions: {
          insert: {
            path,
            body: '{"m": [$$.records.{"id": ID, "email": EMAIL}]}',
            fields: hashed('EMAIL'),
          },
          update: 'insert',
          delete: { ...emails, method: 'DELETE' },
        },
      },
      sync: { mappings: { ID: { column: 'id' }, EMAIL: { column: 'email' } } },
      answer: ({ method, body }) => {
        if (method === 'DELETE') for (const each of body.emails) there.delete(each);
        else for (const { email } of body.m) there.add(email);
        return {};
      },
    });
    await staged.run([
      { id: 'u1', email: 'old@x.com' },
      { id: 'u2', email: 'two@x.com' },
    ]);
    await staged.run([
      { id: 'u1', email: 'new@x.com' },
      { id: 'u2', email: 'two@x.com' },
    ]);
    expect([...there].sort()).toEqual([sha('new@x.com'), sha('two@x.com')].sort());
    // Of an address that somebody has who stays, nothing is removed.
    await staged.run([
      { id: 'u1', email: 'two@x.com' },
      { id: 'u2', email: 'two@x.com' },
    ]);
    expect([...there]).toEqual([sha('two@x.com')]);
  });
});

const saved = async (id: string, more: object, insert: object) => {
  const api = await mirror.serve();
  const { statusCode, body } = await request(`${api.url}/v1/destinations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.tokens.write}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      id,
      name: id,
      baseUrl: 'http://127.0.0.1:9',
      ...more,
      actions: { insert },
    }),
  });
  return { statusCode, said: await body.text() };
};

describe('as it is saved', { timeout: 120_000 }, () => {
  const ids = { path, body: '{"ids": [$$.records.ID]}' };
  test.each([
    ['header', { headers: { 'x-list': '{{connection.audienceId}}' } }, ids],
    ['body', {}, { path, body: '{"list": "{{connection.audienceId}}", "ids": [$$.records.ID]}' }],
    ['path', {}, { ...ids, path: '/lists/$$.connection.audienceId/members' }],
  ])('a placeholder of another place in the %s is refused', async (where, more, insert) => {
    const { statusCode, said } = await saved(`wrong-${where}`, more, insert);
    expect([statusCode, said]).toEqual([422, expect.stringContaining('placeholder-notation')]);
  });

  test('a GET that names nobody is warned of', async () => {
    const insert = { method: 'GET', path: '/u', bodyKind: 'none' };
    const { statusCode, said } = await saved('nobody', {}, insert);
    expect([statusCode, said]).toEqual([201, expect.stringContaining('get-without-records')]);
  });
});
