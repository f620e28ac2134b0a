/**
 * What proves who sends a request, as the one who is asked would check it: assertions and signatures are verified with Node's
 * own means and the public key, refresh tokens by a server that takes each once.
 */
import { createHash, createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { authenticationProblems } from '../../shared/domain/platform/authentication.ts';
import { checkHeaders } from '../../shared/domain/platform/headers.ts';
import { parsePath } from '../../shared/domain/platform/path.ts';
import { actionProblems } from '../../shared/domain/request/action-checks.ts';
import {
  allValues,
  canary,
  destinationWith,
  request,
  serve,
  setUp,
  statusOf,
} from './authentication-support.ts';

const oauth2 = (tokenUrl: string, more: object) => ({
  authentication: { type: 'oauth2', tokenUrl, clientId: 'client-1', ...more },
});
const formOf = (body: Buffer) => Object.fromEntries(new URLSearchParams(body.toString()));

describe('values of the secret by name', () => {
  test('stand in headers, in the query and in parameters of a token request', async () => {
    const login = await serve(() => ({ body: { access_token: 'A1' } }));
    const platform = await serve(() => ({}));
    const { senderOf } = setUp();
    const sender = senderOf({
      ...oauth2(login.url, { parameters: { account_id: '7', login_token: '{{secret.password}}' } }),
      headers: { DeveloperToken: '{{secret.apiKey}}', 'x-plain': 'x' },
    });
    const asked = request(`${platform.url}/users?key={{secret.token}}&list=1`, {
      headers: { developertoken: 'k-{{secret.apiKey}}', 'x-plain': 'x' },
    });
    expect(statusOf(await sender.send(asked))).toBe(200);
    expect(platform.seen[0]).toMatchObject({
      url: `/users?key=${allValues.token}&list=1`,
      headers: {
        developertoken: `k-${allValues.apiKey}`,
        'x-plain': 'x',
        authorization: 'Bearer A1',
      },
    });
    expect(formOf(login.seen[0]?.body ?? Buffer.alloc(0))).toMatchObject({
      grant_type: 'client_credentials',
      account_id: '7',
      login_token: allValues.password,
    });
  });

  test('reach a platform without any other authentication, and none that the secret lacks', async () => {
    const platform = await serve(() => ({}));
    const { senderOf } = setUp({ apiKey: 'k' });
    const sender = senderOf({ headers: { authorization: 'Key {{secret.apiKey}}' } });
    const headers = { authorization: 'Key {{secret.apiKey}}' };
    await sender.send(request(platform.url, { headers }));
    expect(platform.seen[0]?.headers['authorization']).toBe('Key k');
    const missing = { 'x-key': '{{secret.password}}' };
    const answer = await sender.send(request(platform.url, { headers: missing }));
    expect(statusOf(answer)).toBe('secret-incomplete');
    expect(platform.seen).toHaveLength(1);
  });

  test('stand nowhere else', () => {
    const codes = (path: string) => {
      const read = parsePath(path);
      return read.ok ? [] : read.problems.map(({ code }) => code);
    };
    expect(codes('/a?api_key={{secret.apiKey}}')).toEqual([]);
    expect(codes('/a/{{secret.apiKey}}')).toEqual(['path-secret']);
    expect(codes('/a?k={{secret.other}}')).toEqual(['secret-unknown']);
    expect(codes('/a?api_key=abc')).toEqual(['path-credential']);
    expect(checkHeaders({ 'x-api-key': '{{secret.apiKey}}' })).toEqual([]);
    expect(checkHeaders({ 'x-api-key': 'abc' })).toMatchObject([{ code: 'header-secret' }]);
    expect(checkHeaders({ 'x-k': '{{secret.nothing}}' })).toMatchObject([
      { code: 'secret-unknown' },
    ]);
    const body = "{'a': [$$.records.{'k': '{{secret.apiKey}}', 'b': B}]}";
    const { actions, headers } = destinationWith({
      headers: { 'x-k': '{{secret.apiKey}} {{connection.x}}' },
      actions: { insert: { path: '/', body } },
    });
    const found = actionProblems({ actions, headers }).map(({ path }) => path);
    expect(found).toEqual(['destination.headers["x-k"]', 'destination.actions.insert.body']);
  });
});

describe('an assertion', () => {
  test.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ] as const)(
    'of %s is one that the public key takes',
    async (algorithm, { privateKey, publicKey }) => {
      const login = await serve(() => ({ body: { access_token: 'A1', expires_in: 3600 } }));
      const platform = await serve(() => ({}));
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const { senderOf, clock } = setUp({ privateKey: pem.replaceAll('\n', '\\n') });
      const assertion = { algorithm, keyId: 'key-1', subject: 'user@example.com' };
      const sender = senderOf(
        oauth2(login.url, { grant: 'jwtBearer', scope: 'audiences', assertion }),
      );
      expect(statusOf(await sender.send(request(platform.url)))).toBe(200);
      expect(platform.seen[0]?.headers['authorization']).toBe('Bearer A1');
      const form = formOf(login.seen[0]?.body ?? Buffer.alloc(0));
      expect(form['grant_type']).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
      const [head = '', claims = '', signature = ''] = form['assertion']?.split('.') ?? [];
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
      const signed = Buffer.from(`${head}.${claims}`);
      expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
      const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
      expect(read(head)).toEqual({ alg: algorithm, typ: 'JWT', kid: 'key-1' });
      const iat = Math.floor(clock.at / 1_000);
      expect(read(claims)).toEqual({
        iss: 'client-1',
        sub: 'user@example.com',
        aud: login.url,
        iat,
        exp: iat + 3_600,
        scope: 'audiences',
      });
    },
  );

  test('with a key that is none sends nothing, and says so without it', async () => {
    const login = await serve(() => ({ body: { access_token: 'A1' } }));
    const { senderOf } = setUp();
    const answer = await senderOf(oauth2(login.url, { grant: 'jwtBearer' })).send(
      request(login.url),
    );
    expect(answer).toMatchObject({ kind: 'refused', code: 'secret-unreadable' });
    expect(JSON.stringify(answer)).not.toContain(canary);
    expect(login.seen).toEqual([]);
  });
});

