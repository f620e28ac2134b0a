/** Platforms that answer in their own ways: at length, compressed, and with failures that no rule reads. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalMirror, startMirror } from '../../local/mirror.ts';
import { byId, ids, none, type Setting, stage } from './stage.ts';

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
  test('that answers at length is read to the end', async () => {
    await using staged = await play({
      destination: { actions: byId({ responseRules: { failed: '$$.body.errors' } }) },
      answer: () => ({ body: { errors: [], echo: 'x'.repeat(150_000) } }),
    });
    expect((await staged.run(ids(100))).result?.counts?.insert).toEqual({
      ...none,
      delivered: 100,
    });
    await staged.change({ answerMiB: 1 });
    staged.platform.answer = () => ({ body: { errors: [], echo: 'x'.repeat(1_100_000) } });
    const run = await staged.run(ids(101));
    expect(run.result?.counts?.insert).toEqual({ ...none, uncertain: 1 });
    expect(run.result?.reasons?.[0]?.reason).toContain('lower the batch size');
  });

  test('that compresses its answers is understood', async () => {
    const body = gzipSync(JSON.stringify({ errors: [{ index: 1, message: 'bad' }] }));
    await using staged = await play({
      destination: { actions: byId({ responseRules: { failed: '$$.body.errors' } }) },
      answer: () => ({ headers: { 'content-encoding': 'gzip' }, body }),
    });
    const run = await staged.run(ids(3));
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 2, rejected: 1 });
    staged.platform.answer = () => ({ headers: { 'content-encoding': 'zstd' }, body });
    const other = await staged.run(ids(3));
    expect(other.result?.counts?.reinsert).toEqual({ ...none, uncertain: 1 });
  });

  test.each([
    ['207', { status: 207, body: { accepted: 2, errors: [{ index: 1 }] } }],
    ['200 with errors', { body: { result: { failed: ['u1'] } } }],
  ])('that answers %s without a rule gets one warning a run', async (_, reply) => {
    await using staged = await play({
      destination: { actions: byId({ batchSize: 1 }) },
      answer: () => reply,
    });
    const run = await staged.run(ids(3));
    expect(run.status).toBe('succeeded');
    expect(run.result?.warnings).toMatchObject([{ code: 'answer-unread', count: 1 }]);
    expect(run.result?.warnings?.[0]?.reason).toContain('responseRules');
  });
});
