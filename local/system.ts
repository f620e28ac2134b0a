/** Audience Mirror whole on one machine, whatever it runs on: what the command line and `npm start` need of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationInput } from '../shared/contracts/destination.ts';
import type { Run, Trigger } from '../shared/contracts/run.ts';
import type { SyncInput } from '../shared/contracts/sync.ts';
import type { RunTask } from '../shared/contracts/task.ts';
import type { ConfigStore } from '../shared/ports/configurations.ts';
import type { LogStore, StateStore } from '../shared/ports/objects.ts';
import type { RunStore } from '../shared/ports/runs.ts';
import type { SnapshotStore } from '../shared/ports/snapshots.ts';
import type { LocalApi } from './api.ts';
import type { SnapshotDoor } from './snapshot-door.ts';

/** Done of what is to do, in the run's present phase. */
export interface RunProgress {
  readonly run: Run;
  readonly settled: number;
  readonly chunks: number;
}

export interface LocalSystem {
  readonly configs: ConfigStore;
  readonly runs: RunStore;
  readonly state: StateStore;
  readonly logs: LogStore;
  readonly snapshots: SnapshotStore;
  readonly door: SnapshotDoor;
  /** Saves what differs from what is saved, so that an unchanged start counts no version up. */
  save(destination: DestinationInput, sync: SyncInput): Promise<void>;
  /** Replaces everything below a prefix of the snapshot bucket, the marker last. */
  export(prefix: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Starts a run; undefined where none was opened. */
  start(sync: string, trigger?: Trigger, task?: RunTask): Promise<string | undefined>;
  /** Until the run is closed and its lease free. */
  follow(sync: string, run: string, report?: (progress: RunProgress) => void): Promise<Run>;
  /** From now on schedules fire, and sweep and tidy run by themselves. */
  watch(): void;
  /** Serves the API, at this port or the next free one; it ends with the system. @default any free port */
  serve(port?: number): Promise<LocalApi>;
  /** Makes what a killed process left open move at once, and waits a little for it; the rest goes on by itself. */
  recover(report?: (run: string) => void): Promise<void>;
  close(): Promise<void>;
}

export async function saveBoth(
  configs: ConfigStore,
  destination: DestinationInput,
  sync: SyncInput,
): Promise<void> {
  const same = (saved: { version: number } | undefined, input: object) => {
    const { version: _, ...rest } = saved ?? { version: 0 };
    return JSON.stringify(rest) === JSON.stringify(input);
  };
  if (!same(await configs.getDestination(destination.id), destination)) {
    await configs.putDestination(destination);
  }
  if (!same(await configs.getSync(sync.id), sync)) await configs.putSync(sync);
}

/** The run as it is once it is closed and its lease free, or once the time is over. */
export async function followRun(
  runs: RunStore,
  sync: string,
  id: string,
  report: ((progress: RunProgress) => void) | undefined,
  forMs = Number.POSITIVE_INFINITY,
): Promise<Run> {
  const until = Date.now() + forMs;
  for (let pause = 5; ; pause = Math.min(100, pause * 2)) {
    const run = await runs.getRun(sync, id);
    if (!run) throw new Error(`There is no run ${id} of the sync ${sync}.`);
    if (report) report(await progressOf(runs, run));
    const isFreed = async () => (await runs.getState(sync)).openRun?.run !== id;
    if ((run.phase === 'closed' && (await isFreed())) || Date.now() > until) return run;
    await sleep(pause);
  }
}

async function progressOf(runs: RunStore, run: Run): Promise<RunProgress> {
  const { plan, phase } = run;
  if (!plan || (phase !== 'deleting' && phase !== 'upserting'))
    return { run, settled: 0, chunks: 0 };
  const pending = await runs.listPending(run, plan.attempt, phase);
  const chunks = plan.chunks[phase];
  return { run, settled: chunks - pending.items.length - pending.unreadable.length, chunks };
}
