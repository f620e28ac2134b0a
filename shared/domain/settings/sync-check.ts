/** What is wrong with a sync at its destination. */

import type { Destination } from '../../contracts/destination.ts';
import type { Sync } from '../../contracts/sync.ts';
import { checkDelivery, type DeliveryTools } from '../request/delivery.ts';
import { scheduleProblems } from '../schedule/schedule.ts';
import type { ConfigurationProblem } from '../words/problem.ts';

export interface SyncFindings {
  readonly problems: readonly ConfigurationProblem[];
  /** Worth a look; nothing is sent wrong for it. */
  readonly warnings: readonly ConfigurationProblem[];
  /** Mapped columns that its runs cannot do without; absent where the requests cannot be made. */
  readonly essential?: readonly string[];
}

/** Whether its requests can be made, and when its runs start: all problems at once. */
export function checkSyncAt(
  destination: Destination,
  sync: Sync,
  tools: DeliveryTools,
): SyncFindings {
  const delivery = checkDelivery(destination, sync, tools);
  const schedule = scheduleProblems(sync.schedule);
  return delivery.ok
    ? {
        problems: schedule,
        warnings: delivery.warnings,
        essential: delivery.delivery.records.essential,
      }
    : { problems: [...schedule, ...delivery.problems], warnings: [] };
}
