/** The engines of a history. The usual ones are in memory, where every port call inside them can fail. */

import type { LogRecord } from '../../shared/contracts/sync-log.ts';
import type { Compaction } from '../../shared/domain/run/mirror-objects.ts';
import type { FoldEngine } from '../../shared/ports/fold-engine.ts';
import type { LogStore, StateStore } from '../../shared/ports/objects.ts';
import type { PlanEngine } from '../../shared/ports/plan-engine.ts';
import type { ScrubEngine } from '../../shared/ports/scrub-engine.ts';
import type { SnapshotStore } from '../../shared/ports/snapshots.ts';
import { createMemoryFoldEngine } from './memory/fold-engine.ts';
import { createMemoryPlanEngine } from './memory/plan-engine.ts';
import { createMemoryScrubEngine } from './memory/scrub.ts';
import { readMemoryLog } from './memory/tables.ts';
import type { Process, World } from './world.ts';

/** What of a history the engines work on. */
export interface EngineWorld {
  readonly world: World;
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
  readonly logs: LogStore;
}

export interface Engines {
  plan(history: EngineWorld, process: Process): PlanEngine;
  fold(history: EngineWorld, process: Process): FoldEngine;
  /** Reads a log that they wrote. */
  log(logs: LogStore, location: string): Promise<LogRecord[]>;
  scrub(history: EngineWorld, process: Process): ScrubEngine;
}

/** Runs are small here, and short histories are to have mirrors of several deltas and some that are written anew. */
export const oftenCompacted: Compaction = { maxDeltas: 3, maxShare: 1 };

export const memoryEngines: Engines = {
  plan: ({ world, snapshots, state }, process) =>
    createMemoryPlanEngine({
      snapshots: world.gated(process, 'snapshots', snapshots),
      state: world.gated(process, 'state', state),
    }),
  fold: ({ world, state, logs }, process) =>
    createMemoryFoldEngine(
      world.gated(process, 'state', state),
      world.gated(process, 'logs', logs),
      oftenCompacted,
    ),
  log: async (logs, location) => readMemoryLog(await logs.get(location)),
  scrub: ({ world, state, logs }, process) =>
    createMemoryScrubEngine({
      state: world.gated(process, 'state', state),
      logs: world.gated(process, 'logs', logs),
    }),
};
