/** OAuth 2.0 client credentials: tokens are asked for once, used until shortly before they expire, and renewed once on 401. */

import { expect, test } from 'vitest';
import type { HttpAnswer } from '../../shared/contracts/http.ts';
import { fateOf } from '../../shared/domain/response/fate.ts';
import {
  canary,
  type Peer,
  type Reply,
  request,
  type Seen,
  serve,
  setUp,
  statusOf,
} from './authentication-support.ts';

const numbered = (index: number): Reply => ({
  body: { access_token: `${canary}-${index}`, token_type: 'Bearer', expires_in: 3_600 },
});

interface World extends ReturnType<typeof setUp> {
  readonly authorization: Peer;
  readonly platform: Peer;
  ask(more?: Parameters<typeof request>[1], settings?: object): Promise<HttpAnswer>;
  send(settings?: object): Promise<string | number>;
  sent(): (string | undefined)[];
}

/** `settings` of the authentication. */
async function worldOf(
  tokens: (seen: Seen, index: number) => Reply | Promise<Reply> = (_, index) => numbered(index),
  platformReply: (seen: Seen, index: number) => Reply | Promise<Reply> = () => ({}),
  settings: object = {},
): Promise<World> {
  const authorization = await serve(tokens);
  const platform = await serve(platformReply);
  const made = setUp();
  const { url: tokenUrl } = authorization;
  const authentication = { type: 'oauth2', tokenUrl, clientId: 'client', ...settings };
  const ask: World['ask'] = (more, destination = {}) =>
    made.senderOf({ authentication, ...destination }).send(request(platform.url, more));
  return {
    ...made,
    authorization,
    platform,
    ask,
    send: async (more = {}) => statusOf(await ask({}, more)),
    sent: () => platform.seen.map(({ headers }) => headers['authorization']),
  };
}

const form = (seen: Seen | undefined) =>
  Object.fromEntries(new URLSearchParams(seen?.body.toString()));

test('the client is named in the header, encoded as RFC 6749 asks', async () => {
  const { authorization, send, sent } = await worldOf(undefined, undefined, {
    clientId: 'a:b c',
    scope: 'audiences.read audiences.write',
    audience: 'https://api.example.com/',
  });
  expect(await send()).toBe(200);
  expect(sent()).toEqual([`Bearer ${canary}-0`]);
  const [asked] = authorization.seen;
  expect(asked?.method).toBe('POST');
  expect(asked?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('a%3Ab+c:CANARY-s3cr3t-clientSecret').toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': expect.stringContaining('audience-mirror/'),
  });
  expect(form(asked)).toEqual({
    grant_type: 'client_credentials',
    scope: 'audiences.read audiences.write',
    audience: 'https://api.example.com/',
  });
});

test('or in the form', async () => {
  const { authorization, send } = await worldOf(undefined, undefined, {
    clientAuthentication: 'body',
  });
  expect(await send()).toBe(200);
  expect(authorization.seen[0]?.headers).not.toHaveProperty('authorization');
  expect(form(authorization.seen[0])).toEqual({
    grant_type: 'client_credentials',
    client_id: 'client',
    client_secret: 'CANARY-s3cr3t-clientSecret',
  });
});

test('a token is kept until 60 seconds before it expires, over all turns of a warm function', async () => {
  const { authorization, send, sent, clock } = await worldOf();
  await send();
  clock.at += 3_539_000;
  await send();
  expect(authorization.seen).toHaveLength(1);
  clock.at += 1_000;
  await send();
  expect(authorization.seen).toHaveLength(2);
  expect(sent()).toEqual([0, 0, 1].map((index) => `Bearer ${canary}-${index}`));
});

test.each([
  ['a text', '3600', 3_540],
  ['short', 60, 30],
  ['missing', undefined, 300],
  ['null', null, 300],
  ['not a number', 'soon', 300],
  ['0', 0, 300],
  ['negative', -1, 300],
  ['beyond a day', 1e12, 86_340],
])('a lifetime that is %s', async (_, expires_in, seconds) => {
  const { authorization, send, clock } = await worldOf(() => ({
    body: { access_token: 't', expires_in },
  }));
  await send();
  clock.at += seconds * 1_000 - 1;
  await send();
  expect(authorization.seen).toHaveLength(1);
  clock.at += 1;
  await send();
  expect(authorization.seen).toHaveLength(2);
});

