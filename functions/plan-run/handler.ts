import { RunMessage } from '../../shared/contracts/messages.ts';
import { env } from '../../shared/contracts/wiring.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { done } from '../../shared/flow/turn.ts';
import { duckdbRoom } from '../../shared/runtime/duckdb-room.ts';
import { setting } from '../../shared/runtime/environment.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { queueHandler } from '../../shared/runtime/queue-handler.ts';
import { tellEnd } from '../../shared/runtime/run-end.ts';
import { queue, runs, snapshots, state } from '../../shared/runtime/stores.ts';
import { digest, systemClock } from '../../shared/runtime/system.ts';
import { deliveryTools } from '../../shared/runtime/tools.ts';
import { type PlanRunPorts, planRun } from './plan-run.ts';

const ports = lazy(
  (): PlanRunPorts => ({
    runs: runs(),
    state: state(),
    queue: queue(),
    clock: systemClock,
    ended: tellEnd,
    engine: createPlanEngine({
      snapshots: snapshots(),
      state: state(),
      ...duckdbRoom(),
    }),
    tools: deliveryTools(),
    digest,
  }),
);

export const handler = queueHandler(
  RunMessage,
  { name: 'plan', url: () => setting(env.planQueue) },
  async (message, turn) => {
    await planRun(ports(), message, turn);
    return done;
  },
);
