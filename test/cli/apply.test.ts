/** What is exported can be applied, and a dry run refuses what applying would. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { destinationYaml, syncYaml } from '../../cli/yaml/write.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { type ApiWorld, startApiWorld } from '../api/world.ts';
import { audienceMirror } from './world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.close());

const call = (...argv: string[]) =>
  audienceMirror([...argv, '--folder', world.folder], { cwd: world.folder });

function file(name: string, ...documents: string[]): string {
  const path = join(world.folder, name);
  writeFileSync(path, documents.join('---\n'));
  return path;
}

const destination = (id: string) =>
  destinationYaml(DestinationInput.parse(world.destination(id)), [], 's');
const sync = (id: string, changes: Partial<SyncInput> = {}) =>
  syncYaml(SyncInput.parse(world.sync(id, changes)), 's');

test('an unfinished sync that is switched off goes out and in again as it is', async () => {
  await world.ask('POST /destinations', { body: world.destination('crm') });
  const { mappings } = world.sync('unfinished');
  const unfinished = world.sync('unfinished', {
    enabled: false,
    mappings: { ...mappings, nobodyAsks: { column: 'nowhere' } },
  });
  const saved = await world.ask('POST /syncs', { body: unfinished });
  expect(saved.http, saved.text).toBe(201);
  expect(saved.warnings?.length).toBeGreaterThan(0);
  const exported = await call('export');
  expect(exported).toMatchObject({ code: 0 });
  const path = file('exported.yaml', exported.stdout);
  expect(await call('validate', '-f', path)).toMatchObject({ code: 0 });
  for (const more of [['--dry-run'], []]) {
    const applied = await call('apply', '-f', path, ...more);
    expect(applied, applied.stderr).toMatchObject({ code: 0 });
    expect(applied.stdout).toContain('0 new, 0 changed, 2 unchanged');
  }
});

test('a dry run refuses what applying would, and takes what it would', async () => {
  const unknown = file('unknown.yaml', sync('lost', { destination: 'nowhere' }));
  const taken = file('taken.yaml', destination('twin').replace('To twin', 'To crm'));
  const twins = file(
    'twins.yaml',
    destination('new'),
    sync('a', { destination: 'new' }),
    sync('b', { destination: 'new', audience: { id: 'a', name: 'a' } }),
  );
  for (const [path, code] of [
    [unknown, 'destination-unknown'],
    [taken, 'name-taken'],
    [twins, 'audience-shared'],
  ] as const) {
    for (const more of [['--dry-run'], []]) {
      const applied = await call('apply', '-f', path, ...more);
      expect(applied, `${path} ${more}`).toMatchObject({ code: 2 });
      expect(applied.stderr).toContain(code);
    }
  }
  const whole = file('whole.yaml', sync('c', { destination: 'whole' }), destination('whole'));
  const tried = await call('apply', '-f', whole, '--dry-run');
  expect(tried, tried.stderr).toMatchObject({ code: 0 });
  expect((await world.ask('GET /destinations/whole')).http).toBe(404);
  expect(await call('apply', '-f', whole)).toMatchObject({ code: 0 });
});