test.each([
  [201, 'BearerToken'],
  [200, 'bearer_token'],
  [203, 'BEARER'],
  [200, null],
])('%s with a token of type %s is a token', async (status, token_type) => {
  const { send, sent } = await worldOf(() => ({
    status,
    body: { access_token: 't', token_type },
  }));
  expect(await send()).toBe(200);
  expect(sent()).toEqual(['Bearer t']);
});

test('another version and another destination have tokens of their own', async () => {
  const { authorization, send } = await worldOf();
  for (const more of [{}, { version: 2 }, { id: 'other' }, {}]) await send(more);
  expect(authorization.seen).toHaveLength(3);
});

test('20 requests at once ask for one token', async () => {
  const { authorization, send } = await worldOf(async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return numbered(index);
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => send()));
  expect(answers).toEqual(Array.from({ length: 20 }, () => 200));
  expect(authorization.seen).toHaveLength(1);
});

test('a 401 renews the token and sends the same request once more, at once', async () => {
  const { platform, authorization, send, sent } = await worldOf(undefined, (_, index) => ({
    status: index === 0 ? 401 : 200,
  }));
  expect(await send()).toBe(200);
  expect(sent()).toEqual([`Bearer ${canary}-0`, `Bearer ${canary}-1`]);
  expect(authorization.seen).toHaveLength(2);
  const [first, second] = platform.seen;
  expect(second?.body).toEqual(first?.body);
  expect(second?.headers['idempotency-key']).toBe('k1');
});

test('what the request takes for bad credentials renews the token once, whatever its status', async () => {
  const { platform, authorization, ask } = await worldOf(undefined, () => ({
    body: { code: 40_105 },
  }));
  const refusesCredentials = async ({ body }: { body: Uint8Array }) =>
    Buffer.from(body).includes('40105');
  expect(statusOf(await ask({ refusesCredentials }))).toBe(200);
  expect(platform.seen).toHaveLength(2);
  expect(authorization.seen).toHaveLength(2);
});

test('a 401 to the new token is the answer', async () => {
  const { platform, authorization, send } = await worldOf(undefined, () => ({ status: 401 }));
  expect(await send()).toBe(401);
  expect(platform.seen).toHaveLength(2);
  expect(authorization.seen).toHaveLength(2);
});

test('many requests with a token that was withdrawn renew it once', async () => {
  const withdrawn = `Bearer ${canary}-0`;
  const { authorization, send } = await worldOf(undefined, async ({ headers }, index) => {
    await new Promise((resolve) => setTimeout(resolve, index % 7));
    return { status: headers['authorization'] === withdrawn ? 401 : 200 };
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => send()));
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(authorization.seen).toHaveLength(2);
});

const refusals: [string, Reply, string][] = [
  ['401', { status: 401, body: { error: 'invalid_client' } }, 'token-refused'],
  ['400', { status: 400, body: { error: canary, error_description: canary } }, 'token-refused'],
  ['404', { status: 404, body: canary }, 'token-refused'],
  ['a redirect', { status: 302, headers: { location: 'https://evil.example/' } }, 'token-refused'],
  ['no JSON', { body: `<html>${canary}` }, 'token-unreadable'],
  ['no token', { body: { token: canary } }, 'token-unreadable'],
  ['a token no header holds', { body: { access_token: `${canary}\r\nx: y` } }, 'token-unreadable'],
  ['another type', { body: { access_token: canary, token_type: 'mac' } }, 'token-unreadable'],
];

// RFC 9110, section 15.4: a relative Location is of the request's own URL.
test.each([301, 302, 303, 307, 308])(
  '%i of the token URL tells where it leads, and is not followed',
  async (status) => {
    const { authorization, ask } = await worldOf(() => ({
      status,
      headers: { location: `/v2/token?secret=${canary}` },
    }));
    const answer = await ask();
    const place = `${new URL(authorization.url).origin}/v2/token`;
    expect(answer).toMatchObject({ kind: 'refused', code: 'token-refused' });
    expect(answer).toMatchObject({ reason: expect.stringContaining(`on to ${place}, and`) });
    expect(JSON.stringify(answer)).not.toContain(canary);
    expect(authorization.seen).toHaveLength(1);
  },
);

