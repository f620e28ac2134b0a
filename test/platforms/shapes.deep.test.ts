/**
 * Whole destinations of the shapes that platforms document, over real sockets: a first run, and one in which somebody changed,
 * somebody left and somebody came. What is sent is held byte for byte against what the platform's documentation asks for.
 */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDirect } from '../../local/direct/system.ts';
import type { LocalSystem } from '../../local/system.ts';
import { first, later, mapped, shapes } from './shapes.ts';
import { none, type Reply, type Seen, stage } from './stage.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** By sync. */
const secrets: Readonly<Record<string, object>> = {
  'two-secrets': { token: 'bearer-of-it', apiKey: 'subscription-of-it' },
  'key-in-query': { apiKey: 'a key&more' },
  'refresh-token': { clientSecret: 'client secret', refreshToken: 'first/refresh' },
  'service-account': { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
};

let mirror: LocalSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shapes-'));
  mirror = await startDirect(folder);
}, 60_000);
afterAll(async () => {
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

const line = ({ method, path, text }: Seen) => `${method} ${path} ${text}`;

const mappingsOf = (fields = Object.keys(mapped)) =>
  Object.fromEntries(Object.entries(mapped).filter(([name]) => fields.includes(name)));

/** A secret is for one destination and its origins. */
async function tellSecret(id: string, platform: string): Promise<void> {
  const file = join(folder, 'secrets.json');
  const boundTo = { destination: `to-${id}`, origins: [new URL(platform).origin] };
  await writeFile(file, JSON.stringify({ [`to-${id}`]: { ...secrets[id], boundTo } }));
  await chmod(file, 0o600);
}

async function play(setting: {
  readonly id: string;
  readonly destination: object;
  readonly fields?: readonly string[] | undefined;
  readonly answer?: (seen: Seen) => Reply;
}) {
  const { id, destination, fields, answer = () => ({}) } = setting;
  const sync = { mappings: mappingsOf(fields && [...fields]) };
  const staged = await stage(mirror, { id, destination, sync, answer });
  if (secrets[id]) await tellSecret(id, staged.platform.url);
  return { ...staged, [Symbol.asyncDispose]: () => staged.platform.close() };
}

describe('byte for byte', { timeout: 120_000 }, () => {
  test.each(shapes)('$name', async ({ name, headers = {}, fields, ...shape }) => {
    const { insert, update, delete: removal } = shape;
    await using staged = await play({
      id: name,
      fields,
      destination: { headers, actions: { insert, update, delete: removal } },
    });
    const { seen } = staged.platform;
    expect((await staged.run(first)).status).toBe('succeeded');
    expect(seen.map(line)).toEqual(shape.first);
    seen.length = 0;
    expect((await staged.run(later)).status).toBe('succeeded');
    expect(seen.map(line)).toEqual(shape.later);
    for (const each of seen.filter(({ text }) => text !== ''))
      expect(each.headers).toMatchObject(shape.sent ?? { 'content-type': 'application/json' });
    for (const each of seen.filter(({ text }) => text === ''))
      expect(each.headers['content-type']).toBeUndefined();
    expect((await staged.run(later)).status).toBe('unchanged');
  });
});

const byEmail = (more: object) => ({
  insert: { path: '/m', body: '{"emails": [$$.records.EMAIL]}', ...more },
  update: 'insert',
  delete: { method: 'DELETE', path: '/m', body: '{"emails": [$$.records.EMAIL]}' },
});

describe('answers that name members', { timeout: 120_000 }, () => {
  test.each([
    [
      'by-address',
      '$$.body.errors.{"id": email_address, "code": error_code}',
      { errors: [{ email_address: 'bea+1@x.test', error_code: 'ERROR_CONTACT_EXISTS' }] },
    ],
    [
      'by-place',
      '[$$.body.results.{"failed": status >= 400, "code": "status-" & $string(status)}]',
      { results: [{ status: 201 }, { status: 422 }] },
    ],
    [
      'by-pointer',
      '$$.body.errors.{"index": $substringBefore($substringAfter(source.pointer, "/data/"), "/"), "code": code}',
      { errors: [{ source: { pointer: '/data/1/attributes/email' }, code: 'invalid' }] },
    ],
  ])('%s', async (id, failed, body) => {
    await using staged = await play({
      id,
      fields: ['EMAIL'],
      destination: { actions: byEmail({ responseRules: { failed } }) },
      answer: ({ text }) => (text.includes('bea') ? { body } : {}),
    });
    const run = await staged.run(first);
    expect(run.result?.counts?.insert).toEqual({ ...none, delivered: 1, rejected: 1 });
    staged.platform.answer = () => ({});
    await staged.run(first);
    expect(staged.platform.seen.map(line)).toEqual([
      'POST /m {"emails":["ada@x.test","bea+1@x.test"]}',
      'POST /m {"emails":["bea+1@x.test"]}',
    ]);
  });
});

describe('who it is from', { timeout: 120_000 }, () => {
  test('two secrets: a bearer token and a subscription key', async () => {
    await using staged = await play({
      id: 'two-secrets',
      fields: ['EMAIL'],
      destination: {
        authentication: { type: 'bearer' },
        headers: { 'subscription-key': '{{secret.apiKey}}' },
        actions: byEmail({}),
      },
    });
    expect((await staged.run(first)).status).toBe('succeeded');
    expect(staged.platform.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer bearer-of-it',
      'subscription-key': 'subscription-of-it',
    });
  });

  test('a key in the query', async () => {
    await using staged = await play({
      id: 'key-in-query',
      fields: ['EMAIL'],
      destination: { actions: byEmail({ path: '/m?api_key={{secret.apiKey}}' }) },
    });
    expect((await staged.run(first)).status).toBe('succeeded');
    expect(staged.platform.seen.map(line)).toEqual([
      'POST /m?api_key=a%20key%26more {"emails":["ada@x.test","bea+1@x.test"]}',
    ]);
  });

  /** RFC 6749, sections 2.3.1 and 6. */
  test('a refresh token, and the one that takes its place', async () => {
    const oauth = (tokenUrl: string) => ({
      authentication: { type: 'oauth2', grant: 'refreshToken', clientId: 'client 1', tokenUrl },
    });
    let good = '';
    await using staged = await play({
      id: 'refresh-token',
      fields: ['EMAIL'],
      destination: { ...oauth('http://127.0.0.1:9/token'), actions: byEmail({}) },
      answer: ({ path, text, headers }) => {
        if (path !== '/token')
          return headers.authorization === `Bearer ${good}` ? {} : { status: 401 };
        good = `access-for-${new URLSearchParams(text).get('refresh_token')}`;
        return { body: { access_token: good, token_type: 'Bearer', refresh_token: 'second' } };
      },
    });
    await staged.change(oauth(`${staged.platform.url}/token`));
    expect((await staged.run(first)).status).toBe('succeeded');
    const [asked, sent] = staged.platform.seen;
    expect(asked && line(asked)).toBe(
      'POST /token grant_type=refresh_token&refresh_token=first%2Frefresh',
    );
    const credentials = Buffer.from('client+1:client+secret').toString('base64');
    expect(asked?.headers.authorization).toBe(`Basic ${credentials}`);
    expect(sent?.headers.authorization).toBe('Bearer access-for-first/refresh');
    good = 'revoked since';
    expect((await staged.run(later)).status).toBe('succeeded');
    const last = staged.platform.seen.filter(({ path }) => path === '/token').at(-1);
    expect(last?.text).toBe('grant_type=refresh_token&refresh_token=second');
  });

  /** RFC 7523, sections 2.1 and 3; Google, "Using OAuth 2.0 for Server to Server Applications". */
  test('an assertion that a service account signs', async () => {
    const oauth = (tokenUrl: string) => ({
      authentication: {
        type: 'oauth2',
        grant: 'jwtBearer',
        clientId: 'robot@x.test',
        scope: 'audiences',
        tokenUrl,
        assertion: { keyId: 'k1' },
        clientAuthentication: 'none',
      },
    });
    await using staged = await play({
      id: 'service-account',
      fields: ['EMAIL'],
      destination: { ...oauth('http://127.0.0.1:9/token'), actions: byEmail({}) },
      answer: ({ path }) =>
        path === '/token'
          ? { status: 201, body: { access_token: 'of-robot', token_type: 'BearerToken' } }
          : {},
    });
    const tokenUrl = `${staged.platform.url}/token`;
    await staged.change(oauth(tokenUrl));
    expect((await staged.run(first)).status).toBe('succeeded');
    const [asked, sent] = staged.platform.seen;
    const form = new URLSearchParams(asked?.text);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
    expect(read(claims)).toMatchObject({ iss: 'robot@x.test', aud: tokenUrl, scope: 'audiences' });
    expect(read(claims).exp - read(claims).iat).toBeLessThanOrEqual(3_600);
    const signed = Buffer.from(`${head}.${claims}`);
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(sent?.headers.authorization).toBe('Bearer of-robot');
  });
});
