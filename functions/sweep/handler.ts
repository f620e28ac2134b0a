import { SweepEvent } from '../../shared/contracts/messages.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { configs, schedules } from '../../shared/runtime/stores.ts';
import { startPorts } from '../start-run/handler.ts';
import { quietMs, sweep } from './sweep.ts';

/** EventBridge's own event has none of our fields, and means the usual quiet. */
export async function handler(event: unknown): Promise<void> {
  const { quietMs: quiet = quietMs } = SweepEvent.catch({}).parse(event);
  const [swept, healed] = await Promise.allSettled([
    sweep(startPorts(), quiet),
    schedules().heal(() => configs().listSyncs()),
  ]);
  if (healed.status === 'fulfilled' && healed.value.created + healed.value.removed > 0) {
    logger.warn('schedules put right', { ...healed.value });
  }
  const failures = [swept, healed].flatMap((each) =>
    each.status === 'rejected' ? [each.reason] : [],
  );
  if (failures.length > 0) throw new AggregateError(failures, 'A part of the sweep failed.');
}
