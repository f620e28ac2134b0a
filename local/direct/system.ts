/**
 * Audience Mirror in one process: the use cases of the functions over a table in SQLite, objects in files and a queue in
 * memory. Nothing of it listens but the API, once it is served.
 *
 * ```
 * folder/  lock  state.db  state/  sync-logs/  snapshots/  secrets.json  events.ndjson  logs/  scratch/
 * ```
 */

import { join, resolve } from 'node:path';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { historyDays, sweepMinutes, tidyMinutes } from '../../shared/contracts/wiring.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import { startRun } from '../../shared/flow/start-run.ts';
import { systemClock } from '../../shared/runtime/system.ts';
import { lockFolder } from '../aws/folder-lock.ts';
import { fileLog } from '../aws/lambda/log.ts';
import { followRun, type LocalSystem, saveBoth } from '../system.ts';
import { replaceSnapshot } from './snapshots.ts';
import { deliverSeconds } from './telling.ts';

import {
  apiPorts,
  type Flow,
  openStores,
  type Stores,
  sayTo,
  type Trouble,
  troubleTo,
  turnMs,
  turnOf,
  wireFlow,
} from './wiring.ts';

const recoverMs = 20_000;
const graceMs = 5_000;

export interface DirectSystem extends LocalSystem {
  /** The API without a listener: for who opened the folder, and may do everything. */
  ask(request: Request): Promise<Response>;
}

/**
 * Opens the folder, and makes it where it is missing. Nothing fires and nothing is swept before `watch`.
 * @throws ConfigurationError `folder-in-use`, `folder-unusable`, `folder-of-others`, `folder-open`, `state-damaged`
 */
export async function startDirect(
  given: string,
  options: { readonly now?: () => number } = {},
): Promise<DirectSystem> {
  const folder = resolve(given);
  const lock = lockFolder(folder);
  const log = fileLog(join(folder, 'logs'));
  const letGo = () => {
    log.close();
    lock.release();
  };
  try {
    const clock = { ...systemClock, now: options.now ?? systemClock.now };
    const stores = await openStores(folder, clock);
    const say = sayTo(log);
    const trouble = troubleTo(say);
    const flow = wireFlow(stores, say, trouble);
    // Of what can't be read the others don't suffer: it is told, and sweep tries it again.
    const healed = flow.schedules.heal(() => stores.configs.listSyncs());
    await healed.catch(trouble('schedules', {}));
    return systemOf(folder, stores, flow, trouble, letGo);
  } catch (error) {
    letGo();
    throw error;
  }
}

function systemOf(
  folder: string,
  stores: Stores,
  flow: Flow,
  trouble: Trouble,
  letGo: () => void,
): DirectSystem {
  const { configs, runs, state, logs, snapshots } = stores;
  const { startPorts, schedules, queue, told } = flow;
  const door = { folder: join(folder, 'snapshots') };
  const closers: (() => unknown)[] = [];
  return {
    door,
    configs,
    runs,
    state,
    logs,
    snapshots,
    save: (destination, sync) => saveBoth(configs, destination, sync),
    export: (prefix, files) => replaceSnapshot(door.folder, prefix, files),
    async start(sync, trigger = 'manual', task = usualTask) {
      return (await startRun(startPorts, { sync, trigger, task })).run;
    },
    follow: (sync, run, report) => followRun(runs, sync, run, report),
    recover: (report) => recover(stores, flow, trouble, report),
    watch() {
      closers.push(watch(stores, flow, trouble));
    },
    ask: askerOf(stores, flow, trouble),
    async serve(port) {
      const { startApi } = await import('../api.ts');
      const served = await startApi({
        folder,
        ports: apiPorts(stores, flow, trouble),
        snapshots: door,
        ...(port !== undefined && { port }),
      });
      closers.push(served.close);
      return served;
    },
    async close() {
      schedules.stop();
      for (const closer of closers.reverse()) await closer();
      await queue.close(graceMs);
      await told.settle(graceMs);
      stores.table.close();
      stores.scratch.remove();
      letGo();
    },
  };
}

function askerOf(stores: Stores, flow: Flow, trouble: Trouble): DirectSystem['ask'] {
  const caller = { name: 'local:write', mayWrite: true };
  const access = { ground: 'one-machine' as const, callerOf: () => caller };
  let api: Promise<{ fetch(request: Request): Response | Promise<Response> }> | undefined;
  return async (request) => {
    api ??= import('../../functions/api/app.ts').then(({ createApi }) =>
      createApi({ ...apiPorts(stores, flow, trouble), access }),
    );
    return (await api).fetch(request);
  };
}

/** What a killed process left open moves at once. */
async function recover(
  { runs }: Stores,
  { sweep }: Flow,
  trouble: Trouble,
  report: ((run: string) => void) | undefined,
): Promise<void> {
  const open = [...(await runs.listStates()).states].flatMap(([sync, { openRun }]) =>
    openRun ? [{ sync, run: openRun.run }] : [],
  );
  if (open.length === 0) return;
  for (const { run } of open) report?.(run);
  // A run that cannot be swept is in the log; it must not keep everything else from starting.
  await sweep(0).catch(trouble('sweep', {}));
  for (const { sync, run } of open) {
    if (await orSetAside(() => runs.getRun(sync, run)))
      await followRun(runs, sync, run, undefined, recoverMs);
  }
}

/** Schedules fire, sweep and tidy run by themselves, until what it gives is called. */
function watch(
  stores: Stores,
  { startPorts, schedules, sweep, told }: Flow,
  trouble: Trouble,
): () => void {
  const { configs, runs, state, logs, clock } = stores;
  const timers: NodeJS.Timeout[] = [];
  schedules.start(trouble('schedules', {}), (sync) => {
    startRun(startPorts, { sync, trigger: 'schedule', task: usualTask }).catch(
      trouble('start', { sync }),
    );
  });
  const every = (minutes: number, part: string, work: () => Promise<void>) =>
    timers.push(setInterval(() => void work().catch(trouble(part, {})), minutes * 60_000));
  every(sweepMinutes, 'sweep', () => sweep());
  every(deliverSeconds / 60, 'webhooks', async () => told.deliver());
  every(tidyMinutes, 'tidy', async () => {
    const { tidy } = await import('../../functions/tidy/tidy.ts');
    await tidy({ configs, runs, state, logs, clock }, turnOf(turnMs.heavy));
    await expire(stores);
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** What the stack's lifecycle rules and the table's time to live do. */
async function expire({ table, state, logs, clock }: Stores): Promise<void> {
  const now = clock.now();
  table.expire(now);
  await state.expire([{ prefix: 'history/', days: historyDays }], now);
  const kept = logRetentionDays.map((days) => ({ prefix: `sync-logs/retain=${days}/`, days }));
  await logs.expire(kept, now);
}
