/** What is on its way to webhooks: told once where it is taken, again where it is not, whoever dies in between. */
import { randomBytes } from 'node:crypto';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliverNotices } from '../../functions/sweep/deliver.ts';
import { Items } from '../../shared/aws/items.ts';
import { createToldAlerts } from '../../shared/aws/told-alerts.ts';
import { createDeliveries, createWebhookStore } from '../../shared/aws/webhook-store.ts';
import type { Alert } from '../../shared/contracts/alert.ts';
import { type Notice, WebhookInput } from '../../shared/contracts/webhook.ts';
import { alsoToWebhooks } from '../../shared/flow/tell-webhooks.ts';
import { createGuardedSender, type GuardedSender } from '../../shared/http/guarded-sender.ts';
import { createWebhookSender } from '../../shared/http/webhook-sender.ts';
import fc from '../fast-check.ts';
import { inSqlite, type TableWorld } from '../ports/tables.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const signingKey = `whsec_${randomBytes(32).toString('base64')}`;
const turn = { id: 'turn', remainingMs: () => 120_000 };
const minuteMs = 60_000;
/** Of the guide: between one try and the next. */
const pauses = [5 / 60, 5, 30, 120, 300, 600, 840, 1_200, 1_440].map((each) => each * minuteMs);

let world: TableWorld;
let receiver: Receiver;
let sender: GuardedSender;
let now: number;
let raised: Alert[];

beforeEach(async () => {
  world = await inSqlite();
  receiver = await startReceiver();
  now = Date.now();
  raised = [];
  // Its own clock: this one is moved by days.
  sender = createGuardedSender({ allowLoopbackHttp: true, clock: { now: () => now } });
});
afterEach(async () => {
  await sender.close();
  await receiver.close();
  await world.close();
});

const clock = { now: () => now, sleep: async () => {} };

function ports() {
  const items = new Items(world.table);
  const webhooks = createWebhookStore(items);
  const deliveries = createDeliveries(items);
  const secrets = { get: async () => ({ signingKey, token: 'a/b' }), forget: () => {} };
  const notices = createWebhookSender({ secrets, sender, clock });
  const events = { raise: async (alert: Alert) => void raised.push(alert) };
  const alerts = alsoToWebhooks(events, { webhooks, deliveries, clock, wake: async () => {} });
  return { webhooks, deliveries, notices, clock, alerts, told: createToldAlerts(items) };
}

const webhook = (changes: Partial<WebhookInput> = {}) =>
  WebhookInput.parse({ id: 'ours', name: 'Ours', url: `${receiver.url}/hook`, ...changes });

const notice = (id: string, changes: Partial<Notice> = {}): Notice => ({
  id,
  type: 'run-ended',
  at: now,
  sync: 'customers',
  title: 'Run succeeded: sync customers',
  message: 'All of it.',
  link: 'syncs/customers/runs/1',
  data: { sync: 'customers', status: 'succeeded' },
  ...changes,
});

test('a notice is signed as the library of the standard verifies, and goes once', async () => {
  const all = ports();
  await all.webhooks.put(webhook(), 0);
  await all.deliveries.add('ours', notice('run-ended/customers/1'), now);
  await all.deliveries.add('ours', notice('run-ended/customers/1'), now);
  await deliverNotices(all, turn);
  await deliverNotices(all, turn);
  expect(receiver.received).toHaveLength(1);
  const [{ path, headers, body }] = receiver.received as [Receiver['received'][0]];
  expect(path).toBe('/hook');
  const said = new Verifier(signingKey).verify(body, headers);
  expect(said).toMatchObject({ type: 'run-ended', data: { status: 'succeeded' } });
  expect(() => new Verifier(signingKey).verify(`${body} `, headers)).toThrow();
  const another = `whsec_${randomBytes(32).toString('base64')}`;
  expect(() => new Verifier(another).verify(body, headers)).toThrow();
});

test('a notice that nobody takes is tried at the times of the standard, then given up, told and kept to be seen', async () => {
  const all = ports();
  receiver.answers(500);
  await all.webhooks.put(webhook(), 0);
  await all.deliveries.add('ours', notice('one'), now);
  for (const [at, pause] of pauses.entries()) {
    await deliverNotices(all, turn);
    expect(receiver.received).toHaveLength(at + 1);
    now += pause - 1;
    await deliverNotices(all, turn);
    expect(receiver.received, 'not before its time').toHaveLength(at + 1);
    now += 1;
  }
  await deliverNotices(all, turn);
  expect(raised).toMatchObject([{ kind: 'webhook-failed', code: 'http-500' }]);
  expect(raised[0]?.message).not.toContain(receiver.url);
  const [given] = await all.deliveries.givenUp('ours', 10);
  expect(given).toMatchObject({ notice: { id: 'one' }, delivery: { attempts: 10 } });
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set(['one']),
  );
});

