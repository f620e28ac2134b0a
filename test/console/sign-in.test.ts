/** Signing in to the console: a code is good once, a token for twelve hours, and both only where they came from. */
import { expect, test } from 'vitest';
import { openConsole } from '../../local/console.ts';

const key = 'k'.repeat(43);
const url = () => 'http://127.0.0.1:4701';
const hour = 3_600_000;

const codeOf = (link: string | undefined) => link?.split('#code=')[1] ?? '';
const post = (path: string, body: string, token?: string) =>
  new Request(`${url()}${path}`, {
    method: 'POST',
    body,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  });

async function signIn(pages: ReturnType<typeof openConsole>, code: string) {
  const answer = await pages.answer(post('/console/session', code));
  return { status: answer?.status, token: tokenOf(await answer?.json()) };
}

const tokenOf = (body: unknown): string =>
  typeof body === 'object' && body && 'token' in body ? String(body.token) : '';

test('a code is good once, and whoever used it is followed by a new link', async () => {
  const pages = openConsole({ key, url });
  const told: string[] = [];
  pages.whenUsed((link) => told.push(link));
  const code = codeOf(pages.link());
  const { token } = await signIn(pages, code);
  expect(pages.callerOf(token)).toEqual({ name: 'local:console', mayWrite: true });
  expect((await signIn(pages, code)).status).toBe(403);
  expect((await signIn(pages, '')).status).toBe(403);
  expect((await signIn(pages, codeOf(told[0]))).status).toBe(200);
});

test('a token ends after twelve hours, is renewed before, and is worth nothing under another key', async () => {
  let now = 0;
  const pages = openConsole({ key, url, now: () => now });
  const { token } = await signIn(pages, codeOf(pages.link()));
  expect(openConsole({ key: 'x'.repeat(43), url, now: () => now }).callerOf(token)).toBeUndefined();
  expect(pages.callerOf(token.replace(/^c-\w+/, 'c-zzzzzzzz'))).toBeUndefined();
  now = 11 * hour;
  const renewed = await pages.answer(post('/console/renewal', '', token));
  const next = tokenOf(await renewed?.json());
  now = 13 * hour;
  expect(pages.callerOf(token)).toBeUndefined();
  expect(pages.callerOf(next)?.mayWrite).toBe(true);
  expect((await pages.answer(post('/console/renewal', '', token)))?.status).toBe(401);
});

test('only who has the key is given a link', async () => {
  const pages = openConsole({ key, url });
  expect((await pages.answer(post('/console/link', '', 'other')))?.status).toBe(401);
  expect((await pages.answer(post('/console/link', '', key)))?.status).toBe(200);
});

test('files are found by their names alone; what is below /v1 is the API’s', async () => {
  const pages = openConsole({ key, url });
  const get = (path: string) => pages.answer(new Request(`${url()}${path}`));
  expect(get('/v1/syncs')).toBeUndefined();
  expect(await (await get('/..%2f..%2fpackage.json'))?.text()).not.toContain('audience-mirror"');
  expect((await get('/assets/none.js'))?.status).toBe(404);
  const policy = (await get('/'))?.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});
