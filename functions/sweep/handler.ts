import { SweepEvent } from '../../shared/contracts/messages.ts';
import { continueErasures } from '../../shared/flow/erasure-runs.ts';
import { throwAll } from '../../shared/flow/part-failed.ts';
import { alerts } from '../../shared/runtime/alerts.ts';
import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { count } from '../../shared/runtime/metrics.ts';
import { startRunPorts } from '../../shared/runtime/start-run.ts';
import { configs, deadLetters, runs, schedules, told } from '../../shared/runtime/stores.ts';
import { systemClock } from '../../shared/runtime/system.ts';
import { raiseClock } from './clock.ts';
import { settleDeadLetters } from './dead-letters.ts';
import { measure } from './measure.ts';
import { raiseStale } from './stale-syncs.ts';
import { quietMs, sweep } from './sweep.ts';
import { raiseUnreadable } from './unreadable.ts';
import { raiseWaiting } from './waiting-runs.ts';

/** EventBridge's own event has none of our fields, and means the usual quiet. */
export const handler = eventHandler(
  (event) => SweepEvent.catch({}).parse(event),
  async ({ quietMs: quiet = quietMs }, turn) => {
    const telling = { alerts: alerts(), deadLetters: deadLetters() };
    const letters = settleDeadLetters({ ...startRunPorts(), ...telling }, turn);
    // What was given up goes first: then nobody waits for it any more.
    const swept = letters.catch(() => undefined).then(() => sweep(startRunPorts(), quiet));
    const once = { ...startRunPorts(), alerts: alerts(), told: told() };
    const stale = raiseStale({ runs: runs(), configs: configs(), clock: systemClock, ...telling });
    const waiting = raiseWaiting({
      runs: runs(),
      configs: configs(),
      clock: systemClock,
      ...telling,
    });
    const done = await Promise.allSettled([
      letters,
      swept,
      stale,
      waiting,
      continueErasures(startRunPorts()),
      raiseUnreadable(once),
      raiseClock(once),
      heal(),
    ]);
    count(...(await measure(startRunPorts())));
    throwAll(done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
  },
);

async function heal(): Promise<void> {
  const healed = await schedules().heal(() => configs().listSyncs());
  if (healed.created + healed.removed > 0) logger.warn('schedules put right', { ...healed });
}
