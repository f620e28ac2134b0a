/** What is refused when a destination is saved, and what a preview may show. */
import { expect, test } from 'vitest';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import {
  authenticationProblems,
  maskedHeaders,
} from '../../shared/domain/platform/authentication.ts';
import { checkHeader } from '../../shared/domain/platform/headers.ts';
import { canary, destinationWith } from './authentication-support.ts';

const oauth2 = (tokenUrl: string) => ({ type: 'oauth2', tokenUrl, clientId: 'c' });
const problems = (settings: object) =>
  authenticationProblems(destinationWith(settings), { allowLoopbackHttp: false });

test('a destination without a word of it has no authentication', () => {
  const { authentication, signature, secret, gzip } = destinationWith({});
  expect({ authentication, signature, secret, gzip }).toEqual({
    authentication: { type: 'none' },
    gzip: false,
  });
});

test.each([
  { authentication: { type: 'basic', userName: 'u', password: canary } },
  { authentication: { type: 'bearer', token: canary } },
  { authentication: { type: 'apiKey', header: 'x-api-key', value: canary } },
  { authentication: { ...oauth2('https://a.example/'), clientSecret: canary } },
  { signature: { key: canary } },
  { authentication: { type: 'digest' } },
  { authentication: { type: 'basic', userName: 'a:b' } },
  { authentication: { type: 'basic', userName: 'a\nb' } },
  { secret: '../other' },
  { secret: 'arn:aws:secretsmanager:eu-west-1:1:secret:x' },
])('no configuration holds a secret, or anything else that is not asked for: %o', (settings) => {
  const parsed = DestinationInput.safeParse({
    id: 'a',
    name: 'A',
    baseUrl: '',
    actions: {},
    ...settings,
  });
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error)).not.toContain(canary);
});

test.each([
  [{ authentication: { type: 'basic', userName: 'u' }, signature: {} }],
  [{ authentication: { type: 'apiKey', header: 'Authorization' } }],
  [{ authentication: { type: 'apiKey', header: 'X-Api-Key' }, signature: { header: 'x-token' } }],
  [{ authentication: oauth2('https://login.example.com/oauth2/token?api-version=1') }],
  [{ authentication: { type: 'bearer' }, headers: { 'x-account': '1' } }],
])('may be saved: %o', (settings) => {
  expect(problems(settings)).toEqual([]);
});

const header = 'destination.authentication.header';
const tokenUrl = 'destination.authentication.tokenUrl';

test.each([
  [{ authentication: { type: 'apiKey', header: 'Host' } }, header, 'header-reserved'],
  [{ authentication: { type: 'apiKey', header: 'idempotency-key' } }, header, 'header-reserved'],
  [{ authentication: { type: 'apiKey', header: 'x a' } }, header, 'header-name'],
  [{ authentication: { type: 'apiKey', header: 'content-type' } }, header, 'header-value'],
  [
    { authentication: { type: 'apiKey', header: 'X-Account' }, headers: { 'x-account': '1' } },
    header,
    'header-duplicate',
  ],
  [{ signature: { header: 'cookie' } }, 'destination.signature.header', 'header-reserved'],
  [
    { signature: { header: 'X-T', timestampHeader: 'x-t' } },
    'destination.signature.timestampHeader',
    'header-duplicate',
  ],
  [
    { signature: { header: 'Authorization' }, authentication: { type: 'bearer' } },
    'destination.signature.header',
    'header-duplicate',
  ],
  [{ authentication: oauth2('login.example.com') }, tokenUrl, 'token-url-invalid'],
  [{ authentication: oauth2('https:login.example.com') }, tokenUrl, 'token-url-invalid'],
  [{ authentication: oauth2('https://login.example.com/ x') }, tokenUrl, 'token-url-invalid'],
  [{ authentication: oauth2('https:\\\\login.example.com') }, tokenUrl, 'token-url-invalid'],
  [
    { authentication: oauth2('https://u:CANARY-s3cr3t@a.example') },
    tokenUrl,
    'token-url-credentials',
  ],
  [{ authentication: oauth2('https://@a.example') }, tokenUrl, 'token-url-credentials'],
  [{ authentication: oauth2('https://a.example/#x') }, tokenUrl, 'token-url-fragment'],
  [{ authentication: oauth2('http://a.example/') }, tokenUrl, 'not-https'],
  [{ authentication: oauth2('ftp://a.example/') }, tokenUrl, 'token-url-invalid'],
  [{ authentication: oauth2('https://169.254.169.254/') }, tokenUrl, 'forbidden-address'],
  [{ authentication: oauth2('https://0x7f.1/') }, tokenUrl, 'forbidden-address'],
  [{ authentication: oauth2('http://localhost/') }, tokenUrl, 'forbidden-address'],
  [{ authentication: oauth2('https://idp.internal/') }, tokenUrl, 'forbidden-host'],
])('refused at save: %o', (settings, path, code) => {
  const found = problems(settings);
  expect(found).toMatchObject([{ path, code, message: expect.stringMatching(/\.$/) }]);
  expect(JSON.stringify(found)).not.toContain(canary);
});

test.each([
  ['X-Api-Key', canary],
  ['apikey', canary],
  ['api-key', canary],
  ['X-Auth-Token', canary],
  ['Access-Token', canary],
  ['x-access-token', canary],
  ['private-token', canary],
  ['x-goog-api-key', canary],
  ['Ocp-Apim-Subscription-Key', canary],
  ['x-secret', canary],
  ['x-mine', `Bearer ${canary}`],
  ['x-mine', `basic ${canary}`],
  ['x-mine', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.${canary}`],
])(
  'a custom header %s that holds a secret is refused, and the secret not repeated',
  (name, value) => {
    const found = checkHeader(name, value);
    expect(found).toMatchObject([{ code: 'header-secret' }]);
    expect(found[0]?.message).toContain('authentication of the destination');
    expect(JSON.stringify(found)).not.toContain(canary);
  },
);

test.each([
  ['x-api-version', '2'],
  ['developer-token-id', '1'],
  ['x-author', 'Ada'],
  ['x-key-account', 'yes'],
  ['x-note', 'basic'],
])('%s: %s is no secret', (name, value) => {
  expect(checkHeader(name, value)).toEqual([]);
});

test('a preview shows which headers there will be, and nothing of their values', () => {
  expect(maskedHeaders(destinationWith({}))).toEqual({});
  const signed = { authentication: { type: 'basic', userName: 'u' }, signature: {} };
  expect(maskedHeaders(destinationWith(signed))).toEqual({
    authorization: '••••',
    'x-signature': '••••',
    'x-signature-timestamp': '••••',
  });
  const keyed = { authentication: { type: 'apiKey', header: 'X-Api-Key' } };
  expect(maskedHeaders(destinationWith(keyed))).toEqual({ 'x-api-key': '••••' });
});
