import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import { LOG_LIMIT, RequestLog } from '../../local/platform/request-log.ts';
import { callAt, METHODS, type Members, people } from './platform-client.ts';

let platform: Platform;

beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.close());

const call = (
  method: Dispatcher.HttpMethod,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => callAt(platform.url, method, path, body, headers);
const send = (action: keyof typeof METHODS, members: Members, headers = {}) =>
  call(METHODS[action], '/audiences/a/members', { members }, headers);
const tell = (faults: object) => call('PUT', '/faults', faults);
const holds = async () => (await call('GET', '/audiences/a/members')).json?.members ?? [];

describe('members', () => {
  it('are added or replaced, updated only where they are, and removed; each may be repeated', async () => {
    const [ann, bob] = [{ email: 'ann@x', n: 1 }, { email: 'bob@x' }];
    expect((await send('upsert', [bob, ann])).json).toMatchObject({ received: 2, added: 2 });
    expect((await send('upsert', [ann])).json).toMatchObject({ added: 0, updated: 1, matched: 1 });
    const newer = { email: 'ann@x', m: 2 };
    const update = await send('update', [newer, { email: 'cid@x' }]);
    expect(update.json).toMatchObject({ received: 2, matched: 1, updated: 1 });
    expect(await holds()).toEqual([newer, bob]);
    expect((await send('remove', [bob])).json).toMatchObject({ matched: 1, removed: 1 });
    expect((await send('remove', [bob])).json).toMatchObject({ matched: 0, removed: 0 });
    expect(await holds()).toEqual([newer]);
    await call('POST', '/audiences/a/members/remove', { members: [ann] });
    await send('upsert', [
      { email: 'dan@x', n: 'first' },
      { email: 'dan@x', n: 'last' },
    ]);
    expect(await holds()).toEqual([{ email: 'dan@x', n: 'last' }]);
    expect(platform.members('a')).toEqual(new Map([['dan@x', { email: 'dan@x', n: 'last' }]]));
  });

  it.each([
    ['no members', {}, 400, /^members: /],
    ['no JSON', '{"members":[', 400, /not JSON/],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, /not JSON in UTF-8/],
    ['a member that is no object', { members: [{ email: 'z@x' }, 'z'] }, 400, /^members\[1\]: /],
    [
      'no identity',
      { members: [{ email: 'z@x' }, { mail: 'y' }] },
      400,
      /members\[1\] has no "email"/,
    ],
    [
      'an identity in its prototype only',
      '{"members":[{"__proto__":{"email":"z"}}]}',
      400,
      /has no "email"/,
    ],
    ['5,001 members', { members: people(0, 5_001) }, 413, /at most 5000/],
    ['64 MB and more', Buffer.alloc(64 * 1024 * 1024 + 1, ' '), 413, /above 67108864 bytes/],
  ])('refuse a whole request with %s', async (_, body, status, error) => {
    const answer = await call('POST', '/audiences/a/members', body);
    expect(answer).toMatchObject({ status, json: { error: expect.stringMatching(error) } });
    expect(platform.members('a').size).toBe(0);
  });

  it('go by the identity of their audience, which stays', async () => {
    expect((await call('PUT', '/audiences/a', { identity: 'id' })).status).toBe(201);
    expect((await call('PUT', '/audiences/a', { identity: 'id' })).status).toBe(200);
    expect((await call('PUT', '/audiences/a', { identity: 'email' })).status).toBe(409);
    expect((await send('upsert', [{ id: 7 }, { id: 'x', email: 'e' }])).json.added).toBe(2);
    expect((await call('GET', '/audiences/a')).json).toMatchObject({ identity: 'id', count: 2 });
    expect((await call('GET', '/audiences/b')).status).toBe(404);
  });

  it('are listed in pages by identity, and may come as gzip', async () => {
    const all = people(0, 5_000);
    const packed = gzipSync(JSON.stringify({ members: all.toReversed() }));
    await call('POST', '/audiences/a/members', packed, { 'content-encoding': 'gzip' });
    const listed: Members = [];
    let after: string | null = '';
    do {
      const path: string = `/audiences/a/members?limit=1999&after=${encodeURIComponent(after)}`;
      const page = (await call('GET', path)).json;
      listed.push(...page.members);
      after = page.next;
    } while (after !== null);
    expect(listed).toEqual(all);
  });
});

