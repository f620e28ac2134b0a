/** Platforms that refuse in their own ways: each keeps its members on a real socket, and the right value stands beside. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalMirror, startMirror } from '../../local/mirror.ts';
import { byId, ids, none, reasonsOf, type Setting, stage } from './stage.ts';

let mirror: LocalMirror;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platforms-'));
  mirror = await startMirror(folder);
}, 60_000);
afterAll(async () => {
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

const play = async (setting: Setting) => {
  const staged = await stage(mirror, setting);
  return { ...staged, [Symbol.asyncDispose]: () => staged.platform.close() };
};

describe.concurrent('a platform', { timeout: 120_000 }, () => {
  test('that keeps a set of hashed addresses loses nobody who stays, and keeps nobody old', async () => {
    const there = new Set<string>();
    const path = '/members';
    const body = '{"emails": [$$.records.EMAIL]}';
    const fields = { EMAIL: { hash: 'SHA256', required: true } };
    await using staged = await play({
      destination: {
        actions: {
          insert: { path, body, fields },
          update: 'insert',
          delete: { method: 'DELETE', path, body, fields },
        },
      },
      sync: {
        mappings: { EMAIL: { column: 'email' } },
        normalise: { EMAIL: 'email' },
      },
      answer: ({ method, body: { emails } }) => {
        for (const each of emails) method === 'DELETE' ? there.delete(each) : there.add(each);
        return {};
      },
    });
    const rows = (...emails: string[]) => emails.map((email, id) => ({ id, email }));
    const [first, ...others] = rows('Ada@x.com', 'ada@x.com', 'bea@x.com');
    await staged.run([first ?? {}, ...others]);
    expect(there.size).toBe(2);
    await staged.run(others);
    expect(there.size).toBe(2);
    const [ada] = there;
    const run = await staged.run(rows('', 'ada@x.com', 'new@x.com').slice(1));
    expect(there.size).toBe(2);
    expect(there.has(ada ?? '')).toBe(true);
    expect(run.result?.counts).toMatchObject({ reinsert: { delivered: 1 } });
  });

  test('that merges attributes is told of values that went away, or the run counts them', async () => {
    const attributes = new Map<string, object>();
    const body =
      "{'attributes':[$$.records.{'external_id':ID,'phone':PHONE,'tags':TAGS,'vip':VIP}]}";
    const path = '/members';
    const actions = (fields: object) => ({
      insert: { path, body, fields },
      update: 'insert',
      delete: { method: 'DELETE', path, body: '{"ids": [$$.records.ID]}' },
    });
    const mappings = { ID: 'id', PHONE: 'phone', TAGS: 'tags', VIP: 'vip' };
    const columns = Object.entries(mappings).map(([name, column]) => [name, { column }]);
    await using staged = await play({
      destination: { actions: actions({}) },
      sync: { mappings: Object.fromEntries(columns) },
      answer: ({ body: sent }) => {
        for (const each of sent.attributes)
          attributes.set(each.external_id, { ...attributes.get(each.external_id), ...each });
        return {};
      },
    });
    const whole = ['u1', 'u2', 'u3'].map((id) => ({ id, phone: '1', tags: ['a'], vip: true }));
    await staged.run(whole);
    const unsaid = await staged.run([{ ...whole[0], phone: null, tags: [] }, ...whole.slice(1)]);
    expect(unsaid.result?.warnings).toMatchObject([
      { code: 'value-not-cleared', count: 1, reason: expect.stringContaining('PHONE') },
      { code: 'value-not-cleared', count: 1, reason: expect.stringContaining('TAGS') },
    ]);
    await staged.change({
      actions: actions({ PHONE: { whenEmpty: null }, TAGS: { whenEmpty: [] } }),
    });
    const said = await staged.run(whole.map((row) => ({ ...row, phone: null, tags: [] })));
    expect(said.result?.warnings).toBeUndefined();
    expect(attributes.get('u2')).toEqual({ external_id: 'u2', phone: null, tags: [], vip: true });
  });

  test('that says 400 for later is waited for, with the same requests', async () => {
    let left = 3;
    await using staged = await play({
      destination: {
        actions: byId({ batchSize: 10, responseRules: { retry: '$$.body.error.is_transient' } }),
      },
      answer: () =>
        left-- > 0 ? { status: 400, body: { error: { code: 17, is_transient: true } } } : {},
    });
    const run = await staged.run(ids(40));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 40 });
    expect(staged.platform.seen).toHaveLength(7);
    expect(
      new Set(staged.platform.seen.map(({ headers }) => headers['idempotency-key'])).size,
    ).toBe(4);
  });

  test('that says 200 for later is waited for', async () => {
    let left = 2;
    const responseRules = {
      success: '$$.body.code = 0',
      retry: '$$.body.code = 40100 ? 1 : false',
    };
    await using staged = await play({
      destination: { actions: byId({ responseRules }) },
      answer: () => ({ body: { code: left-- > 0 ? 40_100 : 0 } }),
    });
    const run = await staged.run(ids(3));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 3 });
    const [first, second] = staged.platform.seen;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test('that says 403 and names a wait is waited for', async () => {
    let requests = 0;
    await using staged = await play({
      destination: { actions: byId({ batchSize: 2 }) },
      answer: () => (++requests === 2 ? { status: 403, headers: { 'retry-after': '1' } } : {}),
    });
    const run = await staged.run(ids(6));
    expect(run.status).toBe('succeeded');
    expect(staged.platform.seen).toHaveLength(4);
  });

  test.each([
    ['in the middle', 'u3', 1],
    ['before anybody was accepted', 'u0', 1],
    ['in the first request of many', 'u0', 5],
  ])(
    'that refuses one member with 403 takes the others, deletes included: %s',
    async (_, out, batchSize) => {
      const there = new Set<string>();
      await using staged = await play({
        destination: { actions: byId({ batchSize }) },
        answer: ({ method, body }) => {
          if (body.ids.includes(out))
            return { status: 403, body: { error: 'this user has opted out' } };
          for (const id of body.ids) method === 'DELETE' ? there.delete(id) : there.add(id);
          return {};
        },
      });
      const run = await staged.run(ids(8));
      expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 7, rejected: 1 });
      expect(run.result?.reasons).toMatchObject([{ code: 'http-403', count: 1 }]);
      expect(run.result?.reasons?.[0]?.reason).toContain('this user has opted out');
      await staged.run(ids(8).slice(out === 'u0' ? 0 : 2, 5));
      const stays = ids(8)
        .slice(out === 'u0' ? 0 : 2, 5)
        .map(({ id }) => id);
      expect([...there].sort()).toEqual(stays.filter((id) => id !== out));
    },
  );

  test('that accepts nothing any more with 403 stops the run, which says how many went before', async () => {
    let accepted = 0;
    await using staged = await play({
      destination: { actions: byId({ batchSize: 1 }) },
      answer: () => (++accepted > 5 ? { status: 403 } : {}),
    });
    const run = await staged.run(ids(400));
    expect(run.status).toBe('failed');
    expect(run.result?.error?.code).toBe('http-403');
    expect(run.result?.error?.message).toContain('5 changes were accepted before');
    expect(staged.platform.seen.length).toBeLessThan(110);
  });

  test('that names the bad ones by index is believed', async () => {
    const bad = (id: string) => Number(id.slice(1)) % 50 === 0;
    await using staged = await play({
      destination: {
        actions: byId({ batchSize: 5_000, responseRules: { failed: '$$.body.errors' } }),
      },
      answer: ({ body: { ids: sent } }) => {
        const errors = sent.flatMap((id: string, at: number) => (bad(id) ? [at] : []));
        return errors.length > 0 ? { status: 400, body: { errors } } : {};
      },
    });
    const run = await staged.run(ids(5_000));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 4_900, rejected: 100 });
    expect(staged.platform.seen).toHaveLength(2);
    expect(reasonsOf(run)).toEqual(['record-failed']);
  });

  test('that names a few at a time is believed each time, and asked in halves where it names nobody', async () => {
    const bad = new Set(['u1', 'u7', 'u8']);
    const mute = 'u12';
    await using staged = await play({
      destination: { actions: byId({ responseRules: { failed: '$$.body.errors' } }) },
      answer: ({ body: { ids: sent } }) => {
        const first = sent.find((id: string) => bad.has(id));
        if (first) return { status: 422, body: { errors: [{ id: first, message: 'bad' }] } };
        return sent.includes(mute) ? { status: 422, body: { errors: [] } } : {};
      },
    });
    const run = await staged.run(ids(16));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 12, rejected: 4 });
    const keys = staged.platform.seen.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeLessThanOrEqual(12);
  });

  test('that names an address of two members refuses both, and nobody else', async () => {
    const body = '{"members": [$$.records.{"id": ID, "email": EMAIL}]}';
    await using staged = await play({
      destination: {
        actions: byId(
          { body, responseRules: { failed: '$$.body.bad' } },
          { body: '{"ids": [$$.records.ID]}' },
        ),
      },
      sync: { mappings: { ID: { column: 'id' }, EMAIL: { column: 'email' } } },
      answer: ({ body: { members } }) =>
        members.some(({ email }: { email: string }) => email === 'a@x.com')
          ? { status: 400, body: { bad: ['a@x.com'] } }
          : {},
    });
    const run = await staged.run([
      { id: 'u1', email: 'a@x.com' },
      { id: 'u2', email: 'a@x.com' },
      { id: 'u3', email: 'c@x.com' },
    ]);
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 1, rejected: 2 });
  });

  test('that answers 404 to a delete with someone unknown is asked in halves until each is gone', async () => {
    const there = new Set<string>();
    await using staged = await play({
      destination: { actions: byId() },
      answer: ({ method, body: { ids: sent } }) => {
        if (method === 'DELETE' && sent.some((id: string) => !there.has(id)))
          return { status: 404 };
        for (const id of sent) method === 'DELETE' ? there.delete(id) : there.add(id);
        return {};
      },
    });
    await staged.run(ids(4));
    there.delete('u1');
    const run = await staged.run(ids(1));
    expect([...there]).toEqual(['u0']);
    expect(run.result?.counts?.delete).toEqual({ ...none, delivered: 3 });
    expect((await staged.run(ids(1))).status).toBe('unchanged');
  });

  test('that has a member already is sent an update, where that is another request', async () => {
    const names = new Map([['u1', 'old']]);
    const body = '{"members": [$$.records.{"id": ID, "name": NAME}]}';
    const path = '/members';
    await using staged = await play({
      destination: {
        actions: {
          insert: { path, body },
          update: { method: 'PATCH', path, body },
          delete: { method: 'DELETE', path, body: '{"ids": [$$.records.ID]}' },
        },
      },
      sync: { mappings: { ID: { column: 'id' }, NAME: { column: 'name' } } },
      answer: ({ method, body: { members } }) => {
        const isThere = ({ id }: { id: string }) => names.has(id);
        if (method === 'POST' && members.some(isThere)) return { status: 409 };
        for (const { id, name } of members) names.set(id, name);
        return {};
      },
    });
    const rows = [0, 1, 2].map((at) => ({ id: `u${at}`, name: 'new' }));
    const run = await staged.run(rows);
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 3 });
    expect([...names.values()]).toEqual(['new', 'new', 'new']);
    expect((await staged.run(rows)).status).toBe('unchanged');
  });

  test('that has a member already is done with, where a rule says so', async () => {
    await using staged = await play({
      destination: { actions: byId({ responseRules: { done: '$$.status = 409' } }) },
      answer: () => ({ status: 409 }),
    });
    expect((await staged.run(ids(2))).status).toBe('succeeded');
    expect((await staged.run(ids(2))).status).toBe('unchanged');
  });

  test('that says why has its words told, with the request, and without persons', async () => {
    await using staged = await play({
      destination: { actions: byId() },
      answer: () => ({ status: 400, body: { error: 'terms have not been accepted for u0' } }),
    });
    const run = await staged.run(ids(1));
    expect(run.result?.reasons?.[0]?.reason).toContain(
      `POST ${staged.platform.url}/members answered 400: “terms have not been accepted for […]”.`,
    );
  });

  test.each([307, 308])('that sends on with %s has told where to', async (status) => {
    await using staged = await play({
      destination: { actions: byId() },
      answer: () => ({ status, headers: { location: '/v2/m?token=secret' } }),
    });
    const run = await staged.run(ids(2));
    expect(run.result?.counts?.insert).toEqual({ ...none, rejected: 2 });
    expect(run.result?.reasons?.[0]?.reason).toContain(`${staged.platform.url}/v2/m.`);
    expect(run.result?.reasons?.[0]?.reason).not.toContain('secret');
  });

  test('that refuses everything fails the run; one that refuses some makes it partial, from the share on that is set', async () => {
    await using staged = await play({
      destination: { actions: byId({ batchSize: 1 }) },
      answer: () => ({ status: 404 }),
    });
    const failed = await staged.run(ids(3));
    expect(failed).toMatchObject({
      status: 'failed',
      result: { error: { code: 'nothing-accepted' } },
    });
    staged.platform.answer = ({ body }) => (body.ids[0] === 'u1' ? { status: 400 } : {});
    expect((await staged.run(ids(10))).status).toBe('partial');
    await using patient = await play({
      destination: { actions: byId({ batchSize: 1 }) },
      sync: { partialShare: 0.2 },
      answer: ({ body }) => (body.ids[0] === 'u1' ? { status: 400 } : {}),
    });
    expect((await patient.run(ids(10))).status).toBe('succeeded');
    const bad = await patient.run([...ids(11), { id: null }]);
    expect(bad.result?.warnings).toMatchObject([{ code: 'rows-invalid', count: 1 }]);
  });

  test('that is down is waited for, the run says why; once it is cancelled and mended, the next run starts at once', async () => {
    await using staged = await play({
      destination: { actions: byId(), circuitAfter: 2, baseUrl: 'http://127.0.0.1:9' },
      answer: () => ({}),
    });
    const run = await staged.start(ids(2));
    const waiting = await until(async () => (await staged.now(run)).waiting);
    expect(waiting).toMatchObject({ code: 'connect' });
    expect(waiting.reason).toContain('POST http://127.0.0.1:9/members');
    expect(waiting.nextAt - waiting.since).toBeGreaterThan(20_000);
    await staged.cancel(run);
    const cancelled = await staged.follow(run);
    expect(cancelled.status).toBe('cancelled');
    expect(JSON.stringify(cancelled)).not.toMatch(/(tried|sent) again/);
    await staged.change({ baseUrl: staged.platform.url });
    const begun = Date.now();
    expect((await staged.run(ids(2))).status).toBe('succeeded');
    expect(Date.now() - begun).toBeLessThan(25_000);
  });
});

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('It did not come about in a minute.');
}
