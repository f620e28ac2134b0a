import { RunMessage } from '../../shared/contracts/messages.ts';
import { env, functions } from '../../shared/contracts/wiring.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import { optionalSetting, setting } from '../../shared/runtime/environment.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { queueHandler } from '../../shared/runtime/queue-handler.ts';
import { runEnded } from '../../shared/runtime/run-end.ts';
import { logUntidy } from '../../shared/runtime/run-log.ts';
import { logs, runs, state } from '../../shared/runtime/stores.ts';
import { randomKey, systemClock } from '../../shared/runtime/system.ts';
import { type CloseRunPorts, closeRun } from './close-run.ts';

const room = () => ({
  scratch: optionalSetting(env.scratch) ?? '/tmp',
  memoryLimitMb: functions['close-run'].memoryMb * 0.6,
});

const ports = lazy(
  (): CloseRunPorts => ({
    runs: runs(),
    state: state(),
    clock: systemClock,
    ended: runEnded,
    randomKey,
    untidy: logUntidy,
    logs: logs(),
    engine: createFoldEngine({ ...room(), state: state(), logs: logs() }),
    scrubber: createScrubEngine({ ...room(), stores: { state: state(), logs: logs() } }),
  }),
);

export const handler = queueHandler(
  RunMessage,
  () => setting(env.closeQueue),
  (message, turn) => closeRun(ports(), message, turn),
);
