/** Platforms that remove people by ids of their own, on real sockets: what becomes of whom. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDirect } from '../../local/direct/system.ts';
import type { LocalSystem } from '../../local/system.ts';
import { none, type Row, reasonsOf, stage } from '../platforms/stage.ts';
import { Keeper, keeperActions } from './keeper.ts';

let mirror: LocalSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ids-'));
  mirror = await startDirect(folder);
}, 60_000);
afterAll(async () => {
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

const mappings = { EMAIL: { column: 'email' }, NAME: { column: 'name' } };
const rows = (...people: readonly string[]): Row[] =>
  people.map((each) => {
    const [id = '', name = 'A'] = each.split(':');
    return { id, email: `${id}@example.com`, name };
  });
const emails = (...ids: readonly string[]) => ids.map((id) => `${id}@example.com`);

async function play(options: Parameters<typeof keeperActions>[0] = {}, changes: object = {}) {
  const keeper = new Keeper();
  keeper.tellsIds = options.learnsByAnswers ?? false;
  const staged = await stage(mirror, {
    destination: { actions: { ...keeperActions(options), ...changes } },
    sync: { key: ['id'], mappings },
    answer: (seen) => keeper.answer(seen),
  });
  const asked = () => {
    const { seen } = staged.platform;
    return seen.splice(0).map(({ method, path }) => `${method} ${path.replace(/c\d+/, 'ID')}`);
  };
  return { ...staged, keeper, asked, [Symbol.asyncDispose]: () => staged.platform.close() };
}

const search = 'POST /contacts/search';
const removal = 'DELETE /contacts/ID';
const update = 'PUT /contacts/ID';
const add = 'POST /contacts';

describe('a platform that removes by ids of its own', { timeout: 60_000 }, () => {
  test('is asked for them in batches, before the first removal, and keeps nobody who left', async () => {
    await using staged = await play();
    const { keeper, asked } = staged;
    keeper.add('stranger@example.com');
    await staged.run(rows('a', 'b', 'c', 'd', 'e'));
    asked();
    const run = await staged.run(rows('e'));
    expect(keeper.emails).toEqual(emails('e', 'stranger'));
    expect(run.result?.counts?.delete).toEqual({ ...none, delivered: 4 });
    expect(asked()).toEqual([search, search, removal, removal, removal, removal]);
    expect(run.result?.sent).toMatchObject({ requests: 6 });
  });

  test('whose answers tell them is not asked', async () => {
    await using staged = await play({ learnsByAnswers: true });
    const { keeper, asked } = staged;
    await staged.run(rows('a', 'b'));
    expect((await staged.run(rows('a:B'))).status).toBe('succeeded');
    expect(asked()).toEqual([add, removal, update]);
    expect(keeper.emails).toEqual(emails('a'));
  });

  test('is asked once, and what it said is kept beside the member', async () => {
    await using staged = await play();
    await staged.run(rows('a', 'b'));
    await staged.run(rows('a:B', 'b'));
    await staged.run(rows('a:C', 'b'));
    await staged.run(rows('b'));
    expect(staged.asked()).toEqual([add, search, update, update, removal]);
  });

  test('that lacks somebody: a removal is done, and an update adds', async () => {
    await using staged = await play();
    const { keeper, asked } = staged;
    await staged.run(rows('a', 'b', 'c', 'd'));
    for (const email of emails('a', 'b')) keeper.contacts.delete(keeper.idsOf(email)[0] ?? '');
    asked();
    const run = await staged.run(rows('b:B', 'c:B', 'd'));
    expect(keeper.emails).toEqual(emails('b', 'c', 'd'));
    expect(run.result?.counts).toMatchObject({
      delete: { ...none, delivered: 1 },
      update: { ...none, delivered: 2 },
    });
    expect(asked()).toEqual([search, search, update, add]);
  });

  test('that knows an id no more is asked for another, once', async () => {
    await using staged = await play({ learnsByAnswers: true });
    const { keeper, asked } = staged;
    await staged.run(rows('a', 'b', 'c', 'd', 'e'));
    for (const email of emails('a', 'b')) keeper.renumber(email);
    for (const email of emails('c', 'd')) keeper.contacts.delete(keeper.idsOf(email)[0] ?? '');
    asked();
    const run = await staged.run(rows('b:B', 'd:B', 'e'));
    expect(keeper.emails).toEqual(emails('b', 'd', 'e'));
    expect(run.status).toBe('succeeded');
    expect(asked()).toEqual([
      ...[removal, search, removal, removal, search],
      ...[update, search, update, update, search, add],
    ]);
    // What was found in its place is kept.
    await staged.run(rows('d:C'));
    expect(asked()).toEqual([removal, removal, update]);
  });

  test('that has several of one: it is told, or all are meant', async () => {
    await using staged = await play();
    const { keeper, asked } = staged;
    await staged.run(rows('a', 'b', 'c'));
    keeper.add('a@example.com');
    const run = await staged.run(rows('c'));
    expect(run.result?.counts?.delete).toEqual({ ...none, delivered: 1, rejected: 1 });
    expect(reasonsOf(run)).toEqual(['platform-id-ambiguous']);
    expect(keeper.emails).toEqual(emails('a', 'a', 'c'));
    await staged.change({ actions: keeperActions({ more: { several: 'all' } }) });
    asked();
    expect((await staged.run(rows('c'))).result?.counts?.delete).toEqual({ ...none, delivered: 1 });
    expect(keeper.emails).toEqual(emails('c'));
    expect(asked()).toEqual([search, removal, removal]);
  });

  test.each([
    ['refuses the question', { status: 400, body: { error: 'no such property' } }, 'lookup-failed'],
    ['answers with a page', { body: '<html>Welcome</html>' }, 'lookup-failed'],
    [
      'answers of others',
      { body: { asked: 1, results: [{ email: 'x@example.com', id: 'c1' }] } },
      'lookup-unreadable',
    ],
    [
      'rounds its ids',
      { body: '{"asked": 1, "results": [{"email": "a@example.com", "id": 9007199254740993}]}' },
      'lookup-unreadable',
    ],
  ])('that %s: nobody is removed, and the next run asks again', async (_, reply, code) => {
    await using staged = await play();
    const { keeper } = staged;
    await staged.run(rows('a', 'b'));
    keeper.script.push({ to: search, reply }, { to: search, reply });
    const run = await staged.run(rows('b'));
    expect(run.result?.counts?.delete).toEqual({ ...none, uncertain: 1 });
    expect(reasonsOf(run)).toEqual([code]);
    expect(run.result?.reasons?.[0]?.reason).not.toContain('a@example.com');
    expect(keeper.emails).toEqual(emails('a', 'b'));
    keeper.script.length = 0;
    expect((await staged.run(rows('b'))).status).toBe('succeeded');
    expect(keeper.emails).toEqual(emails('b'));
  });

  test('that waits, fails and lets go is asked again at once', async () => {
    await using staged = await play();
    const { keeper, asked } = staged;
    await staged.run(rows('a', 'b'));
    keeper.script.push(
      { to: search, reply: { status: 429, headers: { 'retry-after': '1' } } },
      { to: search, reply: { status: 500 } },
    );
    asked();
    expect((await staged.run(rows('b'))).status).toBe('succeeded');
    expect(asked()).toEqual([search, search, search, removal]);
  });

  test('that refuses the credentials of a question stops the run', async () => {
    await using staged = await play();
    const { keeper } = staged;
    await staged.run(rows('a', 'b'));
    keeper.script.push({ to: search, reply: { status: 401 } });
    const run = await staged.run(rows('b'));
    expect(run).toMatchObject({ status: 'failed', result: { error: { code: 'http-401' } } });
    expect((await staged.run(rows('b'))).status).toBe('succeeded');
  });

  test('that refuses an update of many for one id that changed: it is found, and all are updated', async () => {
    const many = {
      path: '/contacts/rename',
      batchSize: 3,
      body: "{'contacts': [$$.records.{'id': platformId, 'name': NAME}]}",
    };
    await using staged = await play({ learnsByAnswers: true }, { update: many });
    const { keeper } = staged;
    await staged.run(rows('a', 'b', 'c'));
    keeper.renumber('b@example.com');
    const run = await staged.run(rows('a:B', 'b:B', 'c:B'));
    expect(run.result?.counts?.update).toEqual({ ...none, delivered: 3 });
    expect([...keeper.contacts.values()].map(({ name }) => name)).toEqual(['B', 'B', 'B']);
  });

  test('names members of a new address by the id that the old one has', async () => {
    await using staged = await play();
    const { keeper } = staged;
    await staged.run(rows('a', 'b'));
    const moved = { id: 'a', email: 'new@example.com', name: 'A' };
    expect((await staged.run([moved, ...rows('b')])).status).toBe('succeeded');
    expect(keeper.emails).toEqual(emails('b', 'new'));
  });

  test('that has somebody already: the add is an update by the id it is asked for', async () => {
    await using staged = await play();
    const { keeper, asked } = staged;
    keeper.add('a@example.com');
    keeper.script.push({ to: add, reply: { status: 409 } });
    expect((await staged.run(rows('a:B'))).status).toBe('succeeded');
    expect(asked()).toEqual([add, search, update]);
    expect([...keeper.contacts.values()]).toMatchObject([{ name: 'B' }]);
  });

  test('that has somebody already and does not show them yet: they are sent again', async () => {
    await using staged = await play({ more: { lagSeconds: 3_600 } });
    const { keeper } = staged;
    keeper.add('a@example.com');
    keeper.script.push({ to: add, reply: { status: 409 } });
    keeper.script.push({ to: search, reply: { body: { asked: 1, results: [] } } });
    const run = await staged.run(rows('a:B'));
    expect(reasonsOf(run)).toEqual(['platform-id-not-yet']);
    expect(run.result?.counts?.insert).toEqual({ ...none, uncertain: 1 });
    expect((await staged.run(rows('a:B'))).status).toBe('succeeded');
    expect([...keeper.contacts.values()]).toMatchObject([{ name: 'B' }]);
  });

  test('that cannot be asked: who was added without an answer stays, and it is told', async () => {
    await using staged = await play({ learnsByAnswers: true }, { lookup: undefined });
    const { keeper } = staged;
    keeper.tellsIds = false;
    await staged.run(rows('a', 'b'));
    const run = await staged.run(rows('b:B'));
    expect(reasonsOf(run)).toEqual(['platform-id-unknown']);
    expect(run.result?.counts).toMatchObject({ update: { ...none, delivered: 1 } });
    expect(keeper.emails).toEqual(emails('a', 'b'));
  });

  test('that may not show yet whom it was given keeps them uncertain until it would', async () => {
    await using staged = await play({ more: { lagSeconds: 3_600 } });
    const { keeper } = staged;
    await staged.run(rows('a', 'b'));
    keeper.script.push({ to: search, reply: { body: { asked: 1, results: [] } } });
    const run = await staged.run(rows('b'));
    expect(reasonsOf(run)).toEqual(['platform-id-not-yet']);
    expect((await staged.run(rows('b'))).status).toBe('succeeded');
    expect(keeper.emails).toEqual(emails('b'));
  });
});
