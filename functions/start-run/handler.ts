import { StartEvent } from '../../shared/contracts/messages.ts';
import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { runEnded } from '../../shared/runtime/run-end.ts';
import { configs, queue, runs, snapshots, state } from '../../shared/runtime/stores.ts';
import { digest, systemClock, systemIds } from '../../shared/runtime/system.ts';
import { type Started, type StartRunPorts, startRun } from './start-run.ts';

/** Also what sweep goes on with. */
export const startPorts = lazy(
  (): StartRunPorts => ({
    configs: configs(),
    runs: runs(),
    snapshots: snapshots(),
    state: state(),
    queue: queue(),
    clock: systemClock,
    ended: runEnded,
    ids: systemIds(systemClock),
    digest,
  }),
);

export const handler = eventHandler(
  (event) => StartEvent.parse(event),
  async (event): Promise<Started> => {
    const started = await startRun(startPorts(), event);
    logger.info('started', { run: started.run });
    return started;
  },
);
