import { expect, test } from 'vitest';
import {
  checkHeader,
  checkHeaders,
  isFramingHeader,
} from '../../shared/domain/platform/headers.ts';
import attacks from './cases/bad-headers.json' with { type: 'json' };
import { listen, makeSender, ok, post } from './support.ts';

test('there are at least thirty header attacks', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(30);
});

test.each(attacks)('refused at save: $name: $value', ({ name, value }) => {
  const problems = checkHeader(name, value);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toMatch(/^The header ".*" .+\. ?.*\.$/s);
  expect(JSON.stringify(problems)).not.toContain('CANARY');
});

test('none of the attacks that would frame or split a message passes the sender', async () => {
  const peer = await listen((socket) => socket.write(ok()));
  const sender = makeSender();
  const splitting = attacks.filter(
    ({ name, value }) =>
      isFramingHeader(name) || /[^a-z0-9_-]/i.test(name) || /[^\x20-\x7e]/.test(value),
  );
  expect(splitting.length).toBeGreaterThanOrEqual(30);

  for (const { name, value } of splitting) {
    const headers = Object.fromEntries([[name, value]]);
    const answer = await sender.send(post(peer.url, { headers }));
    expect(answer, JSON.stringify({ name, value })).toMatchObject({ kind: 'refused' });
    expect(JSON.stringify(answer)).not.toContain('CANARY');
  }
  expect(peer.connections).toBe(0);
});

test.each([
  ['x-api-version', '2026-01-01'],
  ['X-Account', 'a b\tc; d="e"'],
  ['accept', 'application/json'],
  ['Content-Type', 'application/json'],
  ['content-type', 'application/vnd.api+json; charset=utf-8'],
  ['x-latin', 'caf\u00e9'],
  ['x-empty', ''],
  ["!#$%&'*+-.^_`|~", 'every character a token may have'],
])('may be saved: %s: %s', (name, value) => {
  expect(checkHeader(name, value)).toEqual([]);
});

test('the header of an API key may be Authorization, and nothing else that is reserved', () => {
  expect(checkHeader('Authorization', 'Key CANARY', 'authentication')).toEqual([]);
  expect(checkHeader('x-api-key', 'CANARY', 'authentication')).toEqual([]);
  for (const name of ['cookie', 'host', 'idempotency-key', 'x-amz-security-token', '__proto__']) {
    expect(checkHeader(name, 'CANARY', 'authentication')).toHaveLength(1);
  }
});

test('a line break in a value is called by its name', () => {
  expect(checkHeader('x-a', 'a\r\nb')[0]?.message).toContain('line break');
});

test('names and values have a longest length', () => {
  expect(checkHeader('x'.repeat(128), 'x'.repeat(8_192))).toEqual([]);
  expect(checkHeader('x'.repeat(129), '')).toHaveLength(1);
  expect(checkHeader('x', 'x'.repeat(8_193))).toHaveLength(1);
});

test('a name that stands twice, in whatever case, is a problem', () => {
  expect(checkHeaders({ 'x-a': '1', 'x-b': '2' })).toEqual([]);
  expect(checkHeaders({ 'x-a': '1', 'X-A': '2' }).map((problem) => problem.code)).toEqual([
    'header-duplicate',
  ]);
});
