import type { DeliveryTools } from '../domain/request/delivery.ts';
import { recordTools } from '../records/tools.ts';
import { egress } from './egress.ts';
import { lazy } from './lazy.ts';

/** What compiles a destination and its sync. */
export const deliveryTools = lazy(
  (): DeliveryTools => ({
    records: recordTools,
    targets: egress(),
  }),
);
