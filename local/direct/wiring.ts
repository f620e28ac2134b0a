/** The use cases of the functions wired in one process. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { ApiPorts } from '../../functions/api/ports.ts';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { planRun } from '../../functions/plan-run/plan-run.ts';
import { sendChunk } from '../../functions/send-chunk/send-chunk.ts';
import { WarmMemory } from '../../functions/send-chunk/warm.ts';
import { sweepAll } from '../../functions/sweep/sweep-all.ts';
import { createAuditTrail } from '../../shared/aws/audit-trail.ts';
import { createCircuitStore } from '../../shared/aws/circuit-store.ts';
import { createConfigStore } from '../../shared/aws/config-store.ts';
import { Items } from '../../shared/aws/items.ts';
import { createLocks } from '../../shared/aws/locks.ts';
import { createOnceStore } from '../../shared/aws/once-store.ts';
import { createRunStore } from '../../shared/aws/run-store.ts';
import { createSecretBook } from '../../shared/aws/secret-book.ts';
import { createToldAlerts } from '../../shared/aws/told-alerts.ts';
import { createDeliveries, createWebhookStore } from '../../shared/aws/webhook-store.ts';
import { alertSource } from '../../shared/contracts/alert.ts';
import type { Run, RunResult } from '../../shared/contracts/run.ts';
import { summarise } from '../../shared/domain/words/errors.ts';
import { memoryShare } from '../../shared/duckdb/memory-share.ts';
import { partsOf } from '../../shared/flow/part-failed.ts';
import { raiseForEnd } from '../../shared/flow/raise-alerts.ts';
import { tellOfEnd } from '../../shared/flow/tell-webhooks.ts';
import { done, type Turn } from '../../shared/flow/turn.ts';
import {
  createDestinationSenders,
  createHeardSenders,
} from '../../shared/http/destination-sender.ts';
import type { Alerts } from '../../shared/ports/world.ts';
import { egressOf } from '../../shared/runtime/egress.ts';
import { stackOf } from '../../shared/runtime/stack-of.ts';
import {
  digest,
  hmac,
  randomKey,
  type systemClock,
  systemIds,
} from '../../shared/runtime/system.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { cachedSecrets } from '../../shared/secrets/cached.ts';
import { createSecretsFileVault, readSecretsFile } from '../../shared/secrets/secrets-file.ts';
import { buckets } from '../aws/identity.ts';
import { type fileLog, hostLine } from '../aws/lambda/log.ts';
import { recordTools } from '../record-tools.ts';
import * as engines from './engines.ts';
import { openObjectFiles } from './object-files.ts';
import { LocalQueue } from './queue.ts';
import { LocalSchedules } from './schedules.ts';
import { emptyScratch } from './scratch.ts';
import { createSnapshotFolder } from './snapshot-folder.ts';
import { SqliteTable } from './table.ts';
import { wireTelling } from './telling.ts';

/** A step ends by itself and nobody kills it: the time it is given is for what is wrong, not for what is long. */
export const turnMs = { send: 300_000, heavy: 86_400_000, look: 120_000 } as const;
/** Someone at the secrets' own machine expects to see an edit at once. */
const keepSecretsMs = 1_000;

/** DuckDB takes what it needs, up to this; beyond it it goes to the disk. */
const memoryMb = () => Math.min(2_048, memoryShare(totalmem() / 1_048_576));

/** Told of an error: `part` names its log. */
export type Trouble = (part: string, about: object) => (error: unknown) => void;

export type Stores = Awaited<ReturnType<typeof openStores>>;
export type Flow = ReturnType<typeof wireFlow>;

/** What the folder keeps. Scratch is emptied, and what an ended process had taken is free. */
export async function openStores(folder: string, clock: typeof systemClock) {
  const scratch = await emptyScratch(join(folder, 'scratch'));
  const table = new SqliteTable(join(folder, 'state.db'));
  table.freeClaims();
  const items = new Items(table);
  return {
    table,
    items,
    clock,
    state: await openObjectFiles(join(folder, 'state')),
    logs: await openObjectFiles(join(folder, 'sync-logs')),
    snapshots: createSnapshotFolder(join(folder, 'snapshots'), buckets.snapshots),
    configs: createConfigStore(items, clock.now),
    runs: createRunStore(items),
    webhooks: createWebhookStore(items, clock.now),
    deliveries: createDeliveries(items),
    alerts: fileAlerts(join(folder, 'events.ndjson')),
    secretsFile: join(folder, 'secrets.json'),
    scratch,
    room: { scratch: scratch.folder, memoryLimitMb: memoryMb() },
  };
}

