/** Alerts: what somebody should be told of. They name runs and counts, never a member. */
import { z } from 'zod';
import { RunAlertKind } from './run-status.ts';

export const AlertKind = z.enum([
  ...RunAlertKind.options,
  /** A run waits for its platform for longer than the sync puts up with. */
  'run-waiting',
  /** The data of a sync is older than it should be. */
  'sync-stale',
  /** What was told of is well again; the code says what it was. */
  'sync-recovered',
  /** A message that nobody could work on was given up. */
  'dead-letter',
  /** What is stored can't be read, and is set aside. */
  'item-unreadable',
  /** A webhook did not take what it was to be told. */
  'webhook-failed',
  /** The clock was set back. */
  'clock-set-back',
]);
export type AlertKind = z.infer<typeof AlertKind>;

export const Alert = z.strictObject({
  /** The same for the same trouble, however often it is told: who receives it twice may drop one. */
  id: z.string(),
  kind: AlertKind,
  /** One line: what has happened, and to which sync. */
  title: z.string(),
  sync: z.string().optional(),
  run: z.string().optional(),
  /** Of the error; the runbook has a section on each. */
  code: z.string(),
  /** Since when it is so, in UTC. */
  since: z.iso.datetime(),
  /** Of what there are how many: changes, hours, messages. */
  count: z.number().int().nonnegative(),
  of: z.string(),
  /** What is wrong, since when, how many are concerned, and what to do. */
  message: z.string(),
  /** Of the run or the sync, below the API's address. */
  link: z.string(),
});
export type Alert = z.infer<typeof Alert>;

/** What the events are known by: their source. Their detail type is the alert's kind, and their detail the alert. */
export const alertSource = 'audience-mirror';

/** The detail type of the one event that is no alert: notices wait for webhooks. */
export const deliveriesDue = 'deliveries-due';
