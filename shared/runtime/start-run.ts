/** What opening a run needs: of start-run, of the API, and of sweep. */
import { env } from '../contracts/wiring.ts';
import type { StartRunPorts } from '../flow/start-run.ts';
import { optionalSetting } from './environment.ts';
import { lazy } from './lazy.ts';
import { tellEnd } from './run-end.ts';
import { configs, queue, runs, snapshots, state } from './stores.ts';
import { digest, systemClock, systemIds } from './system.ts';

export const startRunPorts = lazy(
  (senders = optionalSetting(env.senders)): StartRunPorts => ({
    configs: configs(),
    runs: runs(),
    snapshots: snapshots(),
    state: state(),
    queue: queue(),
    clock: systemClock,
    ended: tellEnd,
    ids: systemIds(systemClock),
    digest,
    ...(senders !== undefined && { senders: Number(senders) }),
  }),
);
