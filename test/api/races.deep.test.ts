/** What is checked over two things holds while both are saved at once: each pair a hundred times. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configObject } from '../../shared/contracts/layout.ts';
import { type ApiWorld, startApiWorld } from './world.ts';

let world: ApiWorld;
const rounds = Array.from({ length: 100 }, (_, round) => round);
const any = { 'if-match': '*' };

beforeAll(async () => {
  world = await startApiWorld();
  await world.ask('POST /destinations', { body: world.destination('crm') });
});
afterAll(() => world.close());

test('of two enabled syncs on one audience one is saved', async () => {
  for (const round of rounds) {
    const audience = { id: `twins-${round}`, name: 'Twins' };
    const both = await Promise.all(
      ['a', 'b'].map((name) =>
        world.ask('POST /syncs', { body: world.sync(`${name}-${round}`, { audience }) }),
      ),
    );
    expect(both.map(({ http }) => http).sort(), both.map(({ text }) => text).join()).toEqual([
      201, 409,
    ]);
  }
}, 300_000);

test('a sync is created, or its destination deleted, and never both', async () => {
  for (const round of rounds) {
    const to = `to-${round}`;
    await world.ask('POST /destinations', { body: world.destination(to) });
    const [saved, deleted] = await Promise.all([
      world.ask('POST /syncs', { body: world.sync(`late-${round}`, { destination: to }) }),
      world.ask(`DELETE /destinations/${to}`, { headers: any }),
    ]);
    const ends = [saved.http, deleted.http];
    expect([
      [201, 409],
      [422, 204],
    ]).toContainEqual(ends);
  }
}, 300_000);

test('a destination is changed, or a sync that would not fit it enabled, and never both', async () => {
  const fits = world.destination('fitting');
  await world.ask('POST /destinations', { body: fits });
  const sync = world.sync('fitting', { destination: 'fitting', enabled: false });
  expect((await world.ask('POST /syncs', { body: sync })).http).toBe(201);
  const { insert } = fits.actions;
  const fields = { ...insert?.fields, age: { required: true, static: false, hash: 'NONE' } };
  const other = {
    ...fits,
    actions: {
      ...fits.actions,
      insert: { ...insert, fields, body: '{"people": [$$.records.{"e": email, "a": age}]}' },
    },
  };
  const outcomes = new Set<string>();
  for (const _ of rounds) {
    const [changed, enabled] = await Promise.all([
      world.ask('PUT /destinations/fitting', { body: other, headers: any }),
      world.ask('POST /syncs/fitting/enable'),
    ]);
    outcomes.add(`${changed.http} ${enabled.http}`);
    expect([changed.http, enabled.http].filter((http) => http === 200)).toHaveLength(1);
    await world.ask('POST /syncs/fitting/disable');
    await world.ask('PUT /destinations/fitting', { body: fits, headers: any });
  }
  expect([...outcomes].every((each) => ['200 422', '422 200'].includes(each))).toBe(true);
}, 300_000);

test('a run goes to the audience that its sync has, though that is changed as it starts', async () => {
  const sync = world.sync('moving', { schedule: { type: 'manual' } });
  expect((await world.ask('POST /syncs', { body: sync })).http).toBe(201);
  const ends = new Set<number>();
  for (const round of rounds) {
    const audience = { id: `moved-${round}`, name: 'Moved' };
    const [moved, started] = await Promise.all([
      world.ask('PUT /syncs/moving', { body: { ...sync, audience }, headers: any }),
      world.ask('POST /syncs/moving/empty'),
    ]);
    ends.add(moved.http);
    const run = started.id ?? '';
    await world.mirror.follow('moving', run);
    const config = await world.mirror.state.get(configObject('moving', run));
    const pinned = JSON.parse(new TextDecoder().decode(config));
    const saved = await world.mirror.configs.getSync('moving');
    expect(pinned.sync.audience.id, `${moved.http} ${started.text}`).toBe(saved?.audience.id);
  }
  expect([...ends].every((http) => [200, 409].includes(http))).toBe(true);
}, 600_000);
