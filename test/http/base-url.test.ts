import { describe, expect, test } from 'vitest';
import { kindOfAddress, parseAddress } from '../../shared/domain/platform/address.ts';
import { checkBaseUrl, resolveUrl } from '../../shared/domain/platform/target.ts';

const EMBEDDED = { allowLoopbackHttp: true };
const DEPLOYED = { allowLoopbackHttp: false };

test.each([
  'https://api.example.com',
  'https://api.example.com/',
  'https://api.example.com/v1',
  'https://api.example.com/v1/',
  'https://API.Example.com:8443/v1.2/~a/b;c=d/e%20f',
  'https://93.184.216.34/v1',
  'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/v1',
  'https://b\u00fccher.example.com/',
  'https://my-localhost.example.com/',
])('may be saved: %s', (url) => {
  expect(checkBaseUrl(url, DEPLOYED)).toEqual([]);
});

test.each([
  'http://localhost:8080',
  'http://127.0.0.1:8080/v1',
  'http://[::1]:8080',
  'https://localhost',
  'http://platform.localhost:80',
])('may be saved in the embedded run alone: %s', (url) => {
  expect(checkBaseUrl(url, EMBEDDED)).toEqual([]);
  expect(checkBaseUrl(url, DEPLOYED)).not.toEqual([]);
});

test.each([
  ['https://api.example.com/v1?key=CANARY', 'base-url-query'],
  ['https://api.example.com/v1?', 'base-url-query'],
  ['https://api.example.com/v1#', 'base-url-query'],
  ['https://CANARY@api.example.com', 'base-url-credentials'],
  ['https://@api.example.com', 'base-url-credentials'],
  ['https://:@api.example.com', 'base-url-credentials'],
  ['https://api.example.com/a/../b', 'path-dots'],
  ['https://api.example.com/%2e%2e/b', 'path-dots'],
  ['https://api.example.com//b', 'path-empty-segment'],
  ['https://api.example.com/{{connection.a}}', 'path-character'],
  ['https:api.example.com', 'base-url-invalid'],
  ['https:///api.example.com', 'base-url-invalid'],
  ['api.example.com', 'base-url-invalid'],
  [' https://api.example.com', 'base-url-characters'],
  ['https://api.exam\u200bple.com', 'base-url-characters'],
  ['https://api.example.com\\v1', 'base-url-characters'],
  ['https://api.example.com/v1\n', 'base-url-characters'],
  ['ws://api.example.com', 'base-url-invalid'],
  ['http://api.example.com', 'not-https'],
  ['https://printer', 'forbidden-host'],
  ['https://nas.home.arpa', 'forbidden-host'],
])('may not be saved: %s', (url, code) => {
  const problems = checkBaseUrl(url, DEPLOYED);
  expect(problems.map((problem) => problem.code)).toContain(code);
  expect(JSON.stringify(problems)).not.toContain('CANARY');
});

test.each([
  ['https://api.example.com', '/v1/members', 'https://api.example.com/v1/members'],
  ['https://api.example.com/', '/v1/members', 'https://api.example.com/v1/members'],
  ['https://api.example.com/v1', '/members?a=b', 'https://api.example.com/v1/members?a=b'],
  ['https://api.example.com/v1/', '/members/', 'https://api.example.com/v1/members/'],
  ['https://api.example.com/v1', '/', 'https://api.example.com/v1'],
  ['https://api.example.com/v1/', '/', 'https://api.example.com/v1/'],
  ['https://API.example.com:443', '/a%2Fb', 'https://api.example.com/a%2Fb'],
  ['https://api.example.com/v1', '/a?next=/../b', 'https://api.example.com/v1/a?next=/../b'],
])('%s with %s is %s', (base, path, url) => {
  expect(resolveUrl(base, path)).toBe(url);
});

test.each([
  'members',
  '',
  '/../admin',
  '/..',
  '/%2e%2e/admin',
  '/a/%2e%2e/%2e%2e/admin',
  '/..%2fadmin',
  '/\\..\\admin',
  '/a#b',
  '@evil.example.com/',
  '.evil.example.com/',
  ':8443/',
  '/a\nb',
  '/a b',
  '?a=b',
])('the path %j leads out of the base URL', (path) => {
  expect(() => resolveUrl('https://api.example.com/v1', path)).toThrow(/base URL/);
});

describe('addresses', () => {
  test.each([
    ['8.8.8.8', 'public'],
    ['9.255.255.255', 'public'],
    ['11.0.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.64.0.0', 'shared'],
    ['100.127.255.255', 'shared'],
    ['100.128.0.0', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['198.17.255.255', 'public'],
    ['198.20.0.0', 'public'],
    ['223.255.255.255', 'public'],
    ['192.0.1.0', 'public'],
    ['2606:4700::1111', 'public'],
    ['2001:200::1', 'public'],
    ['2001:1ff:ffff::', 'reserved'],
    ['2001:db9::', 'public'],
    ['2003::', 'public'],
    ['3fff:1000::', 'public'],
    ['3fff:fff::', 'documentation'],
    ['1fff::', 'reserved'],
    ['::1', 'loopback'],
    ['::2', 'translated'],
    ['::FFFF:8.8.8.8', 'translated'],
    ['64:ff9b:0:0:0:1::', 'reserved'],
    ['fe7f::', 'reserved'],
    ['fe80::', 'link-local'],
    ['fec0::', 'site-local'],
    ['ff00::', 'multicast'],
    ['::', 'unspecified'],
    ['::ffff:0:8.8.8.8', 'translated'],
    ['64:ff9b::8.8.8.8', 'translated'],
    ['64:ff9b:1:ffff::', 'translated'],
    ['64:ff9b:2::', 'reserved'],
    ['100::', 'reserved'],
    ['2001::1', 'tunnel'],
    ['2001:2::1', 'benchmark'],
    ['2001:3::1', 'reserved'],
    ['3ffe::', 'reserved'],
    ['3ffd::', 'public'],
    ['fd12:3456::', 'private'],
  ])('%s is %s', (address, kind) => {
    expect(kindOfAddress(address)).toBe(kind);
  });

  test.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '+1.2.3.4',
    '1e0.2.3.4',
    '::1%lo',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '[::1]',
  ])('%j is no address, and so not public', (text) => {
    expect(kindOfAddress(text)).toBe('unreadable');
  });

  test('what the URL parser makes of random addresses is read back the same', () => {
    for (let index = 0; index < 2_000; index += 1) {
      const groups = Array.from({ length: 8 }, (_, place) =>
        (index >> place) & 1 ? ((index * 2_654_435_761 * (place + 1)) >>> 16) & 0xffff : 0,
      );
      const host = new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]/`)
        .hostname;
      const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
      expect([...(parseAddress(host.slice(1, -1)) ?? [])]).toEqual(bytes);
    }
  });
});
