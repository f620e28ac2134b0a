import { SweepEvent } from '../../shared/contracts/messages.ts';
import { throwAll } from '../../shared/flow/part-failed.ts';
import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { count } from '../../shared/runtime/metrics.ts';
import { configs, schedules } from '../../shared/runtime/stores.ts';
import { continueErasures } from '../start-run/erasures.ts';
import { startPorts } from '../start-run/handler.ts';
import { measure } from './measure.ts';
import { quietMs, sweep } from './sweep.ts';

/** EventBridge's own event has none of our fields, and means the usual quiet. */
export const handler = eventHandler(
  (event) => SweepEvent.catch({}).parse(event),
  async ({ quietMs: quiet = quietMs }) => {
    const done = await Promise.allSettled([
      sweep(startPorts(), quiet),
      continueErasures(startPorts()),
      heal(),
    ]);
    count(...(await measure(startPorts())));
    throwAll(done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
  },
);

async function heal(): Promise<void> {
  const healed = await schedules().heal(() => configs().listSyncs());
  if (healed.created + healed.removed > 0) logger.warn('schedules put right', { ...healed });
}
