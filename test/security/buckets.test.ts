/**
 * Whoever may save a sync may choose what is read, and whoever may read is shown it: so only the buckets that the deployment
 * names are read, at whatever door, and the product's own never.
 */
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalApi } from '../../local/api.ts';
import { buckets } from '../../local/aws/identity.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import { type FlowWorld, startDirectWorld, startWorld } from '../flow/world.ts';

const others = [buckets.state, buckets.logs, 'somebody-elses'];

describe.each([
  ['in one process', startDirectWorld],
  ['over the embedded AWS', () => startWorld()],
] as const)('%s', (_ground, start) => {
  let world: FlowWorld;
  let api: LocalApi;
  const syncOf = (id: string, bucket: string, enabled: boolean) =>
    SyncInput.parse({
      ...sampleSyncOf(),
      source: { bucket, prefix: 'runs/' },
      id,
      name: id,
      destination: 'crm',
      audience: { id, name: id },
      enabled,
    });

  beforeAll(async () => {
    world = await start();
    api = await world.mirror.serve();
    const destination = { ...sampleDestination(world.platform.url), id: 'crm', name: 'crm' };
    await world.mirror.configs.putDestination(DestinationInput.parse(destination));
  });
  afterAll(() => world.close());

  async function ask(method: string, path: string, body?: object, headers = {}) {
    const answer = await request(`${api.url}/v1${path}`, {
      method: method as 'GET',
      headers: {
        authorization: `Bearer ${api.tokens.write}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  test.each(others)('%s is refused at save, for an unfinished sync too', async (bucket) => {
    for (const enabled of [true, false]) {
      const body = syncOf('spy', bucket, enabled);
      for (const call of [
        ask('POST', '/syncs', body),
        ask('PUT', '/syncs/spy', body, { 'if-none-match': '*' }),
        ask('POST', '/syncs/validate', body),
      ]) {
        const { status, text } = await call;
        expect(text).toContain('bucket-not-named');
        expect(status).toBe(422);
      }
    }
    expect(await world.mirror.configs.getSync('spy')).toBeUndefined();
  });

  test.each(others)('%s is not read, whoever stored the sync', async (bucket) => {
    const id = `stored-${bucket}`;
    const stored = syncOf(id, bucket, true);
    await world.mirror.configs.putSync(stored);
    const { source } = stored;
    for (const call of [
      ask('GET', `/syncs/${id}/columns?rows=5`),
      ask('POST', '/syncs/columns', { source, rows: 5 }),
      ask('POST', '/preview', { destination: 'crm', sync: id, action: 'insert' }),
      ask('POST', '/preview', { destination: 'crm', sync: stored, action: 'insert' }),
    ]) {
      const { status, text } = await call;
      expect(text).toContain('bucket-not-named');
      expect(status).toBe(422);
    }
    const started = await ask('POST', `/syncs/${id}/runs`, {});
    const adopted = await ask('POST', `/syncs/${id}/adopt`, { source });
    for (const { text } of [started, adopted]) {
      const run = (JSON.parse(text) as { id?: string; run?: string }).id;
      const ended = run ? (await world.mirror.follow(id, run)).result?.error?.code : text;
      expect(ended).toContain('bucket-not-named');
    }
  });
});
