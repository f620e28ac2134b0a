/** All that sweep does, each part whatever becomes of the others. */
import type { NextTimes } from '../../shared/domain/run/data-age.ts';
import { continueErasures } from '../../shared/flow/erasure-runs.ts';
import { throwAll } from '../../shared/flow/part-failed.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Healed, Schedules } from '../../shared/ports/configurations.ts';
import { raiseClock } from './clock.ts';
import { type DeadLetterPorts, settleDeadLetters } from './dead-letters.ts';
import { type DeliverPorts, deliverNotices } from './deliver.ts';
import { raiseStale } from './stale-syncs.ts';
import { sweep } from './sweep.ts';
import { raiseUnreadable } from './unreadable.ts';
import { raiseWaiting } from './waiting-runs.ts';

export interface SweepAllPorts extends DeadLetterPorts, Omit<DeliverPorts, 'clock'> {
  readonly schedules: Schedules;
  readonly nextTimes: NextTimes;
  /** Told where schedules were not those that the syncs ask for. */
  readonly healed: (healed: Healed) => void;
}

/** `quietMs`: without movement for so long a run is looked after. @throws AggregateError of what failed, at the end */
export async function sweepAll(
  ports: SweepAllPorts,
  quietMs: number | undefined,
  turn: Turn,
): Promise<void> {
  const letters = settleDeadLetters(ports, turn);
  // What was given up goes first: then nobody waits for it any more.
  const swept = letters.catch(() => undefined).then(() => sweep(ports, quietMs));
  const done = await Promise.allSettled([
    letters,
    swept,
    raiseStale(ports),
    raiseWaiting(ports),
    continueErasures(ports),
    raiseUnreadable(ports),
    raiseClock(ports),
    heal(ports),
    deliverNotices(ports, turn),
  ]);
  throwAll(done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
}

async function heal({ schedules, configs, healed }: SweepAllPorts): Promise<void> {
  const found = await schedules.heal(() => configs.listSyncs());
  if (found.created + found.removed > 0) healed(found);
}
