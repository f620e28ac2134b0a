/**
 * Audience Mirror in one process: the use cases of the functions over a table in SQLite, objects in files and a queue in
 * memory. Nothing of it listens but the API, once it is served.
 *
 * ```
 * folder/  lock  state.db  state/  sync-logs/  snapshots/  secrets.json  events.ndjson  logs/  scratch/
 * ```
 */

import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { ApiPorts } from '../../functions/api/ports.ts';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { planRun } from '../../functions/plan-run/plan-run.ts';
import { sendChunk } from '../../functions/send-chunk/send-chunk.ts';
import { WarmMemory } from '../../functions/send-chunk/warm.ts';
import { sweepAll } from '../../functions/sweep/sweep-all.ts';
import { tidy } from '../../functions/tidy/tidy.ts';
import { createAuditTrail } from '../../shared/aws/audit-trail.ts';
import { createCircuitStore } from '../../shared/aws/circuit-store.ts';
import { createConfigStore } from '../../shared/aws/config-store.ts';
import { Items } from '../../shared/aws/items.ts';
import { createLocks } from '../../shared/aws/locks.ts';
import { createOnceStore } from '../../shared/aws/once-store.ts';
import { createRunStore } from '../../shared/aws/run-store.ts';
import { createSecretBook } from '../../shared/aws/secret-book.ts';
import { createToldAlerts } from '../../shared/aws/told-alerts.ts';
import { alertSource } from '../../shared/contracts/alert.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { historyDays, sweepMinutes, tidyMinutes } from '../../shared/contracts/wiring.ts';
import { summarise } from '../../shared/domain/words/errors.ts';
import { memoryShare } from '../../shared/duckdb/database.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { createRecordLog } from '../../shared/duckdb/record-log.ts';
import { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import { createSnapshotSampler } from '../../shared/duckdb/snapshot-sample.ts';
import { raiseForEnd } from '../../shared/flow/raise-alerts.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import { startRun } from '../../shared/flow/start-run.ts';
import { done, type Turn } from '../../shared/flow/turn.ts';
import { createDestinationSenders } from '../../shared/http/destination-sender.ts';
import { createGuardedSender } from '../../shared/http/guarded-sender.ts';
import type { Alerts } from '../../shared/ports/world.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { stackOf } from '../../shared/runtime/stack-of.ts';
import { digest, hmac, randomKey, systemClock, systemIds } from '../../shared/runtime/system.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { cachedSecrets } from '../../shared/secrets/cached.ts';
import { createSecretsFileVault, readSecretsFile } from '../../shared/secrets/secrets-file.ts';
import { startApi } from '../api.ts';
import { lockFolder } from '../aws/folder-lock.ts';
import { buckets } from '../aws/identity.ts';
import { fileLog, hostLine } from '../aws/lambda/log.ts';
import { followRun, type LocalSystem, saveBoth } from '../system.ts';
import { openObjectFiles } from './object-files.ts';
import { LocalQueue } from './queue.ts';
import { LocalSchedules } from './schedules.ts';
import { createSnapshotFolder } from './snapshot-folder.ts';
import { replaceSnapshot } from './snapshots.ts';
import { SqliteTable } from './table.ts';

/** A step ends by itself and nobody kills it: the time it is given is for what is wrong, not for what is long. */
const turnMs = { send: 300_000, heavy: 86_400_000, look: 120_000 } as const;
/** Someone at the secrets' own machine expects to see an edit at once. */
const keepSecretsMs = 1_000;
const recoverMs = 20_000;
const graceMs = 5_000;

/** DuckDB takes what it needs, up to this; beyond it it goes to the disk. */
const memoryMb = () => Math.min(2_048, memoryShare(totalmem() / 1_048_576));

/**
 * Opens the folder, and makes it where it is missing. Nothing fires and nothing is swept before `watch`.
 * @throws ConfigurationError `folder-in-use`, `folder-unusable`, `state-damaged`
 */
export async function startDirect(
  given: string,
  options: { readonly now?: () => number } = {},
): Promise<LocalSystem> {
  // What is kept names people: nothing of it is anybody else's to read.
  process.umask(0o077);
  const folder = resolve(given);
  const lock = lockFolder(folder);
  const log = fileLog(join(folder, 'logs'));
  try {
    return await open(folder, { ...systemClock, now: options.now ?? systemClock.now }, log, lock);
  } catch (error) {
    log.close();
    lock.release();
    throw error;
  }
}

async function open(
  folder: string,
  clock: typeof systemClock,
  log: ReturnType<typeof fileLog>,
  lock: ReturnType<typeof lockFolder>,
): Promise<LocalSystem> {
  const scratch = join(folder, 'scratch');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const table = new SqliteTable(join(folder, 'state.db'));
  table.freeClaims();
  const items = new Items(table);
  const state = await openObjectFiles(join(folder, 'state'));
  const logs = await openObjectFiles(join(folder, 'sync-logs'));
  const snapshots = createSnapshotFolder(join(folder, 'snapshots'), buckets.snapshots);
  const configs = createConfigStore(items, clock.now);
  const runs = createRunStore(items);
  const alerts = fileAlerts(join(folder, 'events.ndjson'));
  const say = (part: string, message: string, detail: Readonly<Record<string, unknown>>) => {
    const line = hostLine(message, detail);
    try {
      log.write(part, line);
    } catch {
      // A disk that takes no line is told where somebody may still look.
      process.stderr.write(`${line}\n`);
    }
  };
  const trouble = (part: string, about: object) => (error: unknown) => {
    const { code, message: detail } = summarise(error);
    say(part, 'step failed', { ...about, code, detail, stack: stackOf(error) });
  };

  const ended = async (run: Run, result: RunResult) => {
    const { sync, id } = run;
    const { status, error, counts } = result;
    say('runs', 'run ended', { sync, run: id, status, code: error?.code, counts });
    await raiseForEnd({ runs, configs, alerts }, run, result).catch(
      trouble('alerts', { sync, run: id }),
    );
  };
  const room = { scratch, memoryLimitMb: memoryMb() };
  const tools = { records: recordTools, targets: { allowLoopbackHttp: true } };
  const secretsFile = join(folder, 'secrets.json');
  const base = { runs, state, clock, ended, tools, digest };
  const queue: LocalQueue = new LocalQueue(
    {
      plan: {
        turnMs: turnMs.heavy,
        step: async (message, turn) => {
          await planRun(planPorts, message, turn);
          return done;
        },
      },
      send: { turnMs: turnMs.send, step: (message, turn) => sendChunk(sendPorts, message, turn) },
      close: { turnMs: turnMs.heavy, step: (message, turn) => closeRun(closePorts, message, turn) },
    },
    (name, message, error, receives) => trouble(name, { ...message, receives })(error),
  );
  const planPorts = { ...base, queue, engine: createPlanEngine({ snapshots, state, ...room }) };
  const sendPorts = {
    ...base,
    queue,
    circuits: createCircuitStore(items),
    failures: new Map(),
    forbidden: new Map(),
    warm: new WarmMemory(),
    senderOf: createDestinationSenders({
      secrets: cachedSecrets((name) => readSecretsFile(secretsFile, name), clock, keepSecretsMs),
      clock,
      sender: createGuardedSender({ allowLoopbackHttp: true, clock }),
    }),
    random: Math.random,
  };
  const closePorts = {
    ...base,
    logs,
    randomKey,
    untidy: trouble('close', {}),
    engine: createFoldEngine({ ...room, state, logs }),
    scrubber: createScrubEngine({ ...room, stores: { state, logs } }),
  };
  const startPorts = { ...base, configs, snapshots, queue, ids: systemIds(clock) };
  const schedules = new LocalSchedules(items, clock);
  await schedules.heal(() => configs.listSyncs());
  const sweepPorts = {
    ...startPorts,
    alerts,
    deadLetters: queue.deadLetters,
    told: createToldAlerts(items),
    schedules,
    healed: () => undefined,
  };
  const sweep = (quietMs?: number) => sweepAll(sweepPorts, quietMs, turnOf(turnMs.look));
  const timers: NodeJS.Timeout[] = [];
  const closers: (() => unknown)[] = [];

  const door = { folder: join(folder, 'snapshots') };

  return {
    door,
    configs,
    runs,
    state,
    logs,
    snapshots,
    save: (destination, sync) => saveBoth(configs, destination, sync),
    export: (prefix, files) => replaceSnapshot(join(folder, 'snapshots'), prefix, files),
    async start(sync, trigger = 'manual', task = usualTask) {
      return (await startRun(startPorts, { sync, trigger, task })).run;
    },
    follow: (sync, run, report) => followRun(runs, sync, run, report),
    async recover(report) {
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
    },
    watch() {
      schedules.start(trouble('schedules', {}), (sync) => {
        startRun(startPorts, { sync, trigger: 'schedule', task: usualTask }).catch(
          trouble('start', { sync }),
        );
      });
      const every = (minutes: number, part: string, work: () => Promise<void>) =>
        timers.push(setInterval(() => void work().catch(trouble(part, {})), minutes * 60_000));
      every(sweepMinutes, 'sweep', () => sweep());
      every(tidyMinutes, 'tidy', async () => {
        await tidy({ configs, runs, state, logs, clock }, turnOf(turnMs.heavy));
        await letGo();
      });
    },
    async serve(port) {
      const api: Omit<ApiPorts, 'access'> = {
        ...startPorts,
        audit: createAuditTrail(items),
        book: createSecretBook(items),
        locks: createLocks(items),
        once: createOnceStore(items),
        vault: createSecretsFileVault(secretsFile),
        schedules,
        nextTimes,
        hmac,
        sampler: createSnapshotSampler({ snapshots, ...room }),
        records: createRecordLog({ logs, ...room }),
        failed: trouble('api', {}),
      };
      const served = await startApi({
        folder,
        ports: api,
        snapshots: door,
        ...(port !== undefined && { port }),
      });
      closers.push(served.close);
      return served;
    },
    async close() {
      schedules.stop();
      for (const timer of timers) clearInterval(timer);
      for (const closer of closers.reverse()) await closer();
      await queue.close(graceMs);
      table.close();
      log.close();
      lock.release();
    },
  };

  /** What the stack's lifecycle rules and the table's time to live do. */
  async function letGo(): Promise<void> {
    const now = clock.now();
    table.expire(now);
    await state.expire([{ prefix: 'history/', days: historyDays }], now);
    const kept = logRetentionDays.map((days) => ({ prefix: `sync-logs/retain=${days}/`, days }));
    await logs.expire(kept, now);
  }
}

function turnOf(milliseconds: number): Turn {
  const until = performance.now() + milliseconds;
  return { id: randomUUID(), remainingMs: () => Math.floor(until - performance.now()) };
}

/** A line each, in the shape of the bus's events, for whoever reads or forwards them. */
const fileAlerts = (file: string): Alerts => ({
  async raise(alert) {
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': alert.kind,
      source: alertSource,
      time: new Date().toISOString(),
      detail: alert,
    };
    appendFileSync(file, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  },
});
