import { env } from '../contracts/wiring.ts';
import type { DeliveryTools } from '../domain/request/delivery.ts';
import { recordTools } from '../records/tools.ts';
import { optionalSetting } from './environment.ts';
import { lazy } from './lazy.ts';

/** What compiles a destination and its sync. */
export const deliveryTools = lazy(
  (): DeliveryTools => ({
    records: recordTools,
    targets: { allowLoopbackHttp: optionalSetting(env.allowLoopback) === 'true' },
  }),
);
