/** DuckDB's own engines for a history; apart, so that the simulator as such loads no native library. */

import type { LogRecord } from '../../shared/contracts/sync-log.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { createRecordLog } from '../../shared/duckdb/record-log.ts';
import { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import type { FoldEngine } from '../../shared/ports/fold-engine.ts';
import type { LogStore } from '../../shared/ports/objects.ts';
import type { PlanEngine, PlanSession } from '../../shared/ports/plan-engine.ts';
import type { ScrubEngine, ScrubQuestion, ScrubSession } from '../../shared/ports/scrub-engine.ts';
import { type Engines, type EngineWorld, oftenCompacted } from './engines.ts';
import type { Process, World } from './world.ts';

/**
 * DuckDB works in real time, in which no virtual event can be told where it falls. So each step of an engine is one
 * call of a port, which a fault meets before or after and never in its middle.
 */
export class DuckDbEngines implements Engines {
  readonly #scratch: string;
  /** Sessions of processes that died: nobody else closes them. */
  readonly #open = new Set<Pick<PlanSession, 'close'>>();

  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  plan({ world, snapshots, state }: EngineWorld, process: Process): PlanEngine {
    const engine = createPlanEngine({ ...this.#options, snapshots, state });
    const steps = {
      open: (input: Parameters<PlanEngine['open']>[0]) => world.inRealTime(engine.open(input)),
      find: (input: Parameters<PlanEngine['find']>[0]) => world.inRealTime(engine.find(input)),
    };
    const gated = world.gated(process, 'plan-engine', steps);
    return {
      open: async (input) => this.#session(world, process, await gated.open(input)),
      find: (input) => gated.find(input),
    };
  }

  fold({ world, state, logs }: EngineWorld, process: Process): FoldEngine {
    const engine = createFoldEngine({ ...this.#options, state, logs, compaction: oftenCompacted });
    return world.gated(process, 'fold-engine', {
      fold: (input: Parameters<FoldEngine['fold']>[0]) => world.inRealTime(engine.fold(input)),
      salvage: (input: Parameters<FoldEngine['salvage']>[0]) =>
        world.inRealTime(engine.salvage(input)),
    });
  }

  async log(logs: LogStore, location: string): Promise<LogRecord[]> {
    const page = await createRecordLog({ ...this.#options, logs }).find(location, {
      limit: 10_000,
    });
    return [...(page?.records ?? [])];
  }

  scrub({ world, state, logs }: EngineWorld, process: Process): ScrubEngine {
    const engine = createScrubEngine({ ...this.#options, stores: { state, logs } });
    const steps = {
      open: (question: ScrubQuestion) => world.inRealTime(engine.open(question)),
    };
    const gated = world.gated(process, 'scrub-engine', steps);
    return {
      open: async (question) => {
        const session = await gated.open(question);
        this.#open.add(session);
        const { find, remove } = world.gated(process, 'scrub-engine', {
          find: (...[store, tables]: Parameters<ScrubSession['find']>) =>
            world.inRealTime(session.find(store, tables)),
          remove: (...[store, table]: Parameters<ScrubSession['remove']>) =>
            world.inRealTime(session.remove(store, table)),
        });
        const close = async () => {
          this.#open.delete(session);
          await session.close();
        };
        return { forms: session.forms, find, remove, close };
      },
    };
  }

  async close(): Promise<void> {
    for (const session of this.#open) await session.close();
  }

  get #options() {
    return { scratch: this.#scratch, memoryLimitMb: 256, threads: 1 };
  }

  #session(world: World, process: Process, session: PlanSession): PlanSession {
    this.#open.add(session);
    const steps = {
      append: (rows: Parameters<PlanSession['append']>[0]) =>
        world.inRealTime(session.append(rows)),
      propose: (removals: Parameters<PlanSession['propose']>[0]) =>
        world.inRealTime(session.propose(removals)),
      finish: (location: string) => world.inRealTime(session.finish(location)),
      close: () => world.inRealTime(session.close()),
    };
    return {
      ...world.gated(process, 'plan-session', steps),
      get statistics() {
        return session.statistics;
      },
      get keyless() {
        return session.keyless;
      },
      lacking: session.lacking,
      candidates: () => inRealTime(world, session.candidates()),
      removals: () => inRealTime(world, session.removals()),
    };
  }
}

async function* inRealTime<T>(world: World, items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const next = await world.inRealTime(iterator.next());
    if (next.done) return;
    yield next.value;
  }
}
