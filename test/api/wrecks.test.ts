/** What is stored and can't be read: everything else goes on, and it can be deleted or replaced; and what is done to many at once. */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { table as names } from '../../shared/contracts/wiring.ts';
import { type ApiWorld, startApiWorld } from './world.ts';

let world: ApiWorld;
let table: DynamoDBDocumentClient;
beforeAll(async () => {
  world = await startApiWorld();
  const { aws } = world.mirror;
  table = DynamoDBDocumentClient.from(new DynamoDBClient(aws.clients.dynamodb));
  await ok('POST /destinations', world.destination('crm'), 201);
}, 60_000);
afterAll(async () => {
  table.destroy();
  await world.close();
});

async function ok(what: string, body?: object, status = 200, headers = {}) {
  const answer = await world.ask(what, { ...(body && { body }), headers });
  expect(answer.http, `${what} ${answer.text}`).toBe(status);
  return JSON.parse(answer.text || '{}') as Record<string, unknown>;
}

/** Of the form of today, and of no sense. */
const plant = (pk: string, sk: string, item: object = { format: 1, config: 'sesame' }) =>
  table.send(
    new PutCommand({
      TableName: world.mirror.aws.table,
      Item: { [names.partitionKey]: pk, [names.sortKey]: sk, ...item },
    }),
  );

const any = { 'if-match': '*' };
const Listed = z.looseObject({
  items: z.array(z.looseObject({ id: z.string() })),
  unreadable: z.array(z.looseObject({ id: z.string(), code: z.string() })).optional(),
});

test('a sync that can not be read keeps no other back, and is replaced or deleted with a word', async () => {
  await ok('POST /syncs', world.sync('whole'), 201);
  await plant('SYNCS', 'wreck');
  const list = Listed.parse(await ok('GET /syncs'));
  expect(list.items.map(({ id }) => id)).toEqual(['whole']);
  expect(list.unreadable).toMatchObject([{ id: 'wreck', code: 'stored-unreadable' }]);
  const settings = world.sync('wreck');
  expect(await world.ask('GET /syncs/wreck')).toMatchObject({ http: 409 });
  // Who names a version means something that was read.
  const named = await world.ask('PUT /syncs/wreck', {
    body: settings,
    headers: { 'if-match': '"1"' },
  });
  expect(named).toMatchObject({ http: 409, code: 'stored-unreadable' });
  await ok('PUT /syncs/wreck', settings, 200, any);
  expect(await ok('GET /syncs/wreck')).toMatchObject({ id: 'wreck', status: { state: 'new' } });
  await plant('SYNCS', 'wreck');
  await plant('STATES', 'wreck');
  const unknown = await world.ask('DELETE /syncs/wreck', { headers: any });
  expect(unknown).toMatchObject({ http: 409, code: 'members-left-behind' });
  const tried = await world.ask('DELETE /syncs/wreck?members=leave&dryRun=true', { headers: any });
  expect(tried).toMatchObject({ http: 200, dryRun: true });
  await ok('DELETE /syncs/wreck?members=leave', undefined, 204, any);
  expect(Listed.parse(await ok('GET /syncs')).unreadable).toBeUndefined();
  expect(await world.ask('GET /syncs/wreck')).toMatchObject({ http: 404 });
});

test('a sync whose state can not be read says so, among the others', async () => {
  await ok('POST /syncs', world.sync('dark'), 201);
  await plant('STATES', 'dark', { format: 1, epoch: 'sesame' });
  const list = Listed.parse(await ok('GET /syncs?q=dark'));
  expect(list.items).toMatchObject([{ id: 'dark', status: { state: 'unreadable' } }]);
  expect(JSON.stringify(list)).not.toContain('sesame');
  expect(Listed.parse(await ok('GET /syncs?status=unreadable')).items).toHaveLength(1);
  await ok('POST /syncs/dark/reset', undefined, 204);
  expect(await ok('GET /syncs/dark')).toMatchObject({ status: { state: 'new' } });
});

test('a destination that can not be read is replaced, and deleted once nothing uses it', async () => {
  await plant('DESTINATIONS', 'torn');
  await ok('PUT /destinations/torn', world.destination('torn'), 200, any);
  await plant('DESTINATIONS', 'torn');
  await ok('DELETE /destinations/torn', undefined, 204, any);
  await plant('DESTINATIONS', 'crm');
  const used = await world.ask('DELETE /destinations/crm', { headers: any });
  expect(used).toMatchObject({ http: 409, code: 'destination-used' });
  await ok('PUT /destinations/crm', world.destination('crm'), 200, any);
  await plant('DESTINATIONS', 'later', { format: 9_999 });
  const later = await world.ask('DELETE /destinations/later', { headers: any });
  expect(later).toMatchObject({ http: 409, code: 'format-newer' });
});

test('all syncs of a destination are run and disabled at once; one that can not be keeps no other back', async () => {
  await ok('POST /destinations', world.destination('many'), 201);
  for (const id of ['many-a', 'many-b', 'many-off']) {
    const changes = { destination: 'many', enabled: id !== 'many-off' };
    await ok('POST /syncs', world.sync(id, changes), 201);
  }
  const once = { 'idempotency-key': 'all-of-them' };
  const Done = z.object({
    items: z.array(z.looseObject({ sync: z.string(), run: z.string().optional() })),
  });
  const body = { dryRun: true };
  const first = Done.parse(await ok('POST /destinations/many/runs', body, 202, once));
  expect(first.items.map(({ sync }) => sync)).toEqual(['many-a', 'many-b']);
  const again = Done.parse(await ok('POST /destinations/many/runs', body, 202, once));
  expect(again.items.map(({ run }) => run)).toEqual(first.items.map(({ run }) => run));
  for (const { sync, run = '' } of first.items) await world.mirror.follow(sync, run);
  const disabled = Done.parse(await ok('POST /destinations/many/disable'));
  expect(disabled.items).toEqual(['many-a', 'many-b'].map((sync) => ({ sync, version: 2 })));
  expect(Done.parse(await ok('POST /destinations/many/disable')).items).toEqual([]);
  expect(Listed.parse(await ok('GET /syncs?destination=many&enabled=true')).items).toEqual([]);
  expect(await world.ask('POST /destinations/none/disable')).toMatchObject({ http: 404 });
});
