/** What the API of the embedded run is wired with: the same adapters as on AWS, over the embedded services. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { ApiPorts } from '../functions/api/ports.ts';
import { createAlerts, createWake } from '../shared/aws/alerts.ts';
import { createAuditTrail } from '../shared/aws/audit-trail.ts';
import type { Items } from '../shared/aws/items.ts';
import { createLocks } from '../shared/aws/locks.ts';
import { createOnceStore } from '../shared/aws/once-store.ts';
import { createQueue } from '../shared/aws/queue.ts';
import { createSchedules } from '../shared/aws/schedules.ts';
import { createSecretBook } from '../shared/aws/secret-book.ts';
import { createDeliveries, createWebhookStore } from '../shared/aws/webhook-store.ts';
import { type EnvName, env, functions } from '../shared/contracts/wiring.ts';
import { InvariantError, summarise } from '../shared/domain/words/errors.ts';
import { memoryShare } from '../shared/duckdb/memory-share.ts';
import { createPlanReader } from '../shared/duckdb/plan-reader.ts';
import { createRecordLog } from '../shared/duckdb/record-log.ts';
import { createSnapshotSampler } from '../shared/duckdb/snapshot-sample.ts';
import { raiseForEnd } from '../shared/flow/raise-alerts.ts';
import { alsoToWebhooks, tellOfEnd } from '../shared/flow/tell-webhooks.ts';
import { createHeardSenders } from '../shared/http/destination-sender.ts';
import { createGuardedSender } from '../shared/http/guarded-sender.ts';
import { createWebhookSender } from '../shared/http/webhook-sender.ts';
import type { ConfigStore } from '../shared/ports/configurations.ts';
import type { LogStore, StateStore } from '../shared/ports/objects.ts';
import type { RunStore } from '../shared/ports/runs.ts';
import type { SnapshotStore } from '../shared/ports/snapshots.ts';
import { recordTools } from '../shared/records/tools.ts';
import { egressOf } from '../shared/runtime/egress.ts';
import { stackOf } from '../shared/runtime/stack-of.ts';
import { digest, hmac, systemClock, systemIds } from '../shared/runtime/system.ts';
import { nextTimes } from '../shared/schedules/next-times.ts';
import { cachedSecrets } from '../shared/secrets/cached.ts';
import { createSecretsFileVault, readSecretsFile } from '../shared/secrets/secrets-file.ts';
import { alertBus } from './aws/function-wiring.ts';
import type { EmbeddedAws } from './aws/index.ts';
import { fileLog, hostLine } from './aws/lambda/log.ts';

export interface ApiWiring {
  readonly folder: string;
  readonly aws: EmbeddedAws;
  readonly items: Items;
  readonly configs: ConfigStore;
  readonly runs: RunStore;
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
  readonly logs: LogStore;
}

export interface WiredApiPorts {
  readonly ports: Omit<ApiPorts, 'access'>;
  close(): void;
}

export function wireApi({
  folder,
  aws,
  items,
  configs,
  runs,
  snapshots,
  state,
  logs,
}: ApiWiring): WiredApiPorts {
  const sqs = new SQSClient(aws.clients.sqs);
  const events = new EventBridgeClient(aws.clients.events);
  const { telling, ...told } = wireTelling(aws, items, events);
  const scheduler = new SchedulerClient(aws.clients.scheduler);
  const of = toldBy(aws);
  const log = fileLog(join(folder, 'logs'));
  const room = {
    scratch: join(folder, 'scratch', 'api'),
    memoryLimitMb: memoryShare(functions.api.memoryMb),
  };
  const write = (message: string, detail: Readonly<Record<string, unknown>>) =>
    log.write('api', hostLine(message, detail));
  return {
    ports: {
      configs,
      runs,
      snapshots,
      state,
      queue: createQueue(sqs, {
        plan: () => aws.queues.plan.url,
        send: () => aws.queues.send.url,
        close: () => aws.queues.close.url,
      }),
      audit: createAuditTrail(items),
      book: createSecretBook(items),
      once: createOnceStore(items),
      locks: createLocks(items),
      vault: createSecretsFileVault(of(env.secretsFile)),
      schedules: createSchedules(scheduler, {
        group: of(env.scheduleGroup),
        target: of(env.startFunction),
        role: of(env.scheduleRole),
        deadLetters: of(env.startDeadLetters),
      }),
      nextTimes,
      tools: { records: recordTools, targets: egressOf(true) },
      sampler: createSnapshotSampler({ snapshots, ...room }),
      senders: Number(of(env.senders)),
      clock: systemClock,
      ids: systemIds(systemClock),
      digest,
      hmac,
      heardSender: createHeardSenders({
        secrets: told.secrets,
        clock: systemClock,
        keep: {
          book: createSecretBook(items),
          vault: createSecretsFileVault(of(env.secretsFile)),
          randomId: randomUUID,
        },
        sender: told.sender,
      }),
      webhooks: told.webhooks,
      deliveries: told.deliveries,
      notices: told.notices,
      plans: createPlanReader({ state, ...room }),
      records: createRecordLog({ logs, ...room }),
      ended: async (run, result) => {
        const { sync, id } = run;
        write('run ended', { sync, run: id, status: result.status, code: result.error?.code });
        const failed = (error: unknown) =>
          write('alert failed', { sync, run: id, code: summarise(error).code });
        await raiseForEnd({ runs, configs, alerts: told.alerts }, run, result).catch(failed);
        await tellOfEnd(telling, run, result).catch(failed);
      },
      failed: (error, request) =>
        write('request failed', { request, code: summarise(error).code, stack: stackOf(error) }),
    },
    close() {
      sqs.destroy();
      events.destroy();
      scheduler.destroy();
      log.close();
    },
  };
}

/** What tells of alerts and ends of runs: events, and webhooks. */
function wireTelling(aws: EmbeddedAws, items: Items, events: EventBridgeClient) {
  const bus = () => alertBus;
  const webhooks = createWebhookStore(items);
  const deliveries = createDeliveries(items);
  const telling = { webhooks, deliveries, clock: systemClock, wake: createWake(events, bus) };
  const file = toldBy(aws)(env.secretsFile);
  const secrets = cachedSecrets((name) => readSecretsFile(file, name), systemClock, keepSecretsMs);
  const sender = createGuardedSender({ ...egressOf(true), clock: systemClock });
  const notices = createWebhookSender({ secrets, sender, clock: systemClock });
  const alerts = alsoToWebhooks(createAlerts(events, bus), telling);
  return { webhooks, deliveries, telling, secrets, sender, notices, alerts };
}

/** Someone at the file's own machine expects to see an edit at once. */
const keepSecretsMs = 1_000;

/** The same as the functions are told. @throws InvariantError */
const toldBy =
  ({ environment }: EmbeddedAws) =>
  (name: EnvName): string => {
    const value = environment[name];
    if (value !== undefined) return value;
    throw new InvariantError(`The embedded services do not tell ${name}.`);
  };
