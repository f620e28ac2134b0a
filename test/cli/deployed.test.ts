/** A deployed system: found by its stack, and every request signed as AWS says (Signature Version 4). */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { audienceMirror } from './world.ts';

const secretKey = 'a/secret+key';
let seen: { request: IncomingMessage; body: string }[] = [];
let answer = { status: 200, body: '{"items": []}' };
let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.headers['user-agent']?.includes('cloudformation')) {
      response.end(stacks(new URLSearchParams(body).get('StackName')));
      return;
    }
    seen.push({ request, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_SESSION_TOKEN: 'a session',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_CLOUDFORMATION: url,
  });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen = [];
  answer = { status: 200, body: '{"items": []}' };
});

const stacks = (name: string | null) =>
  `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${name === 'mirror' ? `<member><OutputKey>ApiUrl</OutputKey><OutputValue>${url}/</OutputValue></member>` : ''}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) =>
  createHmac('sha256', key).update(data).digest();

/** By the steps of the AWS documentation, and none of the signer's code. */
function expectedSignature({ request, body }: { request: IncomingMessage; body: string }): string {
  const { headers, method = '', url: target = '' } = request;
  const [path = '', query = ''] = target.split('?');
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(headers.authorization ?? '') ?? [];
  const canonicalHeaders = signed
    .split(';')
    .map((name) => `${name}:${headers[name]}\n`)
    .join('');
  const sortedQuery = query.split('&').sort().join('&');
  const canonical = [method, path, sortedQuery, canonicalHeaders, signed, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce(hmac, `AWS4${secretKey}` as string | Buffer);
  return hmac(key, toSign).toString('hex');
}

const call = (...argv: string[]) => audienceMirror(argv, { cwd: '/' });

test('the stack names the API, and what is read and written is signed', async () => {
  expect(await call('runs', 'customers', '--stack', 'mirror')).toMatchObject({ code: 0 });
  const run = {
    id: '1',
    sync: 'customers',
    trigger: 'manual',
    task: { kind: 'mirror' },
    phase: 'starting',
    startedAt: '2026-01-01T00:00:00Z',
  };
  answer.body = JSON.stringify(run);
  expect(await call('run', 'customers', '--stack', 'mirror')).toMatchObject({ code: 0 });
  expect(seen.map(({ request }) => `${request.method} ${request.url}`)).toEqual([
    'GET /v1/syncs/customers/runs?limit=50',
    'POST /v1/syncs/customers/runs',
  ]);
  for (const each of seen) {
    const { authorization = '', host, 'x-amz-security-token': token } = each.request.headers;
    expect(authorization).toContain('/eu-west-1/execute-api/aws4_request');
    expect(authorization).toMatch(/SignedHeaders=[^,]*\bhost\b/);
    expect(`http://${host}`).toBe(url);
    expect(token).toBe('a session');
    expect(/Signature=(\w+)/.exec(authorization)?.[1]).toBe(expectedSignature(each));
  }
});

test('a token of an identity provider goes before the signature', async () => {
  const env = { AUDIENCE_MIRROR_TOKEN: 'a.b.c', AUDIENCE_MIRROR_ENDPOINT: url };
  expect(await audienceMirror(['runs', 'customers'], { cwd: '/', env })).toMatchObject({ code: 0 });
  expect(seen[0]?.request.headers).toMatchObject({ authorization: 'Bearer a.b.c' });
});

test('what cannot be reached, or says no, is told in a line with its mend', async () => {
  expect(await call('runs', 'customers', '--stack', 'other')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: The stack "other" has no output ApiUrl\. .*\(stack-without-api\)\n$/,
    ),
  });
  answer = { status: 403, body: '{"message":"Forbidden"}' };
  expect(await call('runs', 'customers', '--endpoint', url)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('execute-api:Invoke'),
  });
  answer = { status: 500, body: '<html>' };
  expect(await call('runs', 'customers', '--endpoint', url)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(api-failed)'),
  });
  answer = { status: 200, body: '{"items": [{}]}' };
  expect(await call('runs', 'customers', '--endpoint', url)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('items.0.id'),
  });
  expect(await call('runs', 'customers', '--endpoint', 'http://127.0.0.1:9')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(api-unreachable)'),
  });
  expect(await call('runs', 'customers', '--endpoint', 'http://example.com')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(endpoint-invalid)'),
  });
});
