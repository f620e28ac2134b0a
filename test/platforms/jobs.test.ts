/** A platform that takes requests as jobs, on a real socket: what becomes of a run that waits for them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunView } from '../../functions/api/run-view.ts';
import { type DirectSystem, startDirect } from '../../local/direct/system.ts';
import { ChunkAccount, neverTried } from '../../shared/domain/request/account.ts';
import { byId, ids, none, reasonsOf, type Seen, type Setting, stage } from './stage.ts';

let system: DirectSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  system = await startDirect(folder);
}, 60_000);
afterAll(async () => {
  await system.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a platform of jobs says when it is asked about one. */
type Answered = { readonly status?: number; readonly body?: object } | undefined;

/** Accepts everything as a job, and is asked about it by number; what it is asked says `answer`, undefined: done. */
function jobPlatform(answer: (job: string, question: number) => Answered) {
  const members = new Set<string>();
  const work = new Map<string, Seen>();
  const questions: string[] = [];
  return {
    members,
    questions,
    jobs: work,
    answer(seen: Seen) {
      const { method, path, body } = seen;
      const [, job] = /^\/jobs\/(\w+)$/.exec(path) ?? [];
      if (job === undefined) {
        const id = `j${work.size}`;
        work.set(id, seen);
        return { status: 202, body: { job: { id, echo: body.ids } } };
      }
      questions.push(job);
      const said = answer(job, questions.filter((each) => each === job).length);
      if (said) return { status: said.status ?? 200, body: said.body };
      const { method: how = '', body: of } = work.get(job) ?? {};
      for (const id of of.ids) how === 'DELETE' ? members.delete(id) : members.add(id);
      return { body: { state: 'complete', method } };
    },
  };
}

const job = {
  id: '$$.body.job.id',
  ask: { path: '/jobs/{{connection.jobId}}' },
  running: '$$.body.state in ["queued", "running"]',
  done: '$$.body.state = "complete"',
  rejected: '$$.body.errors',
  everySeconds: 1,
  deadlineMinutes: 5,
};

async function play(
  answer: Parameters<typeof jobPlatform>[0],
  more: Partial<Setting> = {},
  own = {},
) {
  const platform = jobPlatform(answer);
  const settings = { batchSize: 10, job: { ...job, ...own } };
  const staged = await stage(system, {
    destination: { actions: byId(settings) },
    answer: platform.answer,
    ...more,
  });
  return { ...staged, kept: platform, [Symbol.asyncDispose]: () => staged.platform.close() };
}

describe.concurrent('a run over jobs', { timeout: 60_000 }, () => {
  test('counts as delivered what the platform says is done, and nothing before', async () => {
    await using staged = await play((_, question) =>
      question < 2 ? { body: { state: 'running' } } : undefined,
    );
    const run = await staged.run(ids(25));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 25 });
    expect(staged.kept.members.size).toBe(25);
    expect([...staged.kept.jobs]).toHaveLength(3);
    expect(staged.kept.questions.sort()).toEqual(['j0', 'j0', 'j1', 'j1', 'j2', 'j2']);
    const removal = await staged.run(ids(5));
    expect(removal.result?.counts?.delete).toEqual({ ...none, delivered: 20 });
    expect([...staged.kept.members].sort()).toEqual(ids(5).map(({ id }) => id));
  });

  test('tells who the platform did not take, and whom nobody knows of, in its words', async () => {
    await using staged = await play((id) => {
      if (id === 'j0')
        return { body: { state: 'complete', errors: [{ id: 'u12', message: 'no u12 here' }] } };
      return id === 'j1' ? { body: { state: 'broken', error: 'out of ink, u3' } } : undefined;
    });
    const run = await staged.run(ids(25));
    expect(run.result?.counts?.insert).toEqual({
      ...none,
      delivered: 14,
      rejected: 1,
      uncertain: 10,
    });
    expect(reasonsOf(run).sort()).toEqual(['job-failed', 'record-failed']);
    const told = JSON.stringify(run.result?.reasons);
    expect(told).toContain('out of ink, […]');
    expect(told).not.toMatch(/u3|u12/);
  });

  test('says how many jobs it waits for, and ends where it is cancelled', async () => {
    await using staged = await play(() => ({ body: { state: 'queued' } }));
    const run = await staged.start(ids(25));
    await expect.poll(() => staged.kept.questions.length, { timeout: 20_000 }).toBeGreaterThan(2);
    const { body } = await system
      .ask(new Request(`http://audience-mirror/v1/syncs/${staged.sync}/runs/${run}`))
      .then(async (answer) => ({ body: RunView.parse(await answer.json()) }));
    expect(body.jobs).toMatchObject({ open: 3, records: 25 });
    await staged.cancel(run);
    const ended = await staged.follow(run);
    expect(ended.result?.counts?.insert).toEqual({ ...none, uncertain: 25 });
    expect(reasonsOf(ended)).toEqual(['job-unknown']);
  });

  test('goes on after a restart, and sends nothing of it again', async () => {
    const own = await mkdtemp(join(tmpdir(), 'jobs-'));
    let isOver = false;
    const platform = jobPlatform(() => (isOver ? undefined : { body: { state: 'running' } }));
    const before = await startDirect(own);
    const actions = byId({ batchSize: 10, job });
    const staged = await stage(before, { destination: { actions }, answer: platform.answer });
    const run = await staged.start(ids(25));
    await expect.poll(() => platform.questions.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await before.close();
    isOver = true;
    const after = await startDirect(own);
    await after.recover();
    const ended = await after.follow(staged.sync, run);
    expect(ended.result?.counts?.insert).toEqual({ ...none, delivered: 25 });
    expect([...platform.jobs]).toHaveLength(3);
    await after.close();
    await staged.platform.close();
    await rm(own, { recursive: true, force: true });
  });

  test('waits for no job of which every record has its outcome', () => {
    const account = new ChunkAccount(2, true, []);
    const fault = { code: 'record-failed', reason: 'not here' };
    const all = { from: 0, to: 2 };
    const open = { id: 'j0', uses: 'insert', acceptedAt: 1, askAt: 2, until: 3 } as const;
    const refused = [{ ...all, outcome: 'rejected', fault }] as const;
    account.accept(all, { invalid: [], sent: 2 }, refused, open, fault, neverTried);
    expect(account.jobs()).toEqual([]);
    expect(account.accepted).toBeUndefined();
    expect(account.close(fault)).toMatchObject([{ ...all, outcome: 'rejected' }]);
  });

  test('gives up a job that the platform does not know', async () => {
    await using staged = await play(() => ({ status: 404, body: { message: 'no such job' } }));
    const run = await staged.run(ids(5));
    expect(run.result?.counts?.insert).toEqual({ ...none, uncertain: 5 });
    expect(run.result?.reasons?.[0]).toMatchObject({ code: 'job-unanswered' });
    expect(staged.kept.questions).toHaveLength(5);
  });
});
