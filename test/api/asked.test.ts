/** What is asked is done, or refused: no word of a request is passed over. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiWorld, startApiWorld } from './world.ts';

let world: ApiWorld;
const any = { 'if-match': '*' };

beforeAll(async () => {
  world = await startApiWorld();
  await world.ask('POST /destinations', { body: world.destination('crm') });
  await world.ask('POST /syncs', { body: world.sync('people', { schedule: { type: 'manual' } }) });
});
afterAll(() => world.close());

const partitions = ['DESTINATIONS', 'SYNCS', 'STATES', 'SYNC#people', 'AUDIT', 'SECRETS', 'ONCE'];

/** All that the routes write, but for locks that come and go. */
async function stored(): Promise<string> {
  const { aws } = world.mirror;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(aws.clients.dynamodb));
  const found = await Promise.all(
    partitions.map((pk) =>
      client.send(
        new QueryCommand({
          TableName: aws.table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
        }),
      ),
    ),
  );
  client.destroy();
  return JSON.stringify(found.map(({ Items }) => Items));
}

test.each([
  ['POST /syncs/people/empty', { dryRun: true }, 'body'],
  ['POST /syncs/people/enable', {}, 'body'],
  ['POST /syncs/people/reset', [], 'body'],
  ['POST /syncs/people/runs?dryRun=true', undefined, 'query.dryRun'],
  ['POST /syncs/people/runs', { dryrun: true }, 'body.dryrun'],
  ['GET /syncs?destinaton=crm', undefined, 'query.destinaton'],
  ['GET /syncs?q=%ff', undefined, 'query'],
  ['POST /syncs/people/rollback', undefined, 'body.to'],
])(
  '%s with an unknown word is refused by its place, and does nothing',
  async (what, body, path) => {
    const before = await stored();
    const answer = await world.ask(what, body === undefined ? {} : { body });
    expect(answer, answer.text).toMatchObject({ http: 400, code: 'request-invalid' });
    expect(answer.problems?.map((problem) => problem.path)).toEqual([path]);
    expect(await stored()).toBe(before);
  },
);

