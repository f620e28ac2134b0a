/** Each kind of authentication over a real socket, as the platform sees it; and what becomes of a request without. */

import { createHmac } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fateOf } from '../../shared/domain/response/fate.ts';
import type { HttpSender } from '../../shared/ports/world.ts';
import { allValues, canary, request, serve, setUp, statusOf } from './authentication-support.ts';

test.each([
  [
    { type: 'basic', userName: 'ünal' },
    'authorization',
    `Basic ${base64('ünal:CANARY-s3cr3t-password')}`,
  ],
  [{ type: 'bearer' }, 'authorization', 'Bearer CANARY-s3cr3t-token'],
  [{ type: 'apiKey', header: 'X-Api-Key' }, 'x-api-key', 'CANARY-s3cr3t-apiKey'],
  [{ type: 'apiKey', header: 'Authorization' }, 'authorization', 'CANARY-s3cr3t-apiKey'],
])('%o', async (authentication, header, value) => {
  const platform = await serve(() => ({}));
  const { senderOf } = setUp();
  expect(statusOf(await senderOf({ authentication }).send(request(platform.url)))).toBe(200);
  expect(platform.seen[0]?.headers).toMatchObject({ [header]: value, 'idempotency-key': 'k1' });
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

test('none adds nothing and asks for no secret', async () => {
  const platform = await serve(() => ({}));
  const { senderOf, secrets } = setUp();
  await senderOf({}).send(request(platform.url, { headers: { accept: 'application/json' } }));
  expect(platform.seen[0]?.headers).not.toHaveProperty('authorization');
  expect(secrets.read).toEqual([]);
});

test('authentication is set over a custom header of its name', async () => {
  const platform = await serve(() => ({}));
  await setUp()
    .senderOf({ authentication: { type: 'bearer' } })
    .send(request(platform.url));
  expect(platform.seen[0]?.headers['authorization']).toBe('Bearer CANARY-s3cr3t-token');
});

test('the secret is the destination’s own, or the one it names', async () => {
  const platform = await serve(() => ({}));
  const { senderOf, secrets } = setUp();
  const authentication = { type: 'bearer' };
  await senderOf({ authentication }).send(request(platform.url));
  await senderOf({ authentication, secret: 'shared/ads' }).send(request(platform.url));
  expect(secrets.read).toEqual(['platform', 'shared/ads']);
});

test.each([
  ['a body', { body: Buffer.from('{"members":["é"]}') }, '{"members":["é"]}'],
  ['no body', { method: 'GET' as const }, ''],
])(
  'the signature of %s is the HMAC of timestamp and body, anew at each try',
  async (_, more, body) => {
    const platform = await serve(() => ({}));
    const { senderOf, clock } = setUp();
    const sender = senderOf({ signature: {} });
    const { body: sample, ...bare } = request(platform.url);
    for (const at of [1_800_000_000_999, 1_800_000_007_000]) {
      clock.at = at;
      await sender.send({ ...bare, ...more });
    }
    for (const [index, timestamp] of ['1800000000', '1800000007'].entries()) {
      const expected = createHmac('sha256', 'CANARY-s3cr3t-signingKey')
        .update(`${timestamp}.${body}`, 'utf8')
        .digest('hex');
      expect(platform.seen[index]?.headers).toMatchObject({
        'x-signature': expected,
        'x-signature-timestamp': timestamp,
        'idempotency-key': 'k1',
      });
    }
    expect(sample).toBeDefined();
  },
);

test('headers of the signature have the names they are given, and stand beside the authentication', async () => {
  const platform = await serve(() => ({}));
  const signature = { header: 'X-Hub-Signature', timestampHeader: 'X-Hub-Time' };
  await setUp()
    .senderOf({ signature, authentication: { type: 'bearer' } })
    .send(request(platform.url));
  expect(platform.seen[0]?.headers).toMatchObject({
    authorization: 'Bearer CANARY-s3cr3t-token',
    'x-hub-signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    'x-hub-time': '1800000000',
  });
});

test('a compressed body is signed as it is sent, and is the same at each try', async () => {
  const platform = await serve(() => ({}));
  const sender = setUp().senderOf({ gzip: true, signature: {} });
  for (let tries = 0; tries < 2; tries += 1) await sender.send(request(platform.url));
  const [first, second] = platform.seen;
  expect(first?.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(first?.body ?? '').toString()).toBe('{"members":[]}');
  expect(second).toEqual(first);
  const hmac = createHmac('sha256', 'CANARY-s3cr3t-signingKey').update('1800000000.');
  expect(first?.headers['x-signature']).toBe(hmac.update(first?.body ?? '').digest('hex'));
});

test.each([
  ['password', { authentication: { type: 'basic', userName: 'u' } }],
  ['token', { authentication: { type: 'bearer' } }],
  ['apiKey', { authentication: { type: 'apiKey', header: 'x-api-key' } }],
  [
    'clientSecret',
    { authentication: { type: 'oauth2', tokenUrl: 'https://a.example', clientId: 'c' } },
  ],
  ['signingKey', { signature: {} }],
])('a secret without %s sends nothing and stops the run', async (field, settings) => {
  const platform = await serve(() => ({}));
  const { [field as keyof typeof allValues]: _, ...values } = allValues;
  const answer = await setUp(values).senderOf(settings).send(request(platform.url));
  expect(answer).toEqual({
    kind: 'refused',
    code: 'secret-incomplete',
    reason: `The secret "platform" has no field "${field}", which the destination's authentication or signature needs. Add it.`,
  });
  expect(fateOf(answer, { missingIsDelivered: false, now: 0, url: '' }).kind).toBe('stop');
  expect(platform.seen).toEqual([]);
});

test.each(['\n', '\r\nx-other: 1', ' ', '\u{1f511}'])(
  'a token with %j at its end is named by its field, and is not sent',
  async (end) => {
    const platform = await serve(() => ({}));
    const { senderOf } = setUp({ token: `${canary}${end}`, apiKey: `${canary}${end}` });
    for (const [field, authentication] of [
      ['token', { type: 'bearer' }],
      ['apiKey', { type: 'apiKey', header: 'x-api-key' }],
    ] as const) {
      const answer = await senderOf({ authentication }).send(request(platform.url));
      expect(answer).toMatchObject({ kind: 'refused', code: 'secret-unreadable' });
      expect(answer).toHaveProperty('reason', expect.stringContaining(`"${field}"`));
      expect(JSON.stringify(answer)).not.toContain(canary);
    }
    expect(platform.seen).toEqual([]);
  },
);

test.each(['basic', 'bearer', 'apiKey'])(
  'a 401 to %s is not tried again, and the secret is read anew',
  async (type) => {
    const platform = await serve(() => ({ status: 401 }));
    const { senderOf, secrets } = setUp();
    const more = { basic: { userName: 'u' }, bearer: {}, apiKey: { header: 'x-api-key' } }[type];
    const sender = senderOf({ authentication: { type, ...more } });
    expect(statusOf(await sender.send(request(platform.url)))).toBe(401);
    expect(platform.seen).toHaveLength(1);
    expect(secrets.forgotten).toBe(1);
  },
);

test('a store that fails in a way nobody foresaw is tried again, and its text is kept back', async () => {
  const platform = await serve(() => ({}));
  const { senderOf, secrets } = setUp();
  secrets.get = () => Promise.reject(new TypeError(canary));
  const sender: HttpSender = senderOf({ authentication: { type: 'bearer' } });
  const answer = await sender.send(request(platform.url));
  expect(answer).toMatchObject({ kind: 'none', code: 'authentication-failed', sent: false });
  expect(fateOf(answer, { missingIsDelivered: false, now: 0, url: '' }).kind).toBe('again');
  expect(JSON.stringify(answer)).not.toContain(canary);
  expect(platform.seen).toEqual([]);
});
