/** The adapters every function is wired from. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createAuditTrail } from '../aws/audit-trail.ts';
import { createCircuitStore } from '../aws/circuit-store.ts';
import { createConfigStore } from '../aws/config-store.ts';
import { createDeadLetters } from '../aws/dead-letters.ts';
import { createDynamoTable } from '../aws/dynamo-table.ts';
import { Items } from '../aws/items.ts';
import { createLocks } from '../aws/locks.ts';
import { createOnceStore } from '../aws/once-store.ts';
import { createQueue } from '../aws/queue.ts';
import { createRunStore } from '../aws/run-store.ts';
import { createSchedules } from '../aws/schedules.ts';
import { createSecretBook } from '../aws/secret-book.ts';
import { createSnapshotStore } from '../aws/snapshot-store.ts';
import { createStateStore } from '../aws/state-store.ts';
import { createTableClient } from '../aws/table-client.ts';
import { createToldAlerts } from '../aws/told-alerts.ts';
import { createDeliveries, createWebhookStore } from '../aws/webhook-store.ts';
import { env } from '../contracts/wiring.ts';
import { optionalSetting, setting } from './environment.ts';
import { lazy } from './lazy.ts';
import { traced } from './tracing.ts';

const s3 = lazy(() => traced(new S3Client({})));
/** Whatever a deployment names: its own buckets are none. */
function snapshotBuckets(): string[] {
  const own = [setting(env.stateBucket), setting(env.logBucket)];
  return (optionalSetting(env.snapshotBuckets) ?? '')
    .split(',')
    .filter((name) => !own.includes(name));
}
const tableClient = lazy(() => createTableClient(traced(new DynamoDBClient({}))));

export const sqs = lazy(() => traced(new SQSClient({})));
const items = lazy(() => new Items(createDynamoTable(tableClient(), setting(env.table))));
export const configs = lazy(() => createConfigStore(items()));
export const audit = lazy(() => createAuditTrail(items()));
export const locks = lazy(() => createLocks(items()));
export const once = lazy(() => createOnceStore(items()));
export const book = lazy(() => createSecretBook(items()));
export const runs = lazy(() => createRunStore(items()));
export const told = lazy(() => createToldAlerts(items()));
export const webhooks = lazy(() => createWebhookStore(items()));
export const deliveries = lazy(() => createDeliveries(items()));
export const circuits = lazy(() => createCircuitStore(items()));
export const snapshots = lazy(() => createSnapshotStore(s3(), snapshotBuckets()));
export const state = lazy(() => createStateStore(s3(), setting(env.stateBucket)));
export const logs = lazy(() => createStateStore(s3(), setting(env.logBucket)));
export const queue = lazy(() =>
  createQueue(sqs(), {
    plan: () => setting(env.planQueue),
    send: () => setting(env.sendQueue),
    close: () => setting(env.closeQueue),
  }),
);
export const deadLetters = lazy(() =>
  createDeadLetters(sqs(), {
    start: () => setting(env.startDeadLettersUrl),
    plan: () => setting(env.planDeadLetters),
    send: () => setting(env.sendDeadLetters),
    close: () => setting(env.closeDeadLetters),
  }),
);
export const schedules = lazy(() =>
  createSchedules(traced(new SchedulerClient({})), {
    group: setting(env.scheduleGroup),
    target: setting(env.startFunction),
    role: setting(env.scheduleRole),
    deadLetters: setting(env.startDeadLetters),
  }),
);
