/** Webhooks in the table, as other configurations are, and a partition of what is on its way to them. */
import { z } from 'zod';
import { Delivery, Notice, Webhook, WebhookInput } from '../contracts/webhook.ts';
import { table } from '../contracts/wiring.ts';
import type { Deliveries, OnItsWay, WebhookStore } from '../ports/webhooks.ts';
import { Configs } from './config-store.ts';
import { type Items, jsonText } from './items.ts';

export function createWebhookStore(items: Items, now: () => number = Date.now): WebhookStore {
  const schemas = { input: WebhookInput, whole: Webhook };
  const webhooks = new Configs(items, 'WEBHOOKS', schemas, now);
  return {
    put: (input, expected) => webhooks.put(input, expected),
    get: (id) => webhooks.get(id),
    delete: (id, expected) => webhooks.delete(id, expected),
    discard: (id) => webhooks.discard(id),
    list: () => webhooks.all(),
    page: (limit, after) => webhooks.page(limit, after),
    nameHolder: (name) => webhooks.holder(name),
  };
}

const onItsWay = 'DELIVERIES';
const givenUp = 'DELIVERIES#GIVEN-UP';
const weekMs = 7 * 86_400_000;

const Stored = Delivery.transform((delivery, context): OnItsWay => {
  const notice = jsonText.pipe(Notice).safeParse(delivery.notice);
  if (notice.success) return { notice: notice.data, delivery };
  context.addIssue('its notice is not readable');
  return z.NEVER;
});

export function createDeliveries(items: Items): Deliveries {
  const keyOf = (pk: string, webhook: string, notice: string) => ({
    pk,
    sk: `${webhook}/${notice}`,
  });
  // What can't be read goes by itself.
  const listed = async (pk: string, webhook: string, limit: number) =>
    (await items.query(Stored, pk, `${webhook}/`, { limit })).items;
  /** Only while it is as it was found. */
  const unchanged = ({ delivery }: OnItsWay) => ({
    when: '#attempts = :attempts AND #nextAt = :nextAt',
    names: { '#attempts': 'attempts', '#nextAt': 'nextAt' },
    values: { ':attempts': delivery.attempts, ':nextAt': delivery.nextAt },
  });
  return {
    async add(webhook, notice, now) {
      const delivery = { notice: JSON.stringify(notice), addedAt: now, attempts: 0, nextAt: now };
      await items.update(Delivery, keyOf(onItsWay, webhook, notice.id), {
        set: delivery,
        expiresAt: expiry(now),
        when: 'attribute_not_exists(#pk)',
        names: { '#pk': table.partitionKey },
      });
    },
    listFor: (webhook, limit) => listed(onItsWay, webhook, limit),
    givenUp: (webhook, limit) => listed(givenUp, webhook, limit),
    async claim(webhook, found, until) {
      const claimed = await items.update(Delivery, keyOf(onItsWay, webhook, found.notice.id), {
        set: { nextAt: until },
        add: { attempts: 1 },
        ...unchanged(found),
      });
      return claimed !== undefined;
    },
    async later(webhook, { notice }, failure, nextAt) {
      await items.update(Delivery, keyOf(onItsWay, webhook, notice.id), {
        set: { failure, nextAt },
        when: 'attribute_exists(#pk)',
        names: { '#pk': table.partitionKey },
      });
    },
    async giveUp(webhook, { notice, delivery }, failure, now) {
      await items.update(Delivery, keyOf(givenUp, webhook, notice.id), {
        set: { ...delivery, attempts: delivery.attempts + 1, failure, nextAt: now },
        expiresAt: expiry(now),
      });
      await items.remove(keyOf(onItsWay, webhook, notice.id));
    },
    async remove(webhook, notice) {
      await items.remove(keyOf(onItsWay, webhook, notice));
    },
  };
}

const expiry = (now: number) => Math.ceil((now + weekMs) / 1_000);
