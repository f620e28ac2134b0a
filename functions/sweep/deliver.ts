/** Tells webhooks what is on its way to them. At least once: whoever dies after a request leaves it to the next try. */

import type { Webhook } from '../../shared/contracts/webhook.ts';
import { webhookAlert } from '../../shared/domain/run/alert.ts';
import { nextTry } from '../../shared/domain/run/notice.ts';
import { throwAll } from '../../shared/flow/part-failed.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type {
  Deliveries,
  NoticeSender,
  OnItsWay,
  WebhookStore,
} from '../../shared/ports/webhooks.ts';
import { type TellPorts, tellOnce } from './tell-once.ts';

export interface DeliverPorts extends TellPorts {
  readonly webhooks: Pick<WebhookStore, 'list'>;
  readonly deliveries: Deliveries;
  readonly notices: NoticeSender;
}

/** Notices that a webhook is told in one turn. */
const mostATurn = 200;
/** Above the longest time that one request takes. */
const claimMs = 30_000;

/** One webhook's trouble keeps no other from being told. */
export async function deliverNotices(ports: DeliverPorts, turn: Turn): Promise<void> {
  const { items } = await ports.webhooks.list();
  const done = await Promise.allSettled(
    items.filter(({ enabled }) => enabled).map((webhook) => deliverTo(ports, webhook, turn)),
  );
  throwAll(done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
}

async function deliverTo(ports: DeliverPorts, webhook: Webhook, turn: Turn): Promise<void> {
  for (const found of await ports.deliveries.listFor(webhook.id, mostATurn)) {
    if (turn.remainingMs() < claimMs) return;
    if (found.delivery.nextAt > ports.clock.now()) continue;
    const isDown = await deliver(ports, webhook, found);
    if (isDown) return;
  }
}

/** True where the next would fare no better. */
async function deliver(ports: DeliverPorts, webhook: Webhook, found: OnItsWay): Promise<boolean> {
  const { deliveries, clock } = ports;
  const { id } = webhook;
  if (!(await deliveries.claim(id, found, clock.now() + claimMs))) return false;
  const taken = await ports.notices.send(webhook, found.notice);
  if (taken.ok) {
    await deliveries.remove(id, found.notice.id);
    return false;
  }
  const now = clock.now();
  const { code, reason } = taken;
  const failure = { at: now, code, reason };
  const again = taken.isOver ? undefined : nextTry(found.delivery.attempts + 1, now, taken.waitMs);
  if (again !== undefined) {
    await deliveries.later(id, found, failure, again);
    return taken.isDown;
  }
  await tellOnce(ports, webhookAlert(id, failure, found.notice.at));
  await deliveries.giveUp(id, found, failure, now);
  return taken.isDown;
}
