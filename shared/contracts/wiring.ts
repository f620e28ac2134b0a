/**
 * The wiring that the CDK stack and the embedded run share: functions, queues, time-outs, environment names.
 * Change a number here and both follow.
 */

/** Environment variables the functions read, by what they name. */
export const env = {
  table: 'TABLE_NAME',
  stateBucket: 'STATE_BUCKET',
  logBucket: 'LOG_BUCKET',
  /** The warehouse's buckets, with commas between; no other is read. */
  snapshotBuckets: 'SNAPSHOT_BUCKETS',
  planQueue: 'PLAN_QUEUE_URL',
  sendQueue: 'SEND_QUEUE_URL',
  closeQueue: 'CLOSE_QUEUE_URL',
  /** Where messages of the queues, and starts, go that failed on every try. */
  planDeadLetters: 'PLAN_DEAD_LETTERS_URL',
  sendDeadLetters: 'SEND_DEAD_LETTERS_URL',
  closeDeadLetters: 'CLOSE_DEAD_LETTERS_URL',
  startDeadLettersUrl: 'START_DEAD_LETTERS_URL',
  /** Name of the event bus that alerts are put on. */
  alertBus: 'ALERT_BUS',
  /** `true` only in the embedded run: destinations may be plain HTTP on loopback. */
  allowLoopback: 'ALLOW_LOOPBACK_DESTINATIONS',
  /** Hosts that are called although they are private, with commas between. */
  privateHosts: 'ALLOWED_PRIVATE_HOSTS',
  /** A file of certificate authorities in PEM that are trusted beside the usual ones. */
  caBundle: 'CA_BUNDLE',
  /** The proxy that requests to platforms go through, as a URL; and, `true`, that it resolves names itself. */
  egressProxy: 'EGRESS_PROXY',
  egressProxyResolves: 'EGRESS_PROXY_RESOLVES',
  /** What the names of destinations' secrets begin with in Secrets Manager. */
  secretPrefix: 'SECRET_PREFIX',
  /** Only in the embedded run: the file that stands in for Secrets Manager. */
  secretsFile: 'SECRETS_FILE',
  /** How many send-chunk run at once; absent: as many as there are messages. */
  senders: 'SENDERS',
  /** The group of the syncs' schedules. */
  scheduleGroup: 'SCHEDULE_GROUP',
  /** What they invoke, as whom, and where starts go that failed. */
  startFunction: 'START_FUNCTION_ARN',
  scheduleRole: 'SCHEDULE_ROLE_ARN',
  startDeadLetters: 'START_DEAD_LETTERS_ARN',
  /** Where DuckDB spills and snapshots are downloaded; Lambda's is /tmp. */
  scratch: 'SCRATCH_FOLDER',
  /** Name of the stack: the metrics' one dimension. */
  stack: 'STACK_NAME',
  /** `true`: members and lag also by the sync. */
  metricsBySync: 'METRICS_BY_SYNC',
  /** `true`: calls of AWS services are traced with X-Ray. */
  tracing: 'TRACING',
  /** The scope that a caller with a JWT needs to write. */
  writeScope: 'API_WRITE_SCOPE',
} as const;

export type EnvName = (typeof env)[keyof typeof env];

export interface FunctionWiring {
  /** Seconds; at most 900. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Size of its scratch folder. */
  readonly scratchMb: number;
  /** Needs the DuckDB binding beside its bundle. */
  readonly duckdb: boolean;
}

/** What an account that is new to Lambda may give a function at most, and what DuckDB works with. */
const duckdbMemoryMb = 3_008;

export const functions = {
  'start-run': { timeoutSeconds: 60, memoryMb: 512, scratchMb: 512, duckdb: false },
  'plan-run': { timeoutSeconds: 900, memoryMb: duckdbMemoryMb, scratchMb: 10_240, duckdb: true },
  'send-chunk': { timeoutSeconds: 300, memoryMb: 1_024, scratchMb: 512, duckdb: false },
  'close-run': { timeoutSeconds: 900, memoryMb: duckdbMemoryMb, scratchMb: 10_240, duckdb: true },
  sweep: { timeoutSeconds: 120, memoryMb: 512, scratchMb: 512, duckdb: false },
  tidy: { timeoutSeconds: 300, memoryMb: 512, scratchMb: 512, duckdb: false },
  // One whole processor; API Gateway waits 30 seconds.
  api: { timeoutSeconds: 29, memoryMb: 1_769, scratchMb: 2_048, duckdb: true },
} as const satisfies Record<string, FunctionWiring>;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];

export interface QueueWiring {
  readonly fifo: boolean;
  readonly consumer: FunctionName;
  /** Messages a receive takes at most. */
  readonly batchSize: number;
  /** How long Lambda has a message that it received before its function begins: there a receiver says `heldSeconds`. */
  readonly visibilitySeconds: number;
  /** Receives before the dead-letter queue; waits count as receives, so there is room for them. */
  readonly maxReceives: number;
  /** Receivers at once by default: all together leave two of the ten executions that a new account has at once. */
  readonly maxConcurrency: number;
  readonly retentionDays: number;
}

/**
 * Six times the time-out of the consumer: Lambda tries a message again for as long, where no function was free for it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const advisedVisibility = (consumer: FunctionName) => 6 * functions[consumer].timeoutSeconds;

export const queues = {
  plan: {
    fifo: false,
    consumer: 'plan-run',
    batchSize: 1,
    visibilitySeconds: advisedVisibility('plan-run'),
    maxReceives: 5,
    maxConcurrency: 2,
    retentionDays: 4,
  },
  send: {
    fifo: true,
    consumer: 'send-chunk',
    batchSize: 1,
    visibilitySeconds: advisedVisibility('send-chunk'),
    maxReceives: 1_000,
    maxConcurrency: 4,
    retentionDays: 14,
  },
  close: {
    fifo: false,
    consumer: 'close-run',
    batchSize: 1,
    visibilitySeconds: advisedVisibility('close-run'),
    maxReceives: 20,
    maxConcurrency: 2,
    retentionDays: 4,
  },
} as const satisfies Record<string, QueueWiring>;

export type QueueName = keyof typeof queues;
export const queueNames = Object.keys(queues) as QueueName[];

/** How long a message is its receiver's from where that begins: it comes back only when the receiver can't be running. */
export const heldSeconds = (queue: QueueName): number =>
  functions[queues[queue].consumer].timeoutSeconds + 30;

/** How often sweep looks for runs that stopped moving. */
export const sweepMinutes = 5;

/** How often tidy looks for syncs whose day is over or whose settings were changed. */
export const tidyMinutes = 60;

/** A claim outlives its function's time-out by this, so that clocks may differ a little. */
export const claimMarginMs = 15_000;

/** How long at least a closed run is looked at: its item, and one member for each reason of its failures. */
export const historyDays = 90;

/** The one table: partition and sort key, and the attribute items expire by (epoch seconds). */
export const table = { partitionKey: 'pk', sortKey: 'sk', expiry: 'expiresAt' } as const;

/** Routes of the API that only look, though they are POSTs: the right to read is enough. */
export const readingPosts = [
  '/v1/destinations/fields',
  '/v1/destinations/validate',
  '/v1/preview',
  '/v1/syncs/columns',
  '/v1/syncs/times',
  '/v1/syncs/validate',
  '/v1/syncs/{id}/records/search',
  '/v1/validate',
] as const;
