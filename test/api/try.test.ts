/** What one does before there is a sync: looking at requests, at a source, at times; and sending one record. */

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { buckets } from '../../local/aws/function-wiring.ts';
import { type ApiWorld, startApiWorld } from './world.ts';

let world: ApiWorld;
let echo: Server;
let echoed = 0;
const password = 'sesame "open" 4711';
const basic = Buffer.from(`ada:${password}`).toString('base64');

/** Answers with all that it was sent, as many a platform's test address does. */
beforeAll(async () => {
  world = await startApiWorld();
  echo = createServer(async (request, response) => {
    echoed += 1;
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part as Uint8Array);
    const body = Buffer.concat(parts).toString();
    const [, credentials = ''] = (request.headers.authorization ?? '').split(' ');
    const plain = Buffer.from(credentials, 'base64').toString();
    response.writeHead(body.includes('refuse') ? 422 : 200, { 'x-heard': credentials });
    response.end(JSON.stringify({ headers: request.headers, plain, body }));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const made = await world.ask('POST /destinations', {
    body: world.destination('crm', {
      baseUrl: `http://127.0.0.1:${port}`,
      authentication: { type: 'basic', userName: 'ada' },
    }),
  });
  expect(made.http, made.text).toBe(201);
  const secret = await world.ask('PUT /destinations/crm/secret', { body: { password } });
  expect(secret.http, secret.text).toBe(200);
}, 60_000);
afterAll(async () => {
  echo.close();
  await world.close();
});

const row = { email: 'grace@example.com', firstName: 'Grace', title: 1 };

const Exchange = z.looseObject({
  request: z.looseObject({ body: z.string(), headers: z.record(z.string(), z.string()) }),
  answer: z.looseObject({ status: z.number(), body: z.string() }),
  outcome: z.string(),
});

test('one record is sent for a typed word alone, and the exchange shows everything but the secrets', async () => {
  const body = { action: 'insert', row, confirm: 'crm' };
  for (const confirm of [undefined, 'CRM', 'other']) {
    const refused = await world.ask('POST /destinations/crm/try', { body: { ...body, confirm } });
    expect(refused.http, refused.text).toBe(400);
  }
  const reading = await world.ask('POST /destinations/crm/try', { body, reads: true });
  expect(reading.http).toBe(403);
  expect(echoed).toBe(0);
  const sent = await world.ask('POST /destinations/crm/try', { body });
  expect(sent.http, sent.text).toBe(200);
  expect(echoed).toBe(1);
  const exchange = Exchange.parse(JSON.parse(sent.text));
  expect(exchange.outcome).toBe('delivered');
  expect(exchange.answer.status).toBe(200);
  expect(exchange.request.headers['authorization']).toBe('••••');
  const { body: arrived } = z.object({ body: z.string() }).parse(JSON.parse(exchange.answer.body));
  expect(arrived).toBe(exchange.request.body);
  for (const told of [password, basic, JSON.stringify(password).slice(1, -1)]) {
    expect(sent.text).not.toContain(told);
    expect(sent.text).not.toContain(JSON.stringify(told).slice(1, -1));
  }
  expect(sent.headers['cache-control']).toBe('no-store');
  const trail = await world.ask('GET /audit?thing=crm');
  expect(trail.text).toContain('"request-tried"');
  expect(trail.text).not.toContain('grace');
});

test('what the platform refuses is told by its rules, and what no request can be made of is not sent', async () => {
  const refuse = { ...row, email: 'refuse@example.com' };
  const body = { action: 'insert', row: refuse, confirm: 'crm' };
  const told = await world.ask('POST /destinations/crm/try', { body });
  expect(Exchange.parse(JSON.parse(told.text))).toMatchObject({
    outcome: 'rejected',
    code: expect.stringMatching(/^http-4/),
  });
  const before = echoed;
  const empty = await world.ask('POST /destinations/crm/try', { body: { ...body, row: {} } });
  expect(empty.http, empty.text).toBe(422);
  expect(echoed).toBe(before);
});

test('a destination shows its requests without a sync, and a template where it is wrong', async () => {
  const destination = world.destination('unsaved');
  const shown = await world.ask('POST /preview', {
    body: { destination, action: 'insert', records: 2 },
    reads: true,
  });
  expect(shown.http, shown.text).toBe(200);
  const { sent, sample, url } = z
    .looseObject({ sent: z.array(z.number()), sample: z.array(z.looseObject({})), url: z.string() })
    .parse(JSON.parse(shown.text));
  expect(sent).toEqual([0, 1]);
  expect(sample).toHaveLength(2);
  expect(sample[0]).toHaveProperty('email', 'person1@example.com');
  expect(url).toContain('/audience/');
  const connection = { audienceId: 'a b' };
  const other = await world.ask('POST /preview', {
    body: { destination, action: 'delete', rows: [row], connection },
  });
  expect(other.text).toContain('/a%20b/');
  const { insert } = destination.actions;
  if (!insert || typeof insert === 'string') throw new Error('none');
  const body = '{"members": [\n  $$.records.{"email": emial ? 1}]}';
  const wrong = {
    ...destination,
    actions: { ...destination.actions, insert: { ...insert, body } },
  };
  const refused = await world.ask('POST /preview', {
    body: { destination: wrong, action: 'insert' },
  });
  expect(refused).toMatchObject({
    http: 422,
    problems: [{ pointer: '/destination/actions/insert/body', line: 2, column: 30 }],
  });
});

test('a preview needs no more than a sync, which names its destination; without either it is refused', async () => {
  const none = await world.ask('POST /preview', { body: { rows: [row] } });
  expect(none).toMatchObject({ http: 400, problems: [{ pointer: '/destination' }] });
  const sync = world.sync('unsaved', { destination: 'crm' });
  const shown = await world.ask('POST /preview', { body: { sync, rows: [row] }, reads: true });
  expect(shown.http, shown.text).toBe(200);
});

test('columns and times are told of a sync that is not saved', async () => {
  const source = { bucket: buckets.snapshots, prefix: 'exports/people/', format: 'auto' };
  const columns = await world.ask('POST /syncs/columns', { body: { source }, reads: true });
  expect(columns.http, columns.text).toBe(200);
  expect(columns.text).toContain('"first_name"');
  const nowhere = { ...source, prefix: 'exports/nobody/' };
  const none = await world.ask('POST /syncs/columns', { body: { source: nowhere } });
  expect(none.http).toBe(422);
  const schedule = { type: 'cron', expression: '30 6 29 2 *' };
  const times = await world.ask('POST /syncs/times', { body: { schedule, count: 2 }, reads: true });
  const Times = z.object({ times: z.array(z.iso.datetime()) });
  expect(Times.parse(JSON.parse(times.text)).times).toHaveLength(2);
  for (const time of Times.parse(JSON.parse(times.text)).times) {
    expect(time).toMatch(/-02-29T06:30:00\.000Z$/);
  }
  const never = { type: 'cron', expression: '61 6 * * *' };
  expect(await world.ask('POST /syncs/times', { body: { schedule: never } })).toMatchObject({
    http: 422,
    problems: [{ pointer: '/schedule/expression' }],
  });
});

test('who calls is told with what they may do', async () => {
  const read = await world.ask('GET /me', { reads: true });
  expect(JSON.parse(read.text)).toMatchObject({
    name: 'local:read',
    scopes: ['read'],
    ground: 'one-machine',
  });
  const write = await world.ask('GET /me');
  expect(JSON.parse(write.text)).toMatchObject({ scopes: ['read', 'write'] });
});

test('the fields of templates that are being written are told; what cannot be read yet is left out', async () => {
  const actions = {
    insert: {
      path: '/members',
      body: '[$$.records.{"email": EMAIL, "score": $number(SCORE)}]',
      fields: { EMAIL: { required: true } },
    },
    update: 'insert',
    delete: { path: '/members', body: '[$$.records.{"email": ' },
  };
  const found = await world.ask('POST /destinations/fields', { body: { actions }, reads: true });
  expect(found.http, found.text).toBe(200);
  const { items, functions } = z
    .object({
      items: z.array(
        z.object({
          action: z.string(),
          fields: z.array(z.object({ name: z.string(), required: z.boolean() })),
        }),
      ),
      functions: z.array(z.object({ name: z.string() })),
    })
    .parse(JSON.parse(found.text));
  expect(items.map(({ action }) => action)).toEqual(['insert', 'update']);
  expect(items[0]?.fields).toEqual([
    { name: 'EMAIL', required: true },
    { name: 'SCORE', required: false },
  ]);
  expect(functions.map(({ name }) => name)).toContain('$join');
});

test('a field whose settings bear a name that the template nearly has is named', async () => {
  const body = world.destination('typing', {
    actions: {
      insert: {
        method: 'POST',
        path: '/members',
        batchSize: 10,
        bodyKind: 'json',
        body: '[$$.records.{"email": EMIAL}]',
        fields: { EMAIL: { required: true, static: false, hash: 'NONE' } },
      },
    },
  });
  const refused = await world.ask('POST /destinations/validate', { body });
  expect(refused.http).toBe(422);
  expect(refused.text).toContain('The template has EMIAL: did you mean EMAIL there?');
});