describe('a refresh token', () => {
  /** Takes each refresh token once, and gives the next. */
  const rotating = (used: Set<string>) =>
    serve((seen) => {
      const token = formOf(seen.body)['refresh_token'] ?? '';
      if (used.has(token)) return { status: 400, body: { error: 'invalid_grant' } };
      used.add(token);
      const number = used.size;
      return {
        body: {
          access_token: `A${number}`,
          expires_in: 3600,
          refresh_token: `${canary}-R${number}`,
        },
      };
    });

  test('that rotates is stored before what came with it is used, and is used next', async () => {
    const login = await rotating(new Set());
    const stored: number[] = [];
    const setup = setUp();
    const platform = await serve(() => {
      stored.push(setup.secrets.stored.length);
      return { status: stored.length === 1 ? 401 : 200 };
    });
    const sender = setup.senderOf(oauth2(login.url, { grant: 'refreshToken' }));
    expect(statusOf(await sender.send(request(platform.url)))).toBe(200);
    expect(stored).toEqual([1, 2]);
    expect(setup.secrets.stored).toEqual([
      { refreshToken: `${canary}-R1` },
      { refreshToken: `${canary}-R2` },
    ]);
    expect(login.seen.map(({ body }) => formOf(body)['refresh_token'])).toEqual([
      allValues.refreshToken,
      `${canary}-R1`,
    ]);
    expect(platform.seen[1]?.headers['authorization']).toBe('Bearer A2');
  });

  test('is not burned by two functions at once', async () => {
    const used = new Set<string>();
    const login = await rotating(used);
    const platform = await serve(() => ({}));
    const setup = setUp();
    // Each destination's version has a token of its own, as each warm function has.
    const senders = [1, 2].map((version) =>
      setup.senderOf({ ...oauth2(login.url, { grant: 'refreshToken' }), version }),
    );
    const answers = await Promise.all(senders.map((each) => each.send(request(platform.url))));
    expect(answers.map(statusOf).sort()).toEqual([200, 'token-unavailable']);
    setup.clock.at += 2_000;
    const again = await Promise.all(senders.map((each) => each.send(request(platform.url))));
    expect(again.map(statusOf)).toEqual([200, 200]);
    expect(used.size).toBe(2);
    expect(login.seen).toHaveLength(2);
  });

  test('that could not be stored is stored before anything else is asked', async () => {
    const login = await rotating(new Set());
    const platform = await serve(() => ({}));
    const setup = setUp();
    const sender = setup.senderOf(oauth2(login.url, { grant: 'refreshToken' }));
    setup.secrets.failing = true;
    const failed = await sender.send(request(platform.url));
    expect(failed).toMatchObject({ kind: 'none', sent: false });
    expect(platform.seen).toEqual([]);
    setup.secrets.failing = false;
    expect(statusOf(await sender.send(request(platform.url)))).toBe(200);
    expect(setup.secrets.stored[0]).toEqual({ refreshToken: `${canary}-R1` });
    expect(login.seen.map(({ body }) => formOf(body)['refresh_token'])).toEqual([
      allValues.refreshToken,
      `${canary}-R1`,
    ]);
  });
});

