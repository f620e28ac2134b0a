/** How one process tells webhooks: as soon as there is something to tell, and what nobody took by and by. */
import { deliverNotices } from '../../functions/sweep/deliver.ts';
import { alsoToWebhooks } from '../../shared/flow/tell-webhooks.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import { createWebhookSender } from '../../shared/http/webhook-sender.ts';
import type { Secrets } from '../../shared/ports/configurations.ts';
import type { Deliveries, WebhookStore } from '../../shared/ports/webhooks.ts';
import type { Alerts, Clock, HttpSender, ToldAlerts } from '../../shared/ports/world.ts';

/** How often it is looked for what is to be tried again, while the process watches. */
export const deliverSeconds = 5;

export interface TellingParts {
  readonly webhooks: WebhookStore;
  readonly deliveries: Deliveries;
  readonly told: ToldAlerts;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly sender: HttpSender;
}

/** `failed`: told of what went wrong beside the receivers. */
export function wireTelling(
  { webhooks, deliveries, told, clock, secrets, sender, ...beside }: TellingParts,
  turn: () => Turn,
  failed: (error: unknown) => void,
) {
  const notices = createWebhookSender({ secrets, sender, clock });
  const underWay = new Set<Promise<void>>();
  const deliver = (): void => {
    // One at a time, and one more for what came meanwhile: they are told in turn.
    if (underWay.size > 1) return;
    const before = [...underWay];
    const work = Promise.allSettled(before)
      .then(() => deliverNotices(ports, turn()))
      .catch(failed)
      .finally(() => underWay.delete(work));
    underWay.add(work);
  };
  const telling = { webhooks, deliveries, clock, wake: async () => deliver() };
  const alerts = alsoToWebhooks(beside.alerts, telling);
  const ports = { webhooks, deliveries, notices, clock, alerts, told };
  return {
    ...ports,
    telling,
    deliver,
    /** Waits for what is under way, but not for a receiver that hangs: it is told again by the next process. */
    async settle(graceMs: number): Promise<void> {
      const over = AbortSignal.timeout(graceMs);
      const late = new Promise((resolve) => over.addEventListener('abort', resolve));
      await Promise.race([Promise.allSettled(underWay), late]);
    },
  };
}
