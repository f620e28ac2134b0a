/** The extremes that a person can save, over HTTP to the services as strict as AWS: saved or refused with a place, never a 5xx. */
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalApi } from '../../local/api.ts';
import { buckets } from '../../local/aws/function-wiring.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { type FlowWorld, startWorld } from '../flow/world.ts';

let world: FlowWorld;
let api: LocalApi;
beforeAll(async () => {
  world = await startWorld();
  api = await world.mirror.serve();
}, 60_000);
afterAll(() => world.close());

const Answer = z.looseObject({
  code: z.string().optional(),
  problems: z.array(z.looseObject({ pointer: z.string() })).optional(),
});

async function call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) {
  const answer = await request(`${api.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.tokens.write}`,
      ...(!['GET', 'POST'].includes(method) && { 'if-match': '*' }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  expect(answer.statusCode, text.slice(0, 500)).toBeLessThan(500);
  const { code, problems } = Answer.parse(text === '' ? {} : JSON.parse(text));
  return { status: answer.statusCode, code, pointers: problems?.map(({ pointer }) => pointer) };
}

let made = 0;
const destination = (changes: object = {}) => {
  const id = `d-${++made}`;
  return { ...sampleDestination(world.platform.url), id, name: `Name ${id}`, ...changes };
};
const sync = (changes: object = {}, source: object = {}) => {
  const id = `s-${++made}`;
  return {
    ...sampleSyncOf(),
    id,
    name: `Name ${id}`,
    destination: 'base',
    audience: { id, name: id },
    // Nothing has to lie there.
    enabled: false,
    ...changes,
    source: { bucket: buckets.snapshots, prefix: 'exports/none/', ...source },
  };
};
const manyHeaders = (value: string, count = 12_000) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i.toString(36)}`, value]));

beforeAll(async () => {
  expect((await call('POST', '/destinations', destination({ id: 'base' }))).status).toBe(201);
});

test.each([
  // Their forms for comparing are 1,200 and 3,240 bytes; a sort key has 1,024.
  ['100 times one sign for four', '\u337f'.repeat(100)],
  ['60 times one sign for eighteen', '\ufdfa'.repeat(60)],
  ['200 characters of four bytes', '\u{1f600}'.repeat(100)],
])('a name of %s is saved, and is no other’s', async (_, name) => {
  expect((await call('POST', '/destinations', destination({ name }))).status).toBe(201);
  const again = await call('POST', '/destinations', destination({ name }));
  expect(again).toMatchObject({ status: 409, code: 'name-taken', pointers: ['/name'] });
});

test.each([
  ['a field without a name', { connection: { '': 'x' } }, {}, '/connection/'],
  ['half a character in a name', { name: 'a\ud800' }, {}, '/name'],
  ['half a character in a value', { connection: { a: '\udc00' } }, {}, '/connection/a'],
  ['half a character in a prefix', {}, { prefix: 'a\ud800/' }, '/source/prefix'],
])('%s is refused at its place', async (_, changes, source, pointer) => {
  const answer = await call('POST', '/syncs', sync(changes, source));
  expect(answer).toMatchObject({ status: 422, code: 'text-unusable', pointers: [pointer] });
});

test.each(['abc--x-s3', 'a..b', '192.168.5.4', 'xn--abc', 'abc-s3alias', 'a_b', 'ab'])(
  'a bucket can not be called %s',
  async (bucket) => {
    const answer = await call('POST', '/syncs', sync({}, { bucket }));
    expect(answer).toMatchObject({
      status: 400,
      pointers: expect.arrayContaining(['/source/bucket']),
    });
  },
);

test('a prefix is measured in bytes', async () => {
  const long = await call('POST', '/syncs', sync({}, { prefix: '\u4e2d'.repeat(334) }));
  expect(long).toMatchObject({ status: 400, pointers: ['/source/prefix'] });
  const most = await call('POST', '/syncs', sync({}, { prefix: '\u4e2d'.repeat(333) }));
  expect(most.status).toBe(201);
});

test('every one of thousands of headers is changed at once, and the audit trail tells of it', async () => {
  const body = destination({ headers: manyHeaders('a') });
  const saved = await call('POST', '/destinations', body);
  expect([201, 400, 413, 422]).toContain(saved.status);
  if (saved.status !== 201) return;
  const path = `/destinations/${body.id}`;
  expect((await call('PUT', path, { ...body, headers: manyHeaders('b') })).status).toBe(200);
  expect((await call('GET', '/audit')).status).toBe(200);
});

test('a secret is measured as a whole', async () => {
  const value = (length: number) => '\u00e9'.repeat(length);
  const fields = { password: value(8_000), clientSecret: value(8_000), signingKey: value(8_000) };
  const path = '/destinations/base/secret';
  expect((await call('PUT', path, fields)).status).toBeLessThan(300);
  const more = await call('PUT', path, { token: value(8_192), apiKey: value(8_192) });
  expect(more).toMatchObject({ status: 422, code: 'secret-too-large' });
});
