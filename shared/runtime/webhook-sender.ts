/** Sends notices to webhooks. */
import { createGuardedSender } from '../http/guarded-sender.ts';
import { createWebhookSender } from '../http/webhook-sender.ts';
import { egress } from './egress.ts';
import { lazy } from './lazy.ts';
import { secrets } from './secrets.ts';
import { systemClock } from './system.ts';

export const notices = lazy(() =>
  createWebhookSender({
    secrets: secrets(),
    clock: systemClock,
    sender: createGuardedSender({ ...egress(), clock: systemClock }),
  }),
);
