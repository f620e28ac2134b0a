/**
 * Origins × secrets: whatever a destination is changed to, what its secret holds goes where it was given for and nowhere else.
 * Each way of using a secret is tried against a server that notes what it hears.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalApi } from '../../local/api.ts';
import { sampleDestination } from '../../local/sample.ts';
import { secretFields } from '../../shared/contracts/authentication.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { addSync, type FlowWorld, mirrorFiles, startDirectWorld } from '../flow/world.ts';

const value = 'victim-s-value';
const values = Object.fromEntries(secretFields.map((field) => [field, `${value}-${field}`]));

interface Ear {
  readonly url: string;
  readonly heard: string[];
  readonly server: Server;
}

let world: FlowWorld;
let api: LocalApi;
let home: Ear;
let thief: Ear;

beforeAll(async () => {
  world = await startDirectWorld();
  api = await world.mirror.serve();
  [home, thief] = [await ear(), await ear()];
});
afterAll(async () => {
  await world.close();
  home.server.close();
  thief.server.close();
});

/** A platform and a token server in one. */
async function ear(): Promise<Ear> {
  const heard: string[] = [];
  const server = createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part as Uint8Array);
    heard.push(`${request.url} ${JSON.stringify(request.headers)} ${Buffer.concat(parts)}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: 'fetched', expires_in: 600 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, heard, server };
}

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

const oauth2 = (tokenUrl: string, more = {}) => ({
  type: 'oauth2' as const,
  tokenUrl: `${tokenUrl}/token`,
  clientId: 'client',
  clientAuthentication: 'body' as const,
  ...more,
});

/** Every way in which a destination uses a secret, as far as the origin is concerned. */
const uses: readonly [string, (base: string, token: string) => object][] = [
  ['basic', () => ({ authentication: { type: 'basic', userName: 'ada' } })],
  ['bearer', () => ({ authentication: { type: 'bearer' } })],
  ['apiKey', () => ({ authentication: { type: 'apiKey', header: 'x-key' } })],
  ['oauth2', (_, token) => ({ authentication: oauth2(token) })],
  ['refresh', (_, token) => ({ authentication: oauth2(token, { grant: 'refreshToken' }) })],
  [
    'parameters',
    (_, token) => ({ authentication: oauth2(token, { parameters: { key: '{{secret.apiKey}}' } }) }),
  ],
  ['signature', () => ({ signature: {} })],
  ['header', () => ({ headers: { 'x-other': '{{secret.apiKey}}' } })],
  ['query', () => ({ actions: actionsAt('/m?key={{secret.apiKey}}') })],
];

const actionsAt = (path: string) => {
  const action = { method: 'POST', path, body: '[$$.records.{"id": EMAIL}]', batchSize: 10 };
  return { insert: action, update: action, delete: action };
};

const destinationOf = (id: string, base: string, use: object) =>
  DestinationInput.parse({
    ...sampleDestination(base),
    actions: actionsAt('/m'),
    id,
    name: id,
    baseUrl: base,
    ...use,
  });

const row = { EMAIL: 'ada@example.com' };
const tryIt = (id: string) =>
  ask('POST', `/destinations/${id}/try`, { action: 'insert', row, confirm: id });

const nobodyHears = (what: string) => {
  expect(thief.heard.join('\n'), what).not.toContain(value);
  thief.heard.length = 0;
};

test.each(uses)(
  '%s: changed, stolen or stored past the API, nobody else hears it',
  async (use, of) => {
    const id = `victim-${use.toLowerCase()}`;
    const own = destinationOf(id, home.url, of(home.url, home.url));
    expect((await ask('POST', '/destinations', own)).status).toBe(201);
    expect((await ask('PUT', `/destinations/${id}/secret`, values)).status).toBe(200);
    expect((await tryIt(id)).text).toContain('"outcome":"delivered"');

    const movedBase = destinationOf(id, thief.url, of(thief.url, home.url));
    const movedToken = destinationOf(id, home.url, of(home.url, thief.url));
    const changes =
      JSON.stringify(movedToken) === JSON.stringify(own) ? [movedBase] : [movedBase, movedToken];
    for (const changed of changes) {
      const refused = await ask('PUT', `/destinations/${id}`, changed, { 'if-match': '*' });
      expect(refused.text).toContain('secret-elsewhere');
      const patched = { baseUrl: changed.baseUrl, authentication: changed.authentication };
      const patch = { 'if-match': '*', 'content-type': 'application/merge-patch+json' };
      expect((await ask('PATCH', `/destinations/${id}`, patched, patch)).text).toContain(
        'secret-elsewhere',
      );
      // Whoever writes to the table itself meets the look at the moment of sending.
      const before = await world.mirror.configs.getDestination(id);
      await world.mirror.configs.putDestination(changed, before?.version);
      expect((await tryIt(id)).text).toContain('secret-elsewhere');
      await world.mirror.configs.putDestination(own);
      nobodyHears(use);
    }

    const stealing = destinationOf(`thief-${use.toLowerCase()}`, thief.url, {
      ...of(thief.url, thief.url),
      secret: id,
    });
    expect((await ask('POST', '/destinations', stealing)).text).toContain('secret-elsewhere');
    await world.mirror.configs.putDestination(stealing);
    expect((await tryIt(stealing.id)).text).toContain('secret-elsewhere');
    const some = await ask('PUT', `/destinations/${stealing.id}/secret`, { token: 'x' });
    expect(some.text).toContain('secret-elsewhere');
    nobodyHears(use);
    expect((await tryIt(id)).text).toContain('"outcome":"delivered"');
  },
);

test('values that are all given again go to the new origin, and only these', async () => {
  const own = destinationOf('moving', home.url, { authentication: { type: 'bearer' } });
  await ask('POST', '/destinations', own);
  const path = '/destinations/moving';
  await ask('PUT', `${path}/secret`, { token: value, signingKey: value });
  const origins = [home.url, thief.url];
  for (const [given, status] of [
    [{ origins }, 422],
    [{ origins, token: 'new' }, 422],
    [{ origins: [thief.url], token: 'new', signingKey: null }, 422],
    [{ origins: [`${home.url}/path`], token: 'new', signingKey: null }, 400],
    [{ origins, token: 'new', signingKey: null }, 200],
  ] as const) {
    expect((await ask('PUT', `${path}/secret`, given)).status, JSON.stringify(given)).toBe(status);
  }
  const moved = { ...own, baseUrl: thief.url };
  expect((await ask('PUT', path, moved, { 'if-match': '*' })).status).toBe(200);
  expect((await tryIt('moving')).text).toContain('"outcome":"delivered"');
  expect(thief.heard.join()).toContain('Bearer new');
  nobodyHears('moved');
  // From then on it is for the new one alone.
  expect((await ask('PUT', `${path}/secret`, {})).status).toBe(200);
  expect((await ask('PUT', path, own, { 'if-match': '*' })).text).toContain('secret-elsewhere');
  const { text } = await ask('GET', '/audit?limit=5');
  expect(text).toContain('"/boundTo"');
  expect(text).not.toContain(value);
});

test('a secret that says nobody is for nobody; a destination that goes takes its own alone', async () => {
  const file = join(world.folder, 'secrets.json');
  const stored = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...stored, byhand: { token: value } }), { mode: 0o600 });
  await addSync(world, 'unbound', {
    destination: {
      baseUrl: thief.url,
      authentication: { type: 'bearer' },
      secret: 'byhand',
    },
  });
  const run = await mirrorFiles(
    world,
    'unbound',
    new Map([['a.csv', 'email,first_name,last_name,country,title\na@b.de,A,B,DE,\n']]),
  );
  expect(run).toMatchObject({ status: 'failed', result: { error: { code: 'secret-unbound' } } });
  nobodyHears('unbound');

  const borrowing = destinationOf('borrowing', thief.url, {
    authentication: { type: 'bearer' },
    secret: 'victim-bearer',
  });
  await world.mirror.configs.putDestination(borrowing);
  expect(
    (await ask('DELETE', '/destinations/borrowing', undefined, { 'if-match': '*' })).status,
  ).toBe(204);
  expect((await tryIt('victim-bearer')).text).toContain('"outcome":"delivered"');
});
