import type { RunMetric } from './run-status.ts';

/** The metrics that functions publish and the stack's dashboard and alarms look at. Each has one dimension: the stack. */
export const metricNamespace = 'AudienceMirror';

/** Powertools names its dimension so; its value is the stack's name. */
export const metricDimension = 'service';

export const metricUnits = {
  /** How runs ended: `runStatuses` says which counts as what. */
  RunsSucceeded: 'Count',
  RunsPartial: 'Count',
  RunsFailed: 'Count',
  RunsHeld: 'Count',
  /** Of the runs that came to sending. */
  Changes: 'Count',
  Delivered: 'Count',
  Rejected: 'Count',
  Uncertain: 'Count',
  Unsent: 'Count',
  /** Rows and records alike. */
  Invalid: 'Count',
  /** From the newest object of the snapshot until its run had ended. */
  SnapshotLag: 'Seconds',
  /** All that went out, repetitions among them. */
  Requests: 'Count',
  Retries: 'Count',
  /** Of one request, until its answer was there or given up. */
  RequestLatency: 'Milliseconds',
  /** Of all syncs together. */
  Members: 'Count',
  /** How long the open run that moved longest ago has been in its phase: as long its oldest chunk has waited. */
  OldestWorkAge: 'Seconds',
  /** Steps of functions that failed, and come again. */
  StepFailures: 'Count',
} as const satisfies Readonly<Record<RunMetric, 'Count'> & Record<string, string>>;

export type MetricName = keyof typeof metricUnits;
