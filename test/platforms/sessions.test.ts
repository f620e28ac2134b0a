/** A platform that takes requests between a beginning and a commit, on a real socket: what becomes of a run whose senders die. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DirectSystem, startDirect } from '../../local/direct/system.ts';
import { byId, ids, none, type Reply, reasonsOf, type Seen, stage } from './stage.ts';

let system: DirectSystem;
let folder: string;
/** Of each sync, in whose place a sender dies next: it has done all before, and stored nothing since. */
const deaths: { readonly sync: string; readonly before: string }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessions-'));
  system = await startDirect(folder);
  const { state } = system;
  for (const name of ['put', 'putIfAbsent'] as const) {
    const store = state[name].bind(state) as (key: string, body: never) => Promise<never>;
    const dying = (key: string, body: never) => {
      const at = deaths.findIndex(
        ({ sync, before }) => key.includes(`/${sync}/`) && key.includes(before),
      );
      if (at < 0) return store(key, body);
      deaths.splice(at, 1);
      return Promise.reject(new Error('cut off'));
    };
    Object.assign(state, { [name]: dying });
  }
}, 60_000);
afterAll(async () => {
  await system.close();
  await rm(folder, { recursive: true, force: true });
});

/** Takes nothing but in a session, and does what is in one when it is committed; `job`: says of it when asked. */
function sessionPlatform(job?: (question: number) => Reply | undefined) {
  const members = new Set<string>();
  const open = new Map<string, Seen[]>();
  const calls: string[] = [];
  const keys: unknown[] = [];
  let refusal: Reply | undefined;
  let questions = 0;
  const apply = (held: readonly Seen[]) => {
    for (const { method, body } of held)
      for (const each of body.ids) method === 'DELETE' ? members.delete(each) : members.add(each);
  };
  return {
    members,
    calls,
    /** Of beginnings and commits. */
    keys,
    refuse(how: Reply | undefined) {
      refusal = how;
    },
    answer(seen: Seen): Reply {
      const [, id = '', what = 'add'] =
        /^\/sessions\/(\w+)(?:\/(\w+))?(?:\?.*)?$/.exec(seen.path) ?? [];
      const call = seen.path === '/sessions' ? 'begin' : what;
      calls.push(call);
      if (call === 'begin' || call === 'commit') keys.push(seen.headers['idempotency-key']);
      if (call === 'begin') {
        const opened = `s${open.size}`;
        open.set(opened, []);
        return { status: 201, body: { session: opened } };
      }
      if (refusal && (call === 'commit' || refusal.status === 404)) return refusal;
      const held = open.get(id) ?? [];
      if (call === 'add') held.push(seen);
      else if (call === 'commit' && !job) apply(held);
      else if (call === 'job') {
        const said = job?.(++questions);
        if (said) return said;
        apply(held);
        return { body: { state: 'done', errors: [{ id: 'u12', message: 'no u12 here' }] } };
      }
      return { status: 202, body: { job: `of-${id}` } };
    },
  };
}

const session = {
  begin: { method: 'POST', path: '/sessions' },
  id: '$$.body.session',
  commit: { method: 'POST', path: '/sessions/{{connection.sessionId}}/commit' },
};

const inSession = (batchSize: number) =>
  byId({ batchSize, path: '/sessions/{{connection.sessionId}}' });

let syncs = 0;

async function play(
  more: object = {},
  platform = sessionPlatform(),
  destination: object = {},
  batchSize = 10,
) {
  const around = { ...session, ...more };
  const staged = await stage(system, {
    id: `session-${++syncs}`,
    destination: {
      actions: inSession(batchSize),
      sessions: { deleting: around, upserting: around },
      ...destination,
    },
    answer: platform.answer,
  });
  const dies = (before: string) => deaths.push({ sync: staged.sync, before });
  return { ...staged, ...platform, dies, [Symbol.asyncDispose]: () => staged.platform.close() };
}

const add = ['add', 'add', 'add'];

