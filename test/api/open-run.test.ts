/** A sync and its run: a deadline of any length is read again, and an audience stays while somebody is sent to it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { usualTask } from '../../shared/contracts/task.ts';
import { addSync, type FlowWorld, startDirectWorld } from '../flow/world.ts';

let world: FlowWorld;
let api: Awaited<ReturnType<FlowWorld['mirror']['serve']>>;
beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
}, 60_000);
afterAll(() => world.close());

const Said = z.looseObject({ code: z.string().optional(), phase: z.string().optional() });

async function ask(method: string, path: string, body?: object, headers = {}) {
  const answer = await fetch(`${api.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.tokens.write}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { http: answer.status, ...Said.parse(text === '' ? {} : JSON.parse(text)) };
}

test('a deadline of a third of an hour makes a run that is read, and cancelled', async () => {
  await addSync(world, 'third', { sync: { deadlineHours: 0.333333 } });
  const { runs } = world.mirror;
  const csv = 'email,first_name,last_name,country,title\nada@example.com,Ada,B,C,1\n';
  await world.mirror.export('exports/third/', new Map([['people.csv', Buffer.from(csv)]]));
  const run = (await world.mirror.start('third')) ?? '';
  expect(await ask('GET', `/syncs/third/runs/${run}`)).toMatchObject({ http: 200 });
  await world.mirror.follow('third', run);
  expect(Number.isInteger((await runs.getRun('third', run))?.deadline)).toBe(true);
  expect(await ask('POST', `/syncs/third/runs/${run}/cancel`)).toMatchObject({
    code: 'run-closed',
  });
  expect(await ask('GET', '/syncs/third')).toMatchObject({ http: 200 });
});

test('the audience of a sync stays what it is while a run of it is open', async () => {
  await addSync(world, 'moving');
  const open = { sync: 'moving', run: 'r1', trigger: 'manual', task: usualTask } as const;
  await world.mirror.runs.claimLease({ ...open, startedAt: Date.now() });
  const { http: _, ...sync } = await ask('GET', '/syncs/moving');
  const moved = { ...sync, audience: { id: 'elsewhere', name: 'Elsewhere' } };
  const any = { 'if-match': '*' };
  expect(await ask('PUT', '/syncs/moving', moved, any)).toMatchObject({
    http: 409,
    code: 'run-open',
  });
  expect(await ask('PUT', '/syncs/moving', { ...sync, name: 'Other' }, any)).toMatchObject({
    http: 200,
  });
});

test('a sync whose run has just ended is removed once the run let go of it; while it is open, it is not', async () => {
  await addSync(world, 'ended');
  const { runs } = world.mirror;
  const startedAt = Date.now();
  const of = { sync: 'ended', trigger: 'manual', task: usualTask, startedAt } as const;
  const epoch = (await runs.claimLease({ ...of, run: 'r1' }))?.epoch ?? 1;
  const started = { phase: 'planning', movedAt: startedAt, deadline: startedAt + 9e6 } as const;
  await runs.createRun({ ...of, ...started, id: 'r1', epoch, attempts: 0 });
  const remove = () => ask('DELETE', '/syncs/ended', undefined, { 'if-match': '*' });
  expect(await remove()).toMatchObject({ http: 409, code: 'run-open' });
  const run = await runs.getRun('ended', 'r1');
  if (!run) throw new Error('no run');
  const closedAt = Date.now();
  const result = { status: 'failed' } as const;
  await runs.moveRun(run, ['planning'], {
    phase: 'closed',
    status: 'failed',
    result,
    at: closedAt,
  });
  const removed = remove();
  setTimeout(() => void runs.freeLease({ ...run, closedAt }, result), 300);
  expect(await removed).toMatchObject({ http: 204 });
});
