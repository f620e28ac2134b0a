/**
 * Whatever listens, on either ground: the kernel is asked, so that a listener nobody thought of is tried too. A browser says
 * `Host`, `Origin` and `Sec-Fetch-Site` of each call itself; a page of somebody else can neither leave them out nor choose them.
 */
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalApi } from '../../local/api.ts';
import { type FlowWorld, startDirectWorld, startWorld } from '../flow/world.ts';
import { type Listener, listenersOf } from './listeners.ts';

const calls = [
  ['GET', '/', {}],
  ['GET', '/v1/syncs', {}],
  ['GET', '/audiences', {}],
  ['GET', '/audience-mirror-snapshots?list-type=2', {}],
  ['GET', '/_fauxqs/queues', {}],
  ['PUT', '/audiences/sample', { 'content-type': 'application/json' }],
  ['POST', '/schedules/x', { 'content-type': 'application/json' }],
  [
    'POST',
    '/',
    {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
    },
  ],
] as const;

const strangers = [
  ['another name', { host: 'evil.example' }],
  ['a name that begins like ours', { host: '127.0.0.1.evil.example' }],
  ['a page elsewhere', { origin: 'https://evil.example' }],
  ['a page of this machine', { origin: 'http://127.0.0.1:1' }],
  ['a page without an origin', { origin: 'null' }],
  ['a form of a page elsewhere', { 'sec-fetch-site': 'cross-site' }],
  ['a form of a page of this machine', { 'sec-fetch-site': 'same-site' }],
] as const;

async function send(
  { port }: Listener,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  text?: string,
) {
  const { statusCode, headers: answered } = await request(`http://127.0.0.1:${port}${path}`, {
    method: method as 'GET',
    headers,
    body: text ?? (method === 'GET' ? null : '{}'),
  }).then(async (answer) => {
    await answer.body.dump();
    return answer;
  });
  return { status: statusCode, allows: Object.keys(answered).filter(isCors) };
}

const isCors = (name: string) => name.startsWith('access-control-');

describe.each([
  ['in one process', startDirectWorld, 2],
  ['over the embedded AWS', () => startWorld(), 8],
] as const)('%s', (_ground, start, count) => {
  let world: FlowWorld;
  let api: LocalApi;
  let found: readonly Listener[];
  /** By their purpose for people and platforms: anything else is a service of ours for ourselves. */
  const isPublic = ({ port }: Listener) =>
    [api.url, world.platform.url].some((url) => url.endsWith(`:${port}`));

  beforeAll(async () => {
    const before = new Set(listenersOf().map(({ port }) => port));
    world = await start();
    api = await world.mirror.serve();
    found = listenersOf().filter(({ port }) => !before.has(port));
  });
  afterAll(() => world.close());

  test('what listens is what must, on loopback alone', () => {
    expect(found.every(({ isLoopback }) => isLoopback)).toBe(true);
    expect(found).toHaveLength(count);
  });

  test.each(strangers)('%s is refused everywhere', async (_who, headers) => {
    for (const listener of found) {
      for (const [method, path, own] of calls) {
        const answer = await send(listener, method, path, { ...own, ...headers });
        expect([listener.port, method, path, answer]).toEqual([
          listener.port,
          method,
          path,
          { status: 403, allows: [] },
        ]);
      }
    }
  });

  test('a page asks first and is allowed nothing', async () => {
    const asks = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' };
    for (const listener of found) {
      const answer = await send(listener, 'OPTIONS', '/', asks);
      expect(answer).toEqual({ status: 403, allows: [] });
    }
  });

  test('who has no key of this start gets nothing of a service', async () => {
    const keys = ['embedded', 'any', 'AKIAIOSFODNN7EXAMPLE', ''];
    for (const listener of found.filter((one) => !isPublic(one))) {
      for (const [method, path, own] of calls) {
        const bare = await send(listener, method, path, own);
        expect([method, path, bare.status]).toEqual([method, path, 403]);
        for (const key of keys) {
          const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00`;
          const answer = await send(listener, method, path, { ...own, authorization });
          expect([key, method, path, answer.status]).toEqual([key, method, path, 403]);
        }
      }
    }
  });

  test('without a token the API shows nothing of what it keeps', async () => {
    const listener = found.find(({ port }) => api.url.endsWith(`:${port}`));
    const answers = await Promise.all(
      ['/v1/syncs', '/v1/destinations', '/v1/runs', '/v1/audit'].map((path) =>
        send(listener as Listener, 'GET', path, {}),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  test('a member cannot be planted at the platform by a form', async () => {
    const listener = found.find(({ port }) => world.platform.url.endsWith(`:${port}`));
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];
    for (const type of types) {
      const body = '{"members":[{"email":"x"}]}';
      const path = '/audiences/sample/members';
      const headers = { 'content-type': type };
      expect((await send(listener as Listener, 'POST', path, headers, body)).status).toBe(415);
    }
    expect(world.platform.members('sample').size).toBe(0);
  });
});
