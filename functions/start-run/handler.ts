import { StartEvent } from '../../shared/contracts/messages.ts';
import { type Started, startRun } from '../../shared/flow/start-run.ts';
import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { startRunPorts } from '../../shared/runtime/start-run.ts';
import { readMessage } from '../../shared/stored.ts';

export const handler = eventHandler(
  (event) => readMessage(StartEvent, event, 'start'),
  async (event): Promise<Started> => {
    const started = await startRun(startRunPorts(), event);
    logger.info('started', { run: started.run });
    return started;
  },
);