test('what the document shows can be saved', () => {
  const page = readFileSync(new URL('../../docs/authentication.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const shown = blocks.map((text) => JSON.parse(text)).filter((each) => 'authentication' in each);
  expect(shown).toHaveLength(3);
  for (const settings of shown) {
    const destination = destinationWith(settings);
    const policy = { allowLoopbackHttp: false };
    expect(authenticationProblems(destination, policy)).toEqual([]);
    expect(checkHeaders(destination.headers)).toEqual([]);
  }
});

test.each([
  [
    { header: 'Access-Token', scheme: '' },
    { url: '', headers: { 'access-token': 'A1' } },
  ],
  [
    { header: 'authorization', scheme: 'Zoho' },
    { url: '', headers: { authorization: 'Zoho A1' } },
  ],
  [{ query: 'access_token' }, { url: '?access_token=A1', headers: {} }],
])('a token goes to %j, and is renewed there', async (tokenPlace, seen) => {
  const login = await serve((_, index) => ({ body: { access_token: `A${index + 1}` } }));
  const platform = await serve((_, index) => ({ status: index === 0 ? 200 : 401 }));
  const sender = setUp().senderOf(oauth2(login.url, { tokenPlace }));
  await sender.send(request(platform.url, { headers: {} }));
  expect(platform.seen[0]).toMatchObject(seen);
  await sender.send(request(platform.url, { headers: {} }));
  expect(login.seen).toHaveLength(2);
  expect(JSON.stringify(platform.seen[2])).toContain('A2');
});

describe('a signature', () => {
  const body = Buffer.from('{"a":1}');
  const sha256 = createHash('sha256').update(body).digest('hex');
  const at = 1_800_000_000;

  test.each([
    [
      'The Trade Desk: SHA-1 of the body in Base64',
      { algorithm: 'sha1', encoding: 'base64', signs: '{{body}}', timestampHeader: null },
      body.toString(),
      '',
    ],
    [
      'method, path and hash of the body',
      { signs: '{{method}}\n{{path}}\n{{timestamp}}\n{{bodyHash}}' },
      `POST\n/PATH?x=1\n${at}\n${sha256}`,
      '',
    ],
    [
      'milliseconds, host',
      { timestamp: 'milliseconds', signs: '{{timestamp}}{{host}}', algorithm: 'sha512' },
      `${at}000HOST`,
      '',
    ],
    [
      'a moment',
      { timestamp: 'iso', signs: '{{timestamp}}' },
      new Date(at * 1_000).toISOString(),
      '',
    ],
    [
      'a header of several parts',
      { value: 't={{timestamp}},v1={{signature}}' },
      `${at}.{"a":1}`,
      `t=${at},v1=`,
    ],
  ] as const)('%s', async (_, signature, signed, before) => {
    const platform = await serve(() => ({}));
    const sender = setUp().senderOf({ signature });
    await sender.send(request(`${platform.url}?x=1`, { body }));
    const { host, pathname } = new URL(platform.url);
    const text = signed.replace('/PATH', pathname).replace('HOST', host);
    const { algorithm = 'sha256', encoding = 'hex' } = signature as {
      algorithm?: string;
      encoding?: 'hex' | 'base64';
    };
    const hmac = createHmac(algorithm, allValues.signingKey ?? '')
      .update(text)
      .digest(encoding);
    expect(platform.seen[0]?.headers['x-signature']).toBe(before + hmac);
    const isTold = platform.seen[0]?.headers['x-signature-timestamp'] !== undefined;
    expect(isTold).toBe(!('timestampHeader' in signature));
  });

  test('and a token request with what means nothing are refused when they are saved', () => {
    const problems = authenticationProblems(
      destinationWith({
        ...oauth2('https://login.example.com/token', {
          parameters: {
            client_secret: 'x',
            api_key: 'abc',
            x: '{{secret.none}}',
            ok: '{{secret.apiKey}}',
          },
          assertion: {},
        }),
        signature: { signs: '{{bodi}}', value: '{{timestamp}}{{body}}' },
      }),
      { allowLoopbackHttp: false },
    );
    expect(problems.map(({ code }) => code)).toEqual([
      'token-parameter',
      'token-parameter',
      'secret-unknown',
      'token-assertion',
      'signature-placeholder',
      'signature-placeholder',
    ]);
    expect(JSON.stringify(problems)).not.toContain('abc');
  });
});
