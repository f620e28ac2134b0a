import { eventHandler } from '../../shared/runtime/event-handler.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { configs, logs, runs, state } from '../../shared/runtime/stores.ts';
import { systemClock } from '../../shared/runtime/system.ts';
import { type TidyPorts, tidy } from './tidy.ts';

const ports = lazy(
  (): TidyPorts => ({
    configs: configs(),
    runs: runs(),
    state: state(),
    logs: logs(),
    clock: systemClock,
  }),
);

export const handler = eventHandler(
  () => ({}),
  (_, turn) => tidy(ports(), turn),
);