describe('the account', () => {
  it('counts as a repeat only what was answered with 2xx before', async () => {
    await tell({ script: [500, 'apply-then-drop'] });
    const key = { 'idempotency-key': 'k1' };
    for (let i = 0; i < 5; i++) await send('upsert', people(0, 3), key).catch(() => undefined);
    await send('remove', people(0, 1));
    const stats = { requests: 6, added: 3, updated: 9, removed: 1, repeats: 2, identities: 16 };
    expect((await call('GET', '/stats')).json).toEqual(stats);
    const [first, second] = (await call('GET', '/requests')).json.requests;
    expect(first).toMatchObject({ idempotencyKey: 'k1', identities: 3, fault: 'status 500' });
    expect(second).toMatchObject({ method: 'POST', path: '/audiences/a/members', status: null });
  });

  it('keeps the last 10,000 requests in order', () => {
    const log = new RequestLog();
    for (let i = 0; i < LOG_LIMIT + 5; i++) log.open('POST', '/', null, 'none');
    const numbers = log.entries().map(({ seq }) => seq);
    expect(numbers).toEqual(Array.from({ length: LOG_LIMIT }, (_, i) => i + 6));
    expect(log.latest(2).map(({ seq }) => seq)).toEqual([LOG_LIMIT + 5, LOG_LIMIT + 4]);
  });
});

describe('the page', () => {
  it('says that there are no audiences', async () => {
    expect((await call('GET', '/')).text).toContain('No audiences yet');
  });

  it('escapes hostile ids, fields, values and paths, and lets nothing run but its own script', async () => {
    const evil = `"'><img src=x onerror=alert(1)></bdi></script><script>alert(2)</script>`;
    const id = encodeURIComponent(evil);
    await call('PUT', `/audiences/${id}`, { identity: evil.slice(0, 40) });
    const members = [{ [evil.slice(0, 40)]: evil, [evil]: { [evil]: evil } }];
    await call(
      'POST',
      `/audiences/${id}/members?q='><img>`,
      { members },
      { 'idempotency-key': evil },
    );
    const { text, headers } = await call('GET', '/');
    expect(text).toContain('&lt;img src=x onerror=');
    expect(text).not.toMatch(/<img|<script>alert|<\/bdi><\/script>/);
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(text) ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(headers['content-security-policy']).toContain(`script-src 'sha256-${hash}';`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text.match(/<script/g)).toHaveLength(1);
  });
});

it('close ends hanging, slow and idle connections at once', async () => {
  await tell({ script: ['hang', { slowMs: 60_000 }, 'drip'] });
  const open = [1, 2, 3].map(() => expect(send('upsert', people(0, 1))).rejects.toThrow());
  while ((await call('GET', '/stats')).json.requests < 3);
  const began = performance.now();
  await platform.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  await Promise.all(open);
  platform = await startPlatform();
});

it('close leaves nothing behind that keeps the process running', async () => {
  const source = new URL('../../local/platform/platform.ts', import.meta.url).href;
  const program = `const { startPlatform } = await import(${JSON.stringify(source)});
    const { url, close } = await startPlatform();
    const headers = { 'content-type': 'application/json' };
    const put = { method: 'PUT', headers, body: '{"mode":"slow","delayMs":60000}' };
    await fetch(url + '/faults', put);
    fetch(url + '/audiences/a/members', { method: 'PUT', headers, body: '{"members":[]}' }).catch(() => {});
    while ((await (await fetch(url + '/stats')).json()).requests < 1);
    await close();`;
  const options = { timeout: 15_000 };
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options);
}, 20_000);
