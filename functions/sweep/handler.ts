import { SweepEvent } from '../../shared/contracts/messages.ts';
import { PassingError, summarise } from '../../shared/domain/errors.ts';
import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { count } from '../../shared/runtime/metrics.ts';
import { stackOf } from '../../shared/runtime/queue-handler.ts';
import { configs, schedules } from '../../shared/runtime/stores.ts';
import { continueErasures } from '../start-run/erasures.ts';
import { startPorts } from '../start-run/handler.ts';
import { measure } from './measure.ts';
import { quietMs, sweep, UnsweptRun } from './sweep.ts';

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
    const failures = done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    for (const failure of failures) tell(failure);
    if (failures.length > 0) {
      throw new PassingError(
        'sweep-incomplete',
        'A part of the sweep failed; the lines before this one name it. The next sweep does it again.',
      );
    }
  },
);

async function heal(): Promise<void> {
  const healed = await schedules().heal(() => configs().listSyncs());
  if (healed.created + healed.removed > 0) logger.warn('schedules put right', { ...healed });
}

/** Each run or schedule on a line of its own. */
function tell(failure: unknown): void {
  if (failure instanceof AggregateError) {
    for (const each of failure.errors) tell(each);
    return;
  }
  const run = failure instanceof UnsweptRun ? failure.run : undefined;
  const error = failure instanceof UnsweptRun ? failure.cause : failure;
  const { code, message: detail } = summarise(error);
  logger.error('not swept', { ...run, code, detail, stack: stackOf(error) });
}
