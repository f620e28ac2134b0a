/**
 * Whoever looks at members stands in the audit trail, and no cache keeps what was shown. The routes are asked themselves: each
 * whose answer holds the member is one.
 */
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalApi } from '../../local/api.ts';
import { readingPosts } from '../../shared/contracts/wiring.ts';
import { addSync, type FlowWorld, mirrorFiles, startDirectWorld } from '../flow/world.ts';

const member = 'kanarienvogel@example.com';
/** A saved or unsaved row that a caller sends along is nothing that was read. */
const csv = `email,first_name,last_name,country,title\n${member},Ada,B,DE,C\n`;
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))),
});
const Audit = z.object({ items: z.array(z.looseObject({ what: z.string(), thing: z.string() })) });

let world: FlowWorld;
let api: LocalApi;
let run = '';
let dry = '';

beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
  await addSync(world, 'people');
  run = (await mirrorFiles(world, 'people', new Map([['people.csv', csv]]))).id;
  const more = `${csv}two-${member},Ada,B,DE,C\n`;
  await world.mirror.export('exports/people/', new Map([['people.csv', Buffer.from(more)]]));
  dry = (await world.mirror.start('people', 'manual', { kind: 'dry-run' })) ?? '';
  await world.mirror.follow('people', dry);
});
afterAll(() => world.close());

async function ask(method: string, path: string, body?: object) {
  const answer = await request(`${api.url}/v1${path}`, {
    method: method as 'GET',
    headers: {
      authorization: `Bearer ${api.tokens.read}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { 'cache-control': cache = '' } = answer.headers;
  return { status: answer.statusCode, text: await answer.body.text(), cache: String(cache) };
}

const lookedAt = async () => {
  const { items } = Audit.parse(JSON.parse((await ask('GET', '/audit?limit=100')).text));
  return items.filter(({ what }) => what === 'members-read').map(({ thing }) => thing);
};

const source = { bucket: 'audience-mirror-snapshots', prefix: 'exports/people/' };
const bodies: Readonly<Record<string, object>> = {
  '/syncs/columns': { source, rows: 3 },
  '/preview': { destination: 'to-people', sync: 'people', action: 'insert' },
  '/syncs/{id}/records/search': { key: member },
};

/** A run's view has a key beside each reason of a failure, and is asked for every second: it is kept nowhere, and not told. */
const untold = new Set(['/syncs/{id}/runs/{run}', '/syncs/{id}/runs']);

test('each route that shows a member tells the audit trail, and the others do not', async () => {
  const { text } = await ask('GET', '/openapi.json');
  const routes = Object.entries(Document.parse(JSON.parse(text)).paths).flatMap(
    ([path, operations]) => Object.keys(operations).map((method) => [method, path] as const),
  );
  const readers = routes.filter(
    ([method, path]) =>
      method === 'get' || readingPosts.some((each) => each.endsWith(path) && method === 'post'),
  );
  expect(readers.length).toBeGreaterThan(25);
  const showing: string[] = [];
  for (const [method, path] of readers) {
    for (const [id, query] of [
      [run, path.endsWith('/columns') && method === 'get' ? '?rows=3' : ''],
      [run, path.endsWith('/samples') ? '?action=insert' : '?format=csv'],
      [dry, path.endsWith('/samples') ? '?action=insert' : ''],
    ] as const) {
      const before = (await lookedAt()).length;
      const where = path
        .replace('{id}', path.startsWith('/destinations') ? 'to-people' : 'people')
        .replace('{run}', id)
        .replace('{place}', '0');
      const { status, text, cache } = await ask(method.toUpperCase(), where + query, bodies[path]);
      const told = (await lookedAt()).length - before;
      if (status !== 200 || !text.includes(member)) continue;
      showing.push(path);
      expect(cache, path).toBe('no-store');
      expect(told, path).toBe(untold.has(path) ? 0 : 1);
    }
  }
  expect([...new Set(showing)].sort()).toEqual([
    '/preview',
    '/syncs/columns',
    '/syncs/{id}/columns',
    '/syncs/{id}/records/search',
    '/syncs/{id}/runs/{run}/records',
    '/syncs/{id}/runs/{run}/records/{place}',
    '/syncs/{id}/runs/{run}/report',
    '/syncs/{id}/runs/{run}/samples',
  ]);
  const all = await ask('GET', '/audit?limit=100');
  expect(all.text).not.toContain(member);
});
