import { SweepEvent } from '../../shared/contracts/messages.ts';
import { alerts } from '../../shared/runtime/alerts.ts';
import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { count } from '../../shared/runtime/metrics.ts';
import { startRunPorts } from '../../shared/runtime/start-run.ts';
import { deadLetters, deliveries, schedules, told, webhooks } from '../../shared/runtime/stores.ts';
import { notices } from '../../shared/runtime/webhook-sender.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { deliverNotices } from './deliver.ts';
import { measure } from './measure.ts';
import { type SweepAllPorts, sweepAll } from './sweep-all.ts';

const ports = lazy(
  (): SweepAllPorts => ({
    ...startRunPorts(),
    alerts: alerts(),
    deadLetters: deadLetters(),
    schedules: schedules(),
    nextTimes,
    told: told(),
    webhooks: webhooks(),
    deliveries: deliveries(),
    notices: notices(),
    healed: (healed) => logger.warn('schedules put right', { ...healed }),
  }),
);

/** EventBridge's own event has none of our fields, and means the usual quiet. */
export const handler = eventHandler(
  (event) => SweepEvent.catch({}).parse(event),
  async ({ quietMs, deliver }, turn) => {
    if (deliver) return deliverNotices(ports(), turn);
    try {
      await sweepAll(ports(), quietMs, turn);
    } finally {
      count(...(await measure(ports())));
    }
  },
);
