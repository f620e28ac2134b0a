/** What a run refuses to do: each with an error of its own, and nothing is sent. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { platformMembers } from '../../local/compare.ts';
import { addSync, type FlowWorld, grounds, mirrorFiles, requestsSeen, runOnce } from './world.ts';

describe.each(grounds)('refusals $on', ({ start }) => {
  let world: FlowWorld;
  beforeAll(async () => {
    world = await start();
  });
  afterAll(() => world.close());

  const header = 'email,first_name,last_name,country,title';
  const csv = (...lines: string[]) => new Map([['a.csv', [header, ...lines].join('\n')]]);
  const two = csv('a@example.com,A,B,C,D', 'b@example.com,A,B,C,D');

  async function refused(
    id: string,
    run: Promise<{
      status?: string | undefined;
      result?: { error?: { code: string; message: string } | undefined } | undefined;
    }>,
  ) {
    const before = await requestsSeen(world);
    const { status, result } = await run;
    expect(await requestsSeen(world)).toBe(before);
    expect(result?.error?.message).not.toMatch(/example\.com/);
    return { id, status, code: result?.error?.code };
  }

  test('a first snapshot without rows fails', async () => {
    await addSync(world, 'empty');
    expect(await refused('empty', mirrorFiles(world, 'empty', csv()))).toMatchObject({
      status: 'failed',
      code: 'snapshot-empty',
    });
  });

  test('a snapshot without rows over members is held, and the next one with rows goes on', async () => {
    await addSync(world, 'held');
    await mirrorFiles(world, 'held', two);
    expect(await refused('held', mirrorFiles(world, 'held', csv()))).toMatchObject({
      status: 'held',
      code: 'guard-empty-snapshot',
    });
    const run = await mirrorFiles(world, 'held', csv('a@example.com,A,B,C,D'));
    expect(run.result?.counts?.delete.delivered).toBe(1);
  });

  test('another audience, destination or key than the mirror was made with is refused', async () => {
    await addSync(world, 'moved');
    await mirrorFiles(world, 'moved', two);
    const sync = await world.mirror.configs.getSync('moved');
    if (!sync) throw new Error('The sync is gone.');
    const { version: _, ...input } = sync;
    await world.mirror.configs.putSync({ ...input, key: ['last_name', 'email'] });
    expect(await refused('moved', runOnce(world.mirror, 'moved'))).toMatchObject({
      status: 'failed',
      code: 'target-changed',
    });
    await world.mirror.configs.putSync({
      ...input,
      audience: { id: 'elsewhere', name: 'Elsewhere' },
    });
    expect(await refused('moved', runOnce(world.mirror, 'moved'))).toMatchObject({
      status: 'failed',
      code: 'target-changed',
    });
    await world.mirror.configs.putSync(input);
    expect((await runOnce(world.mirror, 'moved')).status).toBe('succeeded');
    expect((await platformMembers(world.platform.url, 'moved')).size).toBe(2);
  });

  test('a column that is needed and not there, and a cut file, fail the run', async () => {
    await addSync(world, 'broken');
    const lacking = new Map([['a.csv', 'first_name,last_name\nA,B']]);
    expect(await refused('broken', mirrorFiles(world, 'broken', lacking))).toMatchObject({
      status: 'failed',
      code: 'column-missing',
    });
    const cut = new Map([['a.parquet', 'PAR1 a@example.com']]);
    expect(await refused('broken', mirrorFiles(world, 'broken', cut))).toMatchObject({
      status: 'failed',
      code: 'file-unreadable',
    });
  });
});
