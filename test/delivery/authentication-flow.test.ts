/** The whole system with secrets: the platform gets them, and nothing that is kept or logged does. */
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OAuth2, Signature } from '../../shared/contracts/authentication.ts';
import { Action } from '../../shared/contracts/destination.ts';
import { addSync, type FlowWorld, mirrorFiles, runOnce, startDirectWorld } from '../flow/world.ts';
import { canary, serve } from './authentication-support.ts';

let world: FlowWorld;
beforeAll(async () => {
  world = await startDirectWorld();
});
afterAll(() => world.close());

const secret = {
  token: `${canary}-bearer`,
  clientSecret: `${canary}-client`,
  signingKey: `${canary}-signing`,
};

/** Of whatever is served here. */
const origins: string[] = [];
const served: typeof serve = async (reply) => {
  const peer = await serve(reply);
  origins.push(new URL(peer.url).origin);
  await tellSecrets(0o600);
  return peer;
};

async function tellSecrets(mode: number): Promise<void> {
  const file = join(world.folder, 'secrets.json');
  const to = (destination: string) => ({ ...secret, boundTo: { destination, origins } });
  const secrets = {
    'to-first': to('to-first'),
    shared: to('to-second'),
    'to-third': to('to-third'),
    'to-fourth': to('to-fourth'),
  };
  await writeFile(file, JSON.stringify(secrets));
  await chmod(file, mode);
}

const files = new Map([['a.csv', 'email,first_name,last_name,country,title\na@b.de,A,B,DE,\n']]);

/** A run that has ended may still take its chunks away: then it is looked at again. */
async function listed() {
  for (;;) {
    try {
      return await readdir(world.folder, { recursive: true, withFileTypes: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

/** Everything kept that holds the text: files as they are, and objects as they are read; but for the secrets file. */
async function holding(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await listed()) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || entry.name === 'secrets.json') continue;
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) found.push(file);
  }
  for (const key of await world.mirror.state.list('')) {
    const bytes = Buffer.from((await world.mirror.state.get(key)) ?? []);
    const isCompressed = bytes.subarray(0, 2).toString('hex') === '1f8b';
    if ((isCompressed ? gunzipSync(bytes) : bytes).includes(text)) found.push(key);
  }
  return found;
}

test('a bearer token and a signature reach the platform, and nothing else', async () => {
  const platform = await served((seen) => ({ body: { echo: seen.headers } }));
  const destination = {
    baseUrl: platform.url,
    authentication: { type: 'bearer' as const },
    signature: Signature.parse({}),
    gzip: true,
  };
  await addSync(world, 'first', { destination });
  const run = await mirrorFiles(world, 'first', files);
  expect(run.status).toBe('succeeded');
  expect(platform.seen.length).toBeGreaterThan(0);
  expect(platform.seen[0]?.headers).toMatchObject({
    authorization: `Bearer ${secret.token}`,
    'x-signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    'content-encoding': 'gzip',
  });
  expect(await holding('a@b.de')).not.toEqual([]);
  expect(await holding(canary)).toEqual([]);
});

test('failures on the way repeat neither secret nor token', async () => {
  const fetched = `${canary}-access`;
  const authorization = await served((_, index) =>
    index === 0 ? { status: 500, body: canary } : { body: { access_token: fetched } },
  );
  const platform = await served((seen, index) => ({
    status: [401, 500, 400][index] ?? 403,
    body: { echo: seen.headers, text: canary },
    headers: { 'x-echo': seen.headers['authorization'] ?? '' },
  }));
  const authentication = OAuth2.parse({
    type: 'oauth2',
    tokenUrl: authorization.url,
    clientId: 'client',
    clientAuthentication: 'body',
  });
  await addSync(world, 'second', {
    destination: { baseUrl: platform.url, authentication, secret: 'shared' },
  });
  const run = await mirrorFiles(world, 'second', files);
  expect(run).toMatchObject({ status: 'failed', result: { error: { code: 'nothing-accepted' } } });
  expect(platform.seen.length).toBeGreaterThanOrEqual(3);
  expect(platform.seen[0]?.headers['authorization']).toBe(`Bearer ${fetched}`);
  expect(await holding('http-400')).not.toEqual([]);
  const locked = await runOnce(world.mirror, 'second');
  expect(locked).toMatchObject({ status: 'failed', result: { error: { code: 'http-403' } } });
  expect(await holding(canary)).toEqual([]);
});

test('values named in a header, the query and a token request stand nowhere else, whatever the platform says', async () => {
  const authorization = await served(() => ({ body: { access_token: `${canary}-named-access` } }));
  const platform = await served((seen, index) => ({
    status: [200, 400, 500][index] ?? 403,
    body: { second: seen.headers['x-second'], url: seen.url },
    headers: { 'x-echo': seen.headers['x-second'] ?? '' },
  }));
  const authentication = OAuth2.parse({
    type: 'oauth2',
    tokenUrl: authorization.url,
    clientId: 'client',
    parameters: { device: '{{secret.signingKey}}' },
    tokenPlace: { query: 'access_token' },
  });
  const action = {
    method: 'POST' as const,
    path: '/members?key={{secret.token}}',
    body: '[$$.records.{"email": email}]',
    batchSize: 1,
  };
  await addSync(world, 'fourth', {
    destination: {
      baseUrl: platform.url,
      authentication,
      headers: { 'x-second': 'Key {{secret.signingKey}}' },
      actions: { insert: Action.parse(action) },
    },
    sync: { mappings: { email: { column: 'email' } } },
  });
  const rows = ['a@b.de', 'b@b.de', 'c@b.de'].map((each) => `${each},A,B,DE,\n`).join('');
  const head = 'email,first_name,last_name,country,title\n';
  await mirrorFiles(world, 'fourth', new Map([['a.csv', head + rows]]));
  expect(authorization.seen[0]?.body.toString()).toContain(`device=${secret.signingKey}`);
  expect(platform.seen[0]?.url).toContain(`key=${secret.token}`);
  expect(platform.seen[0]?.url).toContain(`access_token=${canary}-named-access`);
  expect(platform.seen[0]?.headers['x-second']).toBe(`Key ${secret.signingKey}`);
  expect(platform.seen.length).toBeGreaterThan(1);
  expect(await holding(canary)).toEqual([]);
});

test('a secrets file that others can read stops the run, with the mend in its error', async () => {
  const platform = await served(() => ({}));
  await addSync(world, 'third', {
    destination: { baseUrl: platform.url, authentication: { type: 'bearer' } },
  });
  await tellSecrets(0o644);
  const run = await mirrorFiles(world, 'third', files);
  await tellSecrets(0o600);
  expect(run.status).toBe('failed');
  expect(run.result?.error).toMatchObject({
    code: 'secrets-file-open',
    message: expect.stringContaining('chmod 600'),
  });
  expect(platform.seen).toEqual([]);
  expect(await holding(canary)).toEqual([]);
});