test.each(refusals)('%s instead of a token stops the run', async (_, reply, code) => {
  const { platform, secrets, ask } = await worldOf(() => reply);
  const answer = await ask();
  expect(answer).toMatchObject({ kind: 'refused', code });
  expect(fateOf(answer, { missingIsDelivered: false, now: 0, url: '' }).kind).toBe('stop');
  expect(JSON.stringify(answer)).not.toContain(canary);
  expect(platform.seen).toEqual([]);
  expect(secrets.forgotten).toBe(1);
});

test.each<[string, Reply]>([
  ['500', { status: 500, body: canary }],
  ['503', { status: 503 }],
  ['429', { status: 429 }],
  ['nothing', { drop: true }],
])('%s instead of a token is tried again, and was not sent', async (_, reply) => {
  const { platform, ask, send } = await worldOf((__, index) =>
    index === 0 ? reply : numbered(index),
  );
  const answer = await ask();
  expect(answer).toMatchObject({ kind: 'none', code: 'token-unavailable', sent: false });
  expect(fateOf(answer, { missingIsDelivered: false, now: 0, url: '' }).kind).toBe('again');
  expect(JSON.stringify(answer)).not.toContain(canary);
  expect(platform.seen).toEqual([]);
  expect(await send()).toBe(200);
});

const inSevenSeconds = new Date(1_800_000_007_000).toUTCString();

test.each<[string, Reply, number | undefined]>([
  ['429 in seconds', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
  ['429 as a date', { status: 429, headers: { 'retry-after': inSevenSeconds } }, 7_000],
  ['503 in seconds', { status: 503, headers: { 'retry-after': '7' } }, 7_000],
  ['429 without a wait', { status: 429 }, 0],
  ['503 without a wait', { status: 503 }, undefined],
  ['503 with nonsense', { status: 503, headers: { 'retry-after': 'soon 1' } }, undefined],
])(
  'a wait the authorization server asks for is kept by all, and is no failure: %s',
  async (_, reply, waitMs) => {
    const { authorization, platform, clock, ask, send } = await worldOf((__, index) =>
      index === 0 ? reply : numbered(index),
    );
    const answer = await ask();
    expect(answer).toMatchObject({ kind: 'none', code: 'token-unavailable', sent: false });
    expect(fateOf(answer, { missingIsDelivered: false, now: 0, url: '' })).toMatchObject({
      kind: 'again',
      status: 0,
      waitMs,
    });
    clock.at += (waitMs ?? 0) - 1;
    if (waitMs) {
      expect(await Promise.all([ask(), ask()])).toMatchObject([{ waitMs: 1 }, { waitMs: 1 }]);
      expect(authorization.seen).toHaveLength(1);
    }
    clock.at += 1;
    expect(await send()).toBe(200);
    expect(authorization.seen).toHaveLength(2);
    expect(platform.seen).toHaveLength(1);
  },
);

test('a token URL that leads to a private address is not called', async () => {
  const tokenUrl = 'https://169.254.169.254/token';
  const { platform, send } = await worldOf(undefined, undefined, { tokenUrl });
  expect(await send()).toBe('forbidden-address');
  expect(platform.seen).toEqual([]);
});

test.each<[string, Reply, string | number]>([
  ['refused', { status: 400 }, 401],
  ['not to be had', { status: 503 }, 'token-unavailable'],
])(
  'after a 401, a new token that is %s: the request counts as sent',
  async (_, reply, expected) => {
    const { platform, ask } = await worldOf(
      (__, index) => (index === 0 ? numbered(0) : reply),
      () => ({ status: 401 }),
    );
    const answer = await ask();
    expect(statusOf(answer)).toBe(expected);
    if (answer.kind === 'none') expect(answer.sent).toBe(true);
    expect(platform.seen).toHaveLength(1);
  },
);

test('the fence holds for the second try, too', async () => {
  const world = await worldOf(undefined, () => {
    world.clock.at += 10_000;
    return { status: 401 };
  });
  const { platform, clock, ask } = world;
  const answer = await ask({ notAfter: clock.at + 5_000, timeoutMs: 30_000 });
  expect(answer).toMatchObject({ kind: 'none', code: 'too-late', sent: true });
  expect(platform.seen).toHaveLength(1);
});

test('an authorization server that hangs takes no longer than the request may', async () => {
  const { platform, ask } = await worldOf(() => new Promise(() => {}));
  const start = performance.now();
  const answer = await ask({ timeoutMs: 200 });
  expect(answer).toMatchObject({ kind: 'none', code: 'token-unavailable', sent: false });
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(platform.seen).toEqual([]);
});
