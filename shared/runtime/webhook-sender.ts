/** Sends notices to webhooks. */
import { env } from '../contracts/wiring.ts';
import { createGuardedSender } from '../http/guarded-sender.ts';
import { createWebhookSender } from '../http/webhook-sender.ts';
import { optionalSetting } from './environment.ts';
import { lazy } from './lazy.ts';
import { secrets } from './secrets.ts';
import { systemClock } from './system.ts';

export const notices = lazy(() =>
  createWebhookSender({
    secrets: secrets(),
    clock: systemClock,
    sender: createGuardedSender({
      allowLoopbackHttp: optionalSetting(env.allowLoopback) === 'true',
      clock: systemClock,
    }),
  }),
);