test('headers that change what is meant are refused where they would be passed over', async () => {
  for (const [what, headers] of [
    ['POST /syncs/people/empty', any],
    ['POST /syncs', { 'idempotency-key': 'a' }],
    ['DELETE /syncs/people', { ...any, 'if-none-match': '*' }],
    ['PUT /syncs/people', { 'if-unmodified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }],
  ] as const) {
    const answer = await world.ask(what, { headers });
    expect(answer, `${what} ${answer.text}`).toMatchObject({ http: 400 });
    expect(answer.problems?.[0]?.path).toMatch(/^header\./);
  }
});

test('bodies are JSON in UTF-8, and say so', async () => {
  const body = JSON.stringify(world.destination('latin', { name: 'Gr\u00fc\u00dfe' }));
  const send = (bytes: Uint8Array, type: string, more: object = {}) =>
    world.ask('POST /destinations', { body: bytes, headers: { 'content-type': type, ...more } });
  const utf8 = Buffer.from(body);
  expect((await send(Buffer.from(body, 'latin1'), 'application/json')).http).toBe(400);
  expect((await send(utf8, 'application/json; charset=iso-8859-1')).http).toBe(415);
  expect((await send(utf8, 'text/plain')).http).toBe(415);
  expect((await send(utf8, 'application/merge-patch+json')).http).toBe(415);
  expect((await send(utf8, 'application/json', { 'content-encoding': 'gzip' })).http).toBe(415);
  expect((await send(utf8, 'application/json; charset="UTF-8"')).http).toBe(201);
});

test('another method is told which there are', async () => {
  const answer = await world.ask('DELETE /syncs');
  expect(answer).toMatchObject({ http: 405, code: 'method-unknown' });
  expect(answer.headers['allow']).toBe('GET, HEAD, POST');
  expect((await world.ask('TRACE /syncs/people')).headers['allow']).toContain('PATCH');
  expect((await world.ask('GET /nothing')).http).toBe(404);
});

test('a dry run says what would be done, and does nothing', async () => {
  const other = world.sync('people', { name: 'Renamed' });
  const fresh = world.sync('fresh');
  const before = await stored();
  for (const [what, asked, foreseen] of [
    ['POST /syncs?dryRun=true', { body: fresh }, { what: 'created', thing: 'fresh' }],
    [
      'PUT /syncs/people?dryRun=true',
      { body: other, headers: any },
      { what: 'updated', changes: [{ pointer: '/name', before: 'Of people', after: 'Renamed' }] },
    ],
    [
      'PATCH /destinations/crm?dryRun=true',
      {
        body: { concurrency: 3 },
        headers: { ...any, 'content-type': 'application/merge-patch+json' },
      },
      { what: 'updated', kind: 'destination' },
    ],
    ['DELETE /syncs/people?dryRun=true', { headers: any }, { what: 'deleted' }],
    ['POST /syncs/people/disable?dryRun=true', {}, { what: 'disabled' }],
    ['POST /syncs/people/empty?dryRun=true', {}, { what: 'run-started', members: 0 }],
    ['POST /syncs/people/reset?dryRun=true', {}, { what: 'forgotten' }],
    [
      'POST /syncs/people/erasures?dryRun=true',
      { body: { keys: [['ada@example.com']] } },
      { what: 'asked', members: 1 },
    ],
    [
      'POST /syncs/people/adopt?dryRun=true',
      { body: { source: fresh.source } },
      { what: 'run-started' },
    ],
  ] as const) {
    const answer = await world.ask(what, asked);
    expect(answer, `${what} ${answer.text}`).toMatchObject({
      http: 200,
      dryRun: true,
      ...foreseen,
    });
  }
  // What would be refused is refused.
  expect((await world.ask('DELETE /destinations/crm?dryRun=true', { headers: any })).http).toBe(
    409,
  );
  const nowhere = await world.ask('POST /syncs/people/rollback?dryRun=true', { body: { to: '0' } });
  expect(nowhere).toMatchObject({ http: 422, code: 'run-unknown' });
  const taken = world.sync('taken', { name: ' OF  people' });
  expect((await world.ask('POST /syncs/validate', { body: taken })).code).toBe('name-taken');
  expect((await world.ask('POST /syncs?dryRun=true', { body: other })).code).toBe('exists-already');
  expect(await stored()).toBe(before);
});

test('the same request with its key again starts nothing anew', async () => {
  const headers = { 'idempotency-key': 'once-and-no-more' };
  const [first, beside] = await Promise.all([
    world.ask('POST /syncs/people/empty', { headers }),
    world.ask('POST /syncs/people/empty', { headers }),
  ]);
  expect(first.http, first.text).toBe(202);
  expect(beside.id).toBe(first.id);
  expect(first.headers['location']).toBe(`/v1/syncs/people/runs/${first.id}`);
  await world.mirror.follow('people', first.id ?? '');
  expect((await world.ask('POST /syncs/people/empty', { headers })).id).toBe(first.id);
  const other = await world.ask('POST /syncs/people/runs', { headers });
  expect(other).toMatchObject({ http: 422, code: 'request-key-reused' });
  const erasure = { body: { keys: [['nobody@example.com']] }, headers: { 'idempotency-key': 'e' } };
  const asked = await world.ask('POST /syncs/people/erasures', erasure);
  expect((await world.ask('POST /syncs/people/erasures', erasure)).id).toBe(asked.id);
});

test('what one has already is not sent again, and says when it changed', async () => {
  const first = await world.ask('GET /syncs/people');
  const headers = { 'if-none-match': first.headers['etag'] ?? '' };
  const again = await world.ask('GET /syncs/people', { headers });
  expect(again).toMatchObject({ http: 304, text: '' });
  const saved = await world.ask('PUT /syncs/people', {
    body: world.sync('people', { schedule: { type: 'manual' }, retryFailed: false }),
    headers: { 'if-match': first.headers['etag'] ?? '' },
  });
  expect(saved.http, saved.text).toBe(200);
  expect((await world.ask('GET /syncs/people', { headers })).http).toBe(200);
});

test('a schedule that never fires keeps an enabled sync from being saved, and no other', async () => {
  const never = { type: 'cron', expression: '0 0 31 2 *' } as const;
  const put = (enabled: boolean) =>
    world.ask('PUT /syncs/people', {
      body: world.sync('people', { schedule: never, enabled }),
      headers: any,
    });
  expect(await put(true)).toMatchObject({
    http: 422,
    problems: [{ pointer: '/schedule/expression', code: 'cron-never' }],
  });
  expect(await put(false)).toMatchObject({ http: 200, warnings: [{ code: 'cron-never' }] });
  const usual = { body: world.sync('people', { schedule: { type: 'manual' } }), headers: any };
  expect((await world.ask('PUT /syncs/people', usual)).http).toBe(200);
});

test('a PUT creates where nothing may be yet, and a patch changes what it names', async () => {
  const body = world.destination('put');
  const created = { body, headers: { 'if-none-match': '*' } };
  expect((await world.ask('PUT /destinations/put', created)).http).toBe(201);
  expect((await world.ask('PUT /destinations/put', created)).http).toBe(412);
  const type = { 'content-type': 'application/merge-patch+json' };
  const patched = await world.ask('PATCH /destinations/put', {
    body: { name: 'Patched', headers: { 'x-a': 'b' }, requestsPerSecond: null },
    headers: { ...any, ...type },
  });
  expect(patched).toMatchObject({ http: 200, name: 'Patched', headers: expect.anything() });
  const wrong = await world.ask('PATCH /destinations/put', {
    body: { concurrency: 'many' },
    headers: { ...any, ...type },
  });
  expect(wrong).toMatchObject({ http: 400, problems: [{ pointer: '/concurrency' }] });
});

test('a cursor of another list, or an altered one, is refused', async () => {
  const page = await world.ask('GET /destinations?limit=1');
  const next = String(page['next']);
  expect((await world.ask(`GET /destinations?limit=2&after=${next}`)).http).toBe(200);
  for (const path of [
    `/syncs?after=${next}`,
    `/destinations?after=x${next.slice(1)}`,
    '/audit?after=put',
  ]) {
    const answer = await world.ask(`GET ${path}`);
    expect(answer, path).toMatchObject({ http: 400, problems: [{ path: 'query.after' }] });
  }
});

test('every answer names its request, and one that failed here says nothing else', async () => {
  const fine = await world.ask('GET /syncs');
  expect(fine.headers['x-request-id']).toMatch(/^[0-9a-z]{26}$/);
  const refused = await world.ask('GET /syncs/none');
  expect(refused.requestId).toBe(refused.headers['x-request-id']);
  const explained = await world.ask(`GET ${String(refused['type']).replace('/v1', '')}`);
  expect(explained.text).toMatch(/^# not-found\n\n/);
});

test('a key names each column once', async () => {
  const twice = world.sync('twice', { key: ['email', 'email'] });
  for (const what of ['POST /syncs', 'POST /syncs/validate']) {
    const answer = await world.ask(what, { body: twice });
    expect(answer, answer.text).toMatchObject({ http: 400, problems: [{ pointer: '/key' }] });
  }
});

test('a column that the newest snapshot lacks is refused where no record is without it, and else told', async () => {
  const of = (id: string, changes: Record<string, { column: string }>, key = ['email']) => ({
    ...world.sync(id, { enabled: true, key }),
    mappings: { ...world.sync(id).mappings, ...changes },
  });
  const lacking = of('lacking', { title: { column: 'titel' } });
  const saved = await world.ask('POST /syncs?dryRun=true', { body: lacking });
  expect(saved, saved.text).toMatchObject({
    http: 200,
    warnings: [{ code: 'column-missing', pointer: '/mappings/title' }],
  });
  expect(saved.text).toContain('Did you mean title?');
  // By the address a delete finds its member, and by the key everything does.
  for (const [body, path] of [
    [of('lost', { email: { column: 'e_mail' } }), '/mappings/email'],
    [of('keyless', {}, ['id']), '/key/0'],
  ] as const) {
    const refused = await world.ask('POST /syncs?dryRun=true', { body });
    expect(refused.http).toBe(422);
    expect(refused.problems).toMatchObject([{ code: 'column-missing', pointer: path }]);
    expect(refused.text).not.toContain('ada@example.com');
  }
});