test('who dies after the request leaves it to the next try, under the same id', async () => {
  const all = ports();
  await all.webhooks.put(webhook(), 0);
  await all.deliveries.add('ours', notice('one'), now);
  const remove = async () => Promise.reject(new Error('killed'));
  const dying = { ...all, deliveries: { ...all.deliveries, remove } };
  await expect(deliverNotices(dying, turn)).rejects.toThrow();
  await deliverNotices(all, turn);
  expect(receiver.received, 'it may still be under way').toHaveLength(1);
  now += 31_000;
  await deliverNotices(all, turn);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(['one', 'one']);
  expect(await all.deliveries.listFor('ours', 10)).toEqual([]);
});

test('many at once tell each notice once', async () => {
  const all = ports();
  await all.webhooks.put(webhook(), 0);
  for (let at = 0; at < 20; at++) await all.deliveries.add('ours', notice(`n${at}`), now);
  await Promise.all(Array.from({ length: 5 }, () => deliverNotices(all, turn)));
  expect(receiver.received.map(({ headers }) => headers['webhook-id']).sort()).toEqual(
    Array.from({ length: 20 }, (_, at) => `n${at}`).sort(),
  );
});

test('410 is given up at once; a wait that the receiver names is kept; a redirect is not followed', async () => {
  const all = ports();
  const aside = await startReceiver();
  await all.webhooks.put(webhook(), 0);
  await all.deliveries.add('ours', notice('one'), now);
  receiver.answers(307, { location: aside.url });
  await deliverNotices(all, turn);
  expect(aside.received).toEqual([]);
  await aside.close();
  receiver.answers(429, { 'retry-after': '3600' });
  now += 5_000;
  await deliverNotices(all, turn);
  now += 3_599_000;
  await deliverNotices(all, turn);
  expect(receiver.received).toHaveLength(2);
  receiver.answers(410);
  now += 1_000;
  await deliverNotices(all, turn);
  expect(receiver.received).toHaveLength(3);
  expect(await all.deliveries.listFor('ours', 10)).toEqual([]);
});

test('a message for Slack has its three characters escaped, and the secret part of the address encoded', async () => {
  const all = ports();
  const url = `${receiver.url}/services/T0/B0/{{secret.token}}`;
  await all.webhooks.put(
    webhook({ format: 'slack', url, linkBase: 'https://console.example.com/' }),
    0,
  );
  const title = 'Run failed: sync <customers> & co';
  await all.deliveries.add('ours', notice('one', { title }), now);
  await deliverNotices(all, turn);
  const [{ path, headers, body }] = receiver.received as [Receiver['received'][0]];
  expect(path).toBe('/services/T0/B0/a%2Fb');
  expect(headers['webhook-signature']).toBeUndefined();
  expect(JSON.parse(body)).toEqual({
    text: '*Run failed: sync &lt;customers&gt; &amp; co*\nAll of it.\n<https://console.example.com/syncs/customers/runs/1|https://console.example.com/syncs/customers/runs/1>',
  });
});

test('a webhook is told of its events and its syncs alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(['run-ended', 'run-failed', 'clock-set-back'] as const, { minLength: 1 }),
      fc.option(fc.subarray(['customers', 'leads'], { minLength: 1 }), { nil: undefined }),
      fc.constantFrom('run-failed', 'clock-set-back', 'run-held'),
      fc.option(fc.constantFrom('customers', 'leads', 'others'), { nil: undefined }),
      fc.boolean(),
      async (events, syncs, kind, sync, enabled) => {
        const all = ports();
        const id = `w${Math.random().toString(36).slice(2)}`;
        await all.webhooks.put(webhook({ id, name: id, events: [...events], syncs, enabled }), 0);
        const alert = {
          id,
          kind,
          title: 't',
          code: 'c',
          since: new Date().toISOString(),
          count: 0,
          of: 'x',
          message: 'm',
          link: 'syncs',
        } as const;
        await all.alerts.raise({ ...alert, ...(sync !== undefined && { sync }) });
        const isHeard = (events as readonly string[]).includes(kind);
        const isAbout = syncs === undefined || (sync !== undefined && syncs.includes(sync));
        expect(await all.deliveries.listFor(id, 10)).toHaveLength(
          enabled && isHeard && isAbout ? 1 : 0,
        );
        await all.webhooks.delete(id, 1);
      },
    ),
    { numRuns: 40 },
  );
});
