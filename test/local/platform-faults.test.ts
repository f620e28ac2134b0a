import { type Dispatcher, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
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

describe('faults', () => {
  const one = [{ email: 'ann@x' }];

  it.each([
    [{ mode: 'none' }, 'applied', { status: 200 }],
    [{ mode: 'slow', delayMs: 120 }, 'applied', { status: 200 }],
    [{ mode: 'status', status: 500 }, 'not applied', { status: 500 }],
    [
      { mode: 'status', status: 429, retryAfter: 2 },
      'not applied',
      { status: 429, headers: { 'retry-after': '2' } },
    ],
    [
      { mode: 'status', status: 503, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT', apply: true },
      'applied',
      { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } },
    ],
    [{ mode: 'drop-before' }, 'not applied', 'other side closed'],
    [{ mode: 'drop-after' }, 'applied', 'other side closed'],
    [{ mode: 'hang' }, 'not applied', 'timed out'],
    [{ mode: 'drip', delayMs: 2 }, 'applied', { status: 200, json: { added: 1 } }],
  ])('%j: the members are %s', async (fault, applied, seen) => {
    await tell({ ...fault, times: 1 });
    const began = performance.now();
    const patience = AbortSignal.timeout(fault.mode === 'hang' ? 300 : 3_000);
    const sent = request(`${platform.url}/audiences/a/members`, {
      method: 'POST',
      body: JSON.stringify({ members: one }),
      signal: patience,
    });
    if (typeof seen === 'string') {
      await expect(sent).rejects.toThrow(seen === 'timed out' ? /aborted|timeout/ : seen);
      expect(patience.aborted).toBe(seen === 'timed out');
    } else {
      const { statusCode: status, headers, body } = await sent;
      expect({ status, headers, json: await body.json() }).toMatchObject(seen);
    }
    const took = performance.now() - began;
    if (fault.mode === 'slow') expect(took).toBeGreaterThan(115);
    if (fault.mode === 'drip') expect(took).toBeGreaterThan(110);
    expect(await holds()).toEqual(applied === 'applied' ? one : []);
    const { requests } = (await call('GET', '/requests')).json;
    const status = typeof seen === 'string' ? null : seen.status;
    expect(requests).toMatchObject([{ seq: 1, applied: applied === 'applied', status }]);
    expect((await call('GET', '/faults')).json.mode).toBe('none');
    expect((await send('upsert', one)).status).toBe(200);
  });

  it('play a script in order of arrival, then take requests as ever', async () => {
    const script = [
      500,
      'apply-then-drop',
      { status: 429, retryAfter: 2 },
      200,
      { slowMs: 50 },
      'drop',
      { status: 200, body: { ok: false } },
      { status: 500, apply: true },
      { status: 200, apply: false, body: 'no JSON' },
      204,
    ];
    await tell({ script });
    const seen = [];
    for (let i = 0; i < script.length + 1; i++) {
      const answer = await send('upsert', people(i, i + 1)).catch(() => undefined);
      seen.push([answer?.status, answer?.headers['retry-after'], answer?.text.slice(0, 14)]);
    }
    const [usual, played] = ['{"received":1,', '{"error":"a fa'];
    expect(seen).toEqual([
      [500, undefined, played],
      [undefined, undefined, undefined],
      [429, '2', played],
      [200, undefined, usual],
      [200, undefined, usual],
      [undefined, undefined, undefined],
      [200, undefined, '{"ok":false}'],
      [500, undefined, usual],
      [200, undefined, 'no JSON'],
      [204, undefined, ''],
      [200, undefined, usual],
    ]);
    const applied = [1, 3, 4, 6, 7, 9, 10].flatMap((i) => people(i, i + 1));
    expect(await holds()).toEqual(applied);
  });

  it('meet a share of the requests, the same ones for the same seed', async () => {
    const played = async (seed: number) => {
      await tell({ mode: 'status', status: 500, share: 0.3, seed });
      const statuses = [];
      for (let i = 0; i < 50; i++) statuses.push((await send('remove', one)).status);
      return statuses;
    };
    const first = await played(7);
    expect(first.filter((status) => status === 500).length).toBeGreaterThan(5);
    expect(first.filter((status) => status === 500).length).toBeLessThan(25);
    expect(await played(7)).toEqual(first);
    expect(await played(8)).not.toEqual(first);
  });

  it('refuse a batch for a member, its size or the token, and bisecting finds the member', async () => {
    const [batch, bad] = [people(0, 64), ['000041@x', '000042@x']];
    await tell({ rejectMembers: bad, maxBatch: 64, requirePlainBearer: 'canary' });
    expect((await send('upsert', batch)).status).toBe(401);
    const headers = { authorization: 'Bearer canary' };
    expect((await send('upsert', people(0, 65), headers)).status).toBe(413);
    const alone: unknown[] = [];
    const bisect = async (members: Members): Promise<void> => {
      const { status, text } = await send('upsert', members, headers);
      if (status === 200) return;
      expect([status, bad.some((email) => text.includes(email))]).toEqual([400, false]);
      if (members.length === 1) return void alone.push(members[0]?.email);
      const half = members.length / 2;
      await bisect(members.slice(0, half));
      await bisect(members.slice(half));
    };
    await bisect(batch);
    expect(alone).toEqual(bad);
    expect((await holds()).length).toBe(62);
    const { requests } = (await call('GET', '/requests')).json;
    const names = requests.slice(0, 3).map(({ fault }: { fault: string }) => fault);
    expect(names).toEqual(['requirePlainBearer', 'maxBatch', 'rejectMembers']);
    expect((await call('GET', '/')).text).not.toContain('canary');
    await call('DELETE', '/faults');
    expect((await send('upsert', batch)).status).toBe(200);
  });

  it.each([
    [{ mode: 'broken' }, /^mode: /],
    [{ mode: 'status' }, /^status: /],
    [{ status: 500 }, /^status: /],
    [{ share: 1.5 }, /^share: /],
    [{ script: [200, { status: 'many' }] }, /^script\[1\]\.status: /],
    [{ script: ['explode'] }, /^script\[0\]: .*apply-then-drop/],
    [{ script: [{ stats: 500 }] }, /^script\[0\]: .*"stats"/],
    [{ maxbatch: 3 }, /"maxbatch"/],
  ])('are refused with the field named: %j', async (faults, error) => {
    const answer = await tell(faults);
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringMatching(error) } });
  });
});
