/** Lists with filters say what a reader of everything would pick out, page by page; and who waits for a run is answered when it moves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { type FlowWorld, startDirectWorld } from '../flow/world.ts';

const Sync = z.looseObject({
  id: z.string(),
  name: z.string(),
  destination: z.string(),
  enabled: z.boolean(),
  audience: z.object({ id: z.string(), name: z.string() }),
  status: z.looseObject({ state: z.string() }),
});
const Run = z.looseObject({
  id: z.string(),
  sync: z.string(),
  phase: z.string(),
  status: z.string().optional(),
  startedAt: z.string(),
});
const Page = z.object({ items: z.array(z.unknown()), next: z.string().optional() });

const destinations = ['crm', 'ads'];
const names = ['Buyers', 'Buyers in Köln', 'Leads', 'leads of May', 'Churned', 'VIP'];
const ids = names.map((_, at) => `sync-${at}`);
const begun = Date.now() - 3_600_000;

let world: FlowWorld;
let api: Awaited<ReturnType<FlowWorld['mirror']['serve']>>;

beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
  const { configs } = world.mirror;
  for (const id of destinations)
    await configs.putDestination({ ...sampleDestination(world.platform.url), id, name: id });
  for (const [at, name] of names.entries()) {
    const id = ids[at] ?? '';
    await configs.putSync({
      ...sampleSyncOf(),
      id,
      name,
      destination: destinations[at % 2] ?? '',
      audience: { id: `a-${at}`, name: `Audience ${names.length - at}` },
      enabled: at % 3 === 0,
    });
    for (let run = 0; run < 8; run++) await closedRun(id, at, run);
  }
  await openRun('sync-5', 900);
}, 60_000);
afterAll(() => world.close());

const idAt = (moment: number, at: number) =>
  `${moment.toString(36).padStart(10, '0')}${String(at).padStart(16, '0')}`;

async function openRun(sync: string, at: number) {
  const { runs } = world.mirror;
  const startedAt = begun + at * 1_000;
  const id = idAt(startedAt, at);
  const open = { sync, run: id, trigger: 'manual', task: usualTask, startedAt } as const;
  const epoch = (await runs.claimLease(open))?.epoch ?? 1;
  await runs.createRun({
    sync,
    id,
    epoch,
    trigger: 'manual',
    task: usualTask,
    phase: 'planning',
    startedAt,
    movedAt: startedAt,
    deadline: startedAt + 86_400_000,
    attempts: 0,
  });
  const found = await runs.getRun(sync, id);
  if (!found) throw new Error(`There is no run ${id}.`);
  return found;
}

async function closedRun(sync: string, at: number, nth: number): Promise<void> {
  const { runs } = world.mirror;
  const run = await openRun(sync, nth * 10 + at);
  const status = RunStatus.options[(at * 3 + nth) % RunStatus.options.length] ?? 'failed';
  const closedAt = run.startedAt + 500;
  const result = { status };
  await runs.moveRun(run, ['planning'], { phase: 'closed', status, result, at: closedAt });
  await runs.freeLease({ ...run, closedAt }, result);
}

async function ask(path: string, headers = {}) {
  const answer = await fetch(`${api.url}/v1${path}`, {
    headers: { authorization: `Bearer ${api.tokens.read}`, ...headers },
  });
  return { http: answer.status, tag: answer.headers.get('etag') ?? '', text: await answer.text() };
}

async function all(path: string, query: Record<string, string>, limit: number) {
  const found: unknown[] = [];
  for (let after: string | undefined; ; ) {
    const asked = new URLSearchParams({ ...query, limit: `${limit}`, ...(after && { after }) });
    const answer = await ask(`${path}?${asked}`);
    expect(answer.http, answer.text).toBe(200);
    const page = Page.parse(JSON.parse(answer.text));
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    if (page.next === undefined) return found;
    after = page.next;
  }
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const given = (query: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

test('syncs by destination, switch, state and text', async () => {
  const every = z.array(Sync).parse(await all('/syncs', {}, 100));
  expect(every).toHaveLength(names.length);
  const states = [...new Set(every.map(({ status }) => status.state))];
  expect(states.length).toBeGreaterThan(1);
  await fc.assert(
    fc.asyncProperty(
      maybe(fc.constantFrom(...destinations, 'none')),
      maybe(fc.constantFrom('true', 'false')),
      maybe(fc.constantFrom(...states)),
      maybe(fc.constantFrom('buyers', 'LEADS', 'köln', 'sync-3', 'audience 6', 'a-2', 'nobody')),
      fc.integer({ min: 1, max: 7 }),
      async (destination, enabled, status, q, limit) => {
        const wanted = every.filter(
          (each) =>
            (destination ?? each.destination) === each.destination &&
            (enabled ?? `${each.enabled}`) === `${each.enabled}` &&
            (status ?? each.status.state) === each.status.state &&
            [each.id, each.name, each.audience.id, each.audience.name].some((text) =>
              text.toLowerCase().includes((q ?? '').toLowerCase()),
            ),
        );
        const found = await all('/syncs', given({ destination, enabled, status, q }), limit);
        const ofSyncs = z.array(Sync).parse(found);
        expect(ofSyncs.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
      },
    ),
    { numRuns: cases(40, 300) },
  );
});

test('runs by status, moment and sync, newest first, of one sync and of all', async () => {
  const every = z.array(Run).parse(await all('/runs', {}, 100));
  expect(every).toHaveLength(names.length * 8 + 1);
  expect(every.map(({ id }) => id)).toEqual(
    every
      .map(({ id }) => id)
      .toSorted()
      .toReversed(),
  );
  await fc.assert(
    fc.asyncProperty(
      maybe(fc.constantFrom(...RunStatus.options, 'open')),
      maybe(fc.integer({ min: -1, max: 90 })),
      maybe(fc.constantFrom(...ids)),
      fc.boolean(),
      fc.integer({ min: 1, max: 20 }),
      async (status, after, sync, isOfSync, limit) => {
        const since =
          after === undefined ? undefined : new Date(begun + after * 1_000).toISOString();
        const wanted = every.filter(
          (each) =>
            (status ?? each.status ?? 'open') === (each.status ?? 'open') &&
            each.startedAt >= (since ?? '') &&
            (sync ?? each.sync) === each.sync,
        );
        const path = isOfSync && sync ? `/syncs/${sync}/runs` : '/runs';
        const query = given({ status, since, sync: path === '/runs' ? sync : undefined });
        const found = z.array(Run).parse(await all(path, query, limit));
        expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
      },
    ),
    { numRuns: cases(40, 300) },
  );
});

test('who waits for a run is answered as it ends, or as it is another than they know, or as their time is over', async () => {
  const run = await openRun('sync-0', 500);
  const path = `/syncs/sync-0/runs/${run.id}`;
  const now = await ask(path);
  expect(Run.parse(JSON.parse(now.text)).phase).toBe('planning');
  // Nothing moves: the time runs out, and nothing new is told.
  expect(await ask(`${path}?wait=1`, { 'if-none-match': now.tag })).toMatchObject({ http: 304 });
  const known = ask(`${path}?wait=25`, { 'if-none-match': now.tag });
  const unknown = ask(`${path}?wait=25`);
  await world.mirror.runs.moveRun(run, ['planning'], { phase: 'upserting', at: Date.now() });
  expect(Run.parse(JSON.parse((await known).text)).phase).toBe('upserting');
  const result = { status: 'succeeded' } as const;
  await world.mirror.runs.moveRun(run, ['upserting'], {
    phase: 'closed',
    status: 'succeeded',
    result,
    at: Date.now(),
  });
  expect(Run.parse(JSON.parse((await unknown).text))).toMatchObject({ status: 'succeeded' });
  expect(await ask(`${path}?wait=31`)).toMatchObject({ http: 400 });
}, 20_000);