type Say = (part: string, message: string, detail: Readonly<Record<string, unknown>>) => void;

export function sayTo(log: ReturnType<typeof fileLog>): Say {
  return (part, message, detail) => {
    const line = hostLine(message, detail);
    try {
      log.write(part, line);
    } catch {
      // A disk that takes no line is told where somebody may still look.
      process.stderr.write(`${line}\n`);
    }
  };
}

export const troubleTo =
  (say: Say): Trouble =>
  (part, about) =>
  (error) => {
    for (const { of, cause } of partsOf(error)) {
      const { code, message: detail } = summarise(cause);
      say(part, 'step failed', { ...about, ...of, code, detail, stack: stackOf(cause) });
    }
  };

/** The use cases over the stores, and the queue between them. */
export function wireFlow(stores: Stores, say: Say, trouble: Trouble) {
  const { runs, configs, state, clock, snapshots, items, room } = stores;
  const { secrets, sender } = senderPorts(stores);
  const parts = { ...stores, secrets, sender, told: createToldAlerts(items) };
  const told = wireTelling(parts, () => turnOf(turnMs.look), trouble('webhooks', {}));
  const { alerts } = told;
  const ended = async (run: Run, result: RunResult) => {
    const { sync, id } = run;
    const { status, error, counts } = result;
    say('runs', 'run ended', { sync, run: id, status, code: error?.code, counts });
    const failed = trouble('alerts', { sync, run: id });
    await raiseForEnd({ runs, configs, alerts }, run, result).catch(failed);
    await tellOfEnd(told.telling, run, result).catch(failed);
  };
  const tools = { records: recordTools, targets: egressOf(true) };
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
  const planPorts = { ...base, queue, engine: engines.planEngine({ snapshots, state, ...room }) };
  const sendPorts = { ...base, queue, ...sendingPorts(stores) };
  const closePorts = { ...base, ...closingPorts(stores), untidy: trouble('close', {}) };
  const startPorts = { ...base, configs, snapshots, queue, ids: systemIds(clock) };
  const schedules = new LocalSchedules(items, clock);
  const sweepPorts = {
    ...startPorts,
    ...told,
    deadLetters: queue.deadLetters,
    schedules,
    nextTimes,
    healed: () => undefined,
  };
  const sweep = (quietMs?: number) => sweepAll(sweepPorts, quietMs, turnOf(turnMs.look));
  return { queue, startPorts, schedules, sweep, told };
}

const senderPorts = ({
  items,
  clock,
  secretsFile,
}: Pick<Stores, 'items' | 'clock' | 'secretsFile'>) => ({
  keep: {
    book: createSecretBook(items),
    vault: createSecretsFileVault(secretsFile),
    randomId: randomUUID,
  },
  secrets: cachedSecrets((name) => readSecretsFile(secretsFile, name), clock, keepSecretsMs),
  clock,
  sender: engines.sender({ ...egressOf(true), clock }),
});

const sendingPorts = ({ items, clock, secretsFile }: Stores) => ({
  circuits: createCircuitStore(items),
  failures: new Map(),
  forbidden: new Map(),
  warm: new WarmMemory(),
  senderOf: createDestinationSenders(senderPorts({ items, clock, secretsFile })),
  random: Math.random,
});

const closingPorts = ({ state, logs, room }: Stores) => ({
  logs,
  randomKey,
  engine: engines.foldEngine({ ...room, state, logs }),
  scrubber: engines.scrubEngine({ ...room, stores: { state, logs } }),
});

/** What the API's routes need. */
export const apiPorts = (
  { items, snapshots, state, logs, clock, secretsFile, room }: Stores,
  { startPorts, schedules, told: { webhooks, deliveries, notices } }: Flow,
  trouble: Trouble,
): Omit<ApiPorts, 'access'> => ({
  ...startPorts,
  audit: createAuditTrail(items),
  book: createSecretBook(items),
  locks: createLocks(items),
  once: createOnceStore(items),
  vault: createSecretsFileVault(secretsFile),
  webhooks,
  deliveries,
  notices,
  schedules,
  nextTimes,
  hmac,
  sampler: engines.sampler({ snapshots, ...room }),
  records: engines.recordLog({ logs, ...room }),
  heardSender: createHeardSenders(senderPorts({ items, clock, secretsFile })),
  plans: engines.planReader({ state, ...room }),
  failed: trouble('api', {}),
});

export function turnOf(milliseconds: number): Turn {
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
