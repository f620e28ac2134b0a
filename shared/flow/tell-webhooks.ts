/** Lays down what webhooks are to be told, before anybody tells it: whoever dies in between loses nothing. */

import type { Alert } from '../contracts/alert.ts';
import type { Run, RunResult } from '../contracts/run.ts';
import type { Notice } from '../contracts/webhook.ts';
import { alertNotice, endNotice, isTold } from '../domain/run/notice.ts';
import type { Deliveries, WebhookStore } from '../ports/webhooks.ts';
import type { Alerts, Clock } from '../ports/world.ts';

export interface TellPorts {
  readonly webhooks: Pick<WebhookStore, 'list'>;
  readonly deliveries: Pick<Deliveries, 'add'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Called where there is something to deliver now: so that nobody waits for the next sweep. */
  readonly wake: () => Promise<void>;
}

export const tellOfEnd = (ports: TellPorts, run: Run, result: RunResult): Promise<void> =>
  tell(ports, endNotice(run, result));

/** Alerts that go to webhooks, too. */
export const alsoToWebhooks = (alerts: Alerts, ports: TellPorts): Alerts => ({
  async raise(alert: Alert) {
    const told = await Promise.allSettled([
      alerts.raise(alert),
      tell(ports, alertNotice(alert, ports.clock.now())),
    ]);
    for (const each of told) if (each.status === 'rejected') throw each.reason;
  },
});

async function tell(ports: TellPorts, notice: Notice): Promise<void> {
  const { items } = await ports.webhooks.list();
  const told = items.filter((each) => isTold(each, notice));
  if (told.length === 0) return;
  for (const { id } of told) await ports.deliveries.add(id, notice, ports.clock.now());
  await ports.wake();
}