describe.concurrent('a run over a session', { timeout: 60_000 }, () => {
  test('begins and commits once a phase, and nothing is delivered before', async () => {
    await using staged = await play();
    const run = await staged.run(ids(25));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 25 });
    expect(staged.calls).toEqual(['begin', ...add, 'commit']);
    expect(staged.members.size).toBe(25);
    staged.refuse({ status: 422, body: { message: 'no money' } });
    const refused = await staged.run(ids(5));
    expect(refused.result?.counts?.delete).toEqual({ ...none, uncertain: 20 });
    expect(refused.result?.reasons?.[0]?.reason).toContain('no money');
    expect(staged.members.size).toBe(25);
    staged.refuse(undefined);
    const again = await staged.run(ids(5));
    expect(again.result?.counts?.delete).toEqual({ ...none, delivered: 20 });
    expect([...staged.members].sort()).toEqual(ids(5).map(({ id }) => id));
  });

  test.each(['continue', 'anew'])(
    '%s: commits once more, by the same name, where a sender died before it noted the first',
    async (afterCrash) => {
      await using staged = await play({ afterCrash });
      staged.dies('/ended');
      const run = await staged.run(ids(25));
      expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 25 });
      expect(staged.calls).toEqual(['begin', ...add, 'commit', 'commit']);
      expect(staged.keys[1]).toMatch(/-commit$/);
      expect(staged.keys[2]).toBe(staged.keys[1]);
    },
  );

  test('anew: gives up a session in which a sender died, and counts on nothing of it', async () => {
    await using staged = await play({ afterCrash: 'anew' }, sessionPlatform(), {}, 1_000);
    for (let times = 2; times > 0; times--) staged.dies('/progress/upserting/1/');
    const run = await staged.run(ids(2_500));
    expect(run.result?.counts?.insert).toEqual({ ...none, uncertain: 2_000, unsent: 500 });
    expect(reasonsOf(run)).toEqual(expect.arrayContaining(['session-broken', 'sender-lost']));
    expect(staged.calls).toEqual(['begin', 'add', 'add']);
    // All of it in one chunk.
    await staged.change({ actions: inSession(5_000) });
    await staged.run(ids(5));
    expect([...staged.members].sort()).toEqual(ids(5).map(({ id }) => id));
  });

  test('continue: sends in the same session what has no answer', async () => {
    await using staged = await play();
    for (let times = 2; times > 0; times--) staged.dies('/progress/');
    const run = await staged.run(ids(25));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 25 });
    expect(staged.calls).toEqual(['begin', ...add, ...add, 'commit']);
  });

  test('anew: a sender that died before the session was noted broke none', async () => {
    await using staged = await play({ afterCrash: 'anew' });
    staged.dies('/begun');
    const run = await staged.run(ids(25));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 25 });
    expect(staged.calls).toEqual(['begin', 'begin', ...add, 'commit']);
    expect(staged.keys[1]).toBe(staged.keys[0]);
  });

  test('commits once all chunks are sent, and asks each about its own records in the job of that', async () => {
    const job = {
      id: '$$.body.job',
      ask: { path: '/sessions/{{connection.sessionId}}/job?id={{connection.jobId}}' },
      running: '$$.body.state = "working"',
      done: '$$.body.state = "done"',
      rejected: '$$.body.errors',
      everySeconds: 1,
    };
    const working = (question: number) =>
      question <= 3 ? { body: { state: 'working' } } : undefined;
    const two = { concurrency: 2 };
    await using staged = await play({ job }, sessionPlatform(working), two, 1_000);
    const run = await staged.run(ids(2_500));
    expect(run.plan?.chunks.upserting).toBe(3);
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 2_499, rejected: 1 });
    expect(staged.calls.slice(0, 5)).toEqual(['begin', ...add, 'commit']);
    expect(staged.calls.filter((call) => call === 'commit')).toHaveLength(1);
    expect(reasonsOf(run)).toEqual(['record-failed']);
    expect(staged.platform.seen.at(-1)?.path).toMatch(/id=of-s0$/);
  });

  test('who is not there may mean the session: nobody counts as removed before its commit', async () => {
    const missing = { deleteMissingIsDelivered: true };
    await using staged = await play({}, sessionPlatform(), missing, 1);
    await staged.run(ids(3));
    staged.refuse({ status: 404 });
    const lost = await staged.run(ids(1));
    expect(lost.result?.counts?.delete).toEqual({ ...none, uncertain: 2 });
    staged.refuse(undefined);
    await staged.run(ids(1));
    expect([...staged.members]).toEqual(['u0']);
  });
});
