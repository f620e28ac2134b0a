import { RunMessage } from '../../shared/contracts/messages.ts';
import { env } from '../../shared/contracts/wiring.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import { duckdbRoom } from '../../shared/runtime/duckdb-room.ts';
import { setting } from '../../shared/runtime/environment.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { queueHandler } from '../../shared/runtime/queue-handler.ts';
import { tellEnd } from '../../shared/runtime/run-end.ts';
import { logUntidy } from '../../shared/runtime/run-log.ts';
import { logs, runs, state } from '../../shared/runtime/stores.ts';
import { randomKey, systemClock } from '../../shared/runtime/system.ts';
import { type CloseRunPorts, closeRun } from './close-run.ts';

const ports = lazy(
  (): CloseRunPorts => ({
    runs: runs(),
    state: state(),
    clock: systemClock,
    ended: tellEnd,
    randomKey,
    untidy: logUntidy,
    logs: logs(),
    engine: createFoldEngine({ ...duckdbRoom(), state: state(), logs: logs() }),
    scrubber: createScrubEngine({ ...duckdbRoom(), stores: { state: state(), logs: logs() } }),
  }),
);

export const handler = queueHandler(
  RunMessage,
  { name: 'close', url: () => setting(env.closeQueue) },
  (message, turn) => closeRun(ports(), message, turn),
);
