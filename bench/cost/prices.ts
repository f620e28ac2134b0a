/**
 * List prices in US dollars, of US East (N. Virginia), without the free tier, as AWS published them in 2025. They are to be held
 * against the pages they are from before anybody relies on a cent.
 */
export const pricesOf = { region: 'US East (N. Virginia)', year: 2025 } as const;

const million = 1_000_000;

export const prices = {
  /** https://aws.amazon.com/lambda/pricing/ Arm; the scratch space is what lies above 512 MB. */
  lambda: { request: 0.2 / million, gbSecond: 0.0000133334, scratchGbSecond: 0.0000000309 },
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ Units of 1 KB written, and of 4 KB read consistently. */
  dynamodb: { write: 0.625 / million, read: 0.125 / million },
  /** https://aws.amazon.com/s3/pricing/ Standard. Put stands for PUT, COPY, POST and LIST; deleting is free. */
  s3: { put: 0.005 / 1_000, get: 0.0004 / 1_000, gbMonth: 0.023 },
  /** https://aws.amazon.com/sqs/pricing/ */
  sqs: { standard: 0.4 / million, fifo: 0.5 / million },
  /** https://aws.amazon.com/eventbridge/pricing/ */
  events: { event: 1 / million, schedule: 1 / million },
  /** https://aws.amazon.com/kms/pricing/ and https://aws.amazon.com/secrets-manager/pricing/ */
  kms: { keyMonth: 1 },
  secrets: { secretMonth: 0.4, call: 0.05 / 10_000 },
  /** https://aws.amazon.com/cloudwatch/pricing/ */
  cloudwatch: { alarmMonth: 0.1, metricMonth: 0.3, dashboardMonth: 3, logGb: 0.5 },
} as const;

/** Metrics that the alarms of a deployment look at: each is billed as an alarm of its own. test/cdk/operations.test.ts holds it. */
export const alarmedMetrics = 28;

/** Metrics of our own that are told in every hour, and those that are in hours with runs. */
export const ownMetrics = { always: 1, withRuns: 8 } as const;

/** Seconds that a call is waited for, as they are usual within a region, and that a function takes to begin. */
export const usualSeconds = {
  dynamodb: 0.005,
  s3: 0.03,
  sqs: 0.01,
  events: 0.02,
  scheduler: 0.03,
  begin: 0.1,
  /** One request to the platform, from sending to its answer. */
  platform: 0.3,
} as const;

/** Seconds of one processor, of `docs/benchmarks.md` (plan, 1,000,000 rows): of each member, and of each change. */
export const engineSeconds = {
  planMember: 2.55e-6,
  planChange: 20e-6,
  closeMember: 0.5e-6,
} as const;
