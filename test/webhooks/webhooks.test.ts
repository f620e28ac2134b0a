/** Webhooks as their owner knows them: saved, given a secret, tried, and told of the ends of runs, on both grounds. */
import { randomBytes } from 'node:crypto';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { addSync, type FlowWorld, grounds } from '../flow/world.ts';
import { until } from '../local/fixtures/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const signingKey = `whsec_${randomBytes(32).toString('base64')}`;
const Said = z.looseObject({ type: z.string(), data: z.looseObject({}) });
const csv = (...names: string[]) =>
  Buffer.from(
    `email,first_name,last_name,country,title\n${names.map((name) => `${name}@example.com,${name},B,C,1\n`).join('')}`,
  );

describe.each(grounds)('$on', ({ start }) => {
  let world: FlowWorld;
  let receiver: Receiver;
  let api: Awaited<ReturnType<FlowWorld['mirror']['serve']>>;

  beforeAll(async () => {
    world = await start();
    receiver = await startReceiver();
    api = await world.mirror.serve();
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await receiver.close();
  });

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
    const said: unknown = text === '' ? {} : JSON.parse(text);
    return {
      http: answer.status,
      ...z.looseObject({ items: z.array(z.unknown()).optional() }).parse(said),
    };
  }

  const settings = (changes: object = {}) => ({
    id: 'ours',
    name: 'Ours',
    url: `${receiver.url}/hook`,
    ...changes,
  });

  test('one that is saved and has its secret is told of the end of a run, signed', async () => {
    const created = await ask('POST', '/webhooks', settings());
    expect(created).toMatchObject({ http: 201, warnings: [{ code: 'secret-not-set' }] });
    const short = await ask('PUT', '/webhooks/ours/secret', { signingKey: 'whsec_c2hvcnQ=' });
    expect(short).toMatchObject({ http: 400 });
    const dark = await ask('POST', '/webhooks/ours/try');
    expect(dark, 'nothing goes out unsigned').toMatchObject({ http: 200, taken: false });
    expect(await ask('PUT', '/webhooks/ours/secret', { signingKey })).toMatchObject({ http: 200 });
    expect(await ask('POST', '/webhooks/ours/try')).toMatchObject({ taken: true });
    receiver.received.length = 0;
    await addSync(world, 'people');
    await world.mirror.export('exports/people/', new Map([['people.csv', csv('ada', 'bo')]]));
    const run = await world.mirror.start('people');
    await world.mirror.follow('people', run ?? '');
    await receiver.until(1);
    const [{ headers, body }] = receiver.received as [Receiver['received'][0]];
    const said = Said.parse(new Verifier(signingKey).verify(body, headers));
    expect(headers['webhook-id']).toBe(`run-ended/people/${run}`);
    expect(said).toMatchObject({
      type: 'run-ended',
      data: { sync: 'people', run, status: 'succeeded', counts: { insert: { delivered: 2 } } },
    });
    expect(body).not.toContain('example.com');
    await until(async () => (await ask('GET', '/webhooks/ours/deliveries')).items?.length === 0);
  });

  test('its secret stays at its address, and is nowhere shown', async () => {
    const moved = await ask(
      'PUT',
      '/webhooks/ours',
      settings({ url: 'https://other.example.com/' }),
      { 'if-match': '*' },
    );
    expect(moved).toMatchObject({ http: 409, code: 'secret-bound' });
    const path = await ask('PUT', '/webhooks/ours', settings({ url: `${receiver.url}/new` }), {
      'if-match': '*',
    });
    expect(path).toMatchObject({ http: 200 });
    const all = JSON.stringify([await ask('GET', '/webhooks/ours'), await ask('GET', '/audit')]);
    expect(all).not.toContain(signingKey.slice(6));
    expect(all).toContain('webhooks/ours');
    // No destination can have it sent to where it leads.
    const thief = await ask(
      'PUT',
      '/destinations/to-people',
      {
        ...(await ask('GET', '/destinations/to-people')),
        http: undefined,
        secret: '@webhooks/ours',
      },
      { 'if-match': '*' },
    );
    expect(thief).toMatchObject({ http: 400 });
    expect(await ask('PUT', '/webhooks/ours/secret', { signingKey: null })).toMatchObject({
      http: 200,
    });
    expect(
      await ask('PUT', '/webhooks/ours', settings({ url: 'https://other.example.com/' }), {
        'if-match': '*',
      }),
    ).toMatchObject({ http: 200 });
    expect(await ask('DELETE', '/webhooks/ours', undefined, { 'if-match': '*' })).toMatchObject({
      http: 204,
    });
    expect(await ask('GET', '/webhooks/ours')).toMatchObject({ http: 404 });
  });

  test.each([
    ['http://169.254.169.254/latest/meta-data', 'not-https'],
    ['https://169.254.169.254/latest/meta-data', 'forbidden-address'],
    ['https://10.0.0.1/hook', 'forbidden-address'],
    ['https://[::ffff:127.0.0.1]/hook', 'forbidden-address'],
    ['https://hooks.internal/x', 'forbidden-host'],
    ['https://user:pass@example.com/', 'webhook-url-invalid'],
    ['https://{{secret.token}}.example.com/', 'webhook-url-invalid'],
    ['https://example.com/{{secret.password}}', 'secret-unknown'],
    ['ftp://example.com/', 'webhook-url-invalid'],
    ['https://example.com/#part', 'webhook-url-invalid'],
  ])('%s is refused: %s', async (url, code) => {
    const answer = await ask('POST', '/webhooks', settings({ id: 'bad', name: 'Bad', url }));
    expect(answer).toMatchObject({ http: 422, problems: [{ pointer: '/url', code }] });
  });
});
