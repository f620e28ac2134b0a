/** What the API needs from the world. */

import type { Destination } from '../../shared/contracts/destination.ts';
import type { HttpRequest } from '../../shared/contracts/http.ts';
import type { Schedule } from '../../shared/contracts/schedule.ts';
import type { DeliveryTools } from '../../shared/domain/request/delivery.ts';
import type { StartRunPorts } from '../../shared/flow/start-run.ts';
import type {
  AuditTrail,
  Locks,
  OnceStore,
  Schedules,
  SecretBook,
  SecretVault,
} from '../../shared/ports/configurations.ts';
import type { PlanReader } from '../../shared/ports/plan-reader.ts';
import type { SnapshotSampler } from '../../shared/ports/snapshots.ts';
import type { Deliveries, NoticeSender, WebhookStore } from '../../shared/ports/webhooks.ts';
import type { HttpSender } from '../../shared/ports/world.ts';
import type { Access } from './access.ts';
import type { RunRecordsPorts } from './run-records.ts';

export interface ApiPorts extends StartRunPorts, RunRecordsPorts {
  readonly access: Access;
  readonly audit: AuditTrail;
  readonly schedules: Schedules;
  readonly book: SecretBook;
  readonly once: OnceStore;
  readonly locks: Locks;
  readonly vault: SecretVault;
  readonly webhooks: WebhookStore;
  readonly deliveries: Deliveries;
  readonly notices: NoticeSender;
  readonly sampler: SnapshotSampler;
  readonly plans: PlanReader;
  /** Sends to a destination, and tells what goes out, credentials and all. */
  readonly heardSender: (
    destination: Destination,
    heard: (request: HttpRequest) => void,
  ) => HttpSender;
  readonly tools: DeliveryTools;
  /** Epoch milliseconds at which a sync of this schedule runs next after `after`. */
  readonly nextTimes: (schedule: Schedule, after: number, count: number) => number[];
  /** Told of each request that failed by a fault of ours; writes nothing of the error's text that may be a person's. */
  readonly failed: (error: unknown, requestId?: string) => void;
}
