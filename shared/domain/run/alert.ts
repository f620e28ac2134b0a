/** Alerts: which ends of runs are worth one, and what each says. */

import type { Alert, AlertKind } from '../../contracts/alert.ts';
import type { Counts, ReasonCount } from '../../contracts/counts.ts';
import type { Run, RunResult, Waiting } from '../../contracts/run.ts';
import { type RunAlert, runStatuses } from '../../contracts/run-status.ts';
import type { AlertSettings } from '../../contracts/sync.ts';
import { capped } from '../words/capped.ts';
import type { ErrorSummary } from '../words/errors.ts';
import { changesOf, totalOf, undeliveredIn } from './counts.ts';

/** What is known of a sync beside its run. */
export interface AlertContext {
  readonly alerts: AlertSettings;
  /** When a run last succeeded; undefined: never yet. */
  readonly succeededAt: number | undefined;
}

/** Undefined where the end of the run needs nobody's attention. */
export function alertOfEnd(run: Run, result: RunResult, context: AlertContext): Alert | undefined {
  const { alert, isSending } = runStatuses[result.status];
  if (!alert) return undefined;
  const share = alert.onlyAbove && context.alerts[alert.onlyAbove];
  if (share !== undefined && undeliveredShare(result) <= share) return undefined;
  return isSending ? endAlert(alert, run, result, context) : heldAlert(alert, run, result);
}

/**
 * The run before ended with the same trouble on the same day (UTC): it was told then. A sync that runs every five
 * minutes would otherwise tell it 288 times a day.
 */
export const isToldAlready = (
  alert: Alert,
  endedAt: number,
  before: Alert,
  beforeEndedAt: number,
) =>
  alert.kind === before.kind &&
  alert.code === before.code &&
  dayOf(endedAt) === dayOf(beforeEndedAt);

const dayOf = (moment: number) => Math.floor(moment / 86_400_000);

/** Changes that were planned and not delivered. */
const undelivered = (counts: Counts): number =>
  Object.values(undeliveredIn(counts)).reduce((sum, each) => sum + each, 0);

function undeliveredShare({ counts }: RunResult): number {
  const changes = counts ? changesOf(counts) : 0;
  return counts && changes > 0 ? undelivered(counts) / changes : 0;
}

function endAlert(
  { kind, said }: RunAlert,
  run: Run,
  { error, counts, reasons = [] }: RunResult,
  { succeededAt }: AlertContext,
): Alert {
  const count = counts ? undelivered(counts) : 0;
  const sent = counts ? ` ${count} of its ${changesOf(counts)} changes were not delivered.` : '';
  const last =
    succeededAt === undefined
      ? 'No run of this sync has succeeded yet.'
      : `The last run that succeeded ended at ${textOf(succeededAt)}.`;
  return alertOf({
    id: `${kind}/${run.sync}/${run.id}`,
    kind,
    title: `Run ${said}: sync ${run.sync}`,
    sync: run.sync,
    run: run.id,
    code: error?.code ?? reasons[0]?.code ?? kind,
    since: succeededAt ?? run.startedAt,
    count,
    of: 'changes not delivered',
    message: `The run ${run.id} of the sync ${run.sync} ${said}.${sent} ${last} ${error?.message ?? mostOf(reasons)}`,
  });
}

/** By its code: a reason may be in the platform's own words, and those stay with the records. */
const mostOf = ([first]: readonly ReasonCount[]) =>
  `${first ? `The most frequent reason is ${first.code} (${first.count} times). ` : ''}The records of the run say what became of each.`;

function heldAlert({ kind, said }: RunAlert, run: Run, { error, counts }: RunResult): Alert {
  const since = run.closedAt ?? run.movedAt;
  return alertOf({
    id: `${kind}/${run.sync}/${run.id}`,
    kind,
    title: `Run ${said}: sync ${run.sync}`,
    sync: run.sync,
    run: run.id,
    code: error?.code ?? kind,
    since,
    count: counts ? totalOf(counts, 'unsent') : 0,
    of: 'changes held back',
    message: `The run ${run.id} of the sync ${run.sync} is ${said} since ${textOf(since)}. ${error?.message ?? ''}`,
  });
}

/** By its code: the platform's own words stay with the run. */
export function waitingAlert(run: Run, { since, code, nextAt }: Waiting, now: number): Alert {
  const minutes = Math.floor((now - since) / 60_000);
  return alertOf({
    id: `run-waiting/${run.sync}/${run.id}/${since}`,
    kind: 'run-waiting',
    title: `Run waits for its platform: sync ${run.sync}`,
    sync: run.sync,
    run: run.id,
    code,
    since,
    count: minutes,
    of: 'minutes of waiting',
    message: `The run ${run.id} of the sync ${run.sync} waits for its platform since ${textOf(since)} (${code}). The next request goes at ${textOf(nextAt)}; at ${textOf(run.deadline)} the run closes with what it has. The run itself has the request and the platform's answer. If the destination is to be mended: cancel the run, save it, and start the sync again.`,
  });
}

/** `since`: when the snapshot was written that the platform is as of; or, where there was none, since when one is awaited. */
export function staleAlert(sync: string, since: number, isFirst: boolean, now: number): Alert {
  const hours = Math.floor((now - since) / 3_600_000);
  const last = isFirst
    ? `No snapshot was mirrored yet, and one is awaited since ${textOf(since)}.`
    : `The platform is as of the snapshot that was written at ${textOf(since)}, ${hours} hours ago.`;
  return alertOf({
    id: `sync-stale/${sync}/${since}`,
    kind: 'sync-stale',
    title: `Data is old: sync ${sync}`,
    sync,
    code: 'sync-stale',
    since,
    count: hours,
    of: 'hours since the data was written',
    message: `The data of the sync ${sync} is older than it should be. ${last} Look at the export first: runs that end as unchanged find no newer snapshot. Then at the newest run: it was skipped, held or failed, or none was started. This is told once, until newer data is mirrored.`,
  });
}

/** `since`: when the snapshot was written that the platform is as of now. */
export const freshAlert = (sync: string, since: number): Alert =>
  alertOf({
    id: `sync-recovered/sync-stale/${sync}/${since}`,
    kind: 'sync-recovered',
    title: `Data is new again: sync ${sync}`,
    sync,
    code: 'sync-stale',
    since,
    count: 0,
    of: 'hours too old',
    message: `The sync ${sync} mirrored the snapshot that was written at ${textOf(since)}. Nothing is left to do.`,
  });

/** Runs of the sync ended badly, and this one did not. */
export const wellAgainAlert = (run: Run, code: string): Alert =>
  alertOf({
    id: `sync-recovered/${run.sync}/${run.id}`,
    kind: 'sync-recovered',
    title: `Well again: sync ${run.sync}`,
    sync: run.sync,
    run: run.id,
    code,
    since: run.closedAt ?? run.movedAt,
    count: 0,
    of: 'changes not delivered',
    message: `The run ${run.id} of the sync ${run.sync} ended well; the one before had not (${code}). Nothing is left to do.`,
  });

/** What a dead letter was about, and what became of it. */
export interface DeadLetterReport {
  /** Stable: of the message. */
  readonly id: string;
  readonly queue: string;
  readonly sync: string | undefined;
  readonly run: string | undefined;
  readonly sentAt: number;
  readonly count: number;
  readonly of: string;
  /** What was done about it, and what there is to do. */
  readonly said: string;
}

export const deadLetterAlert = (letter: DeadLetterReport): Alert =>
  alertOf({
    id: `dead-letter/${letter.id}`,
    kind: 'dead-letter',
    title: `Message given up: ${letter.sync === undefined ? `queue ${letter.queue}` : `sync ${letter.sync}`}`,
    sync: letter.sync,
    run: letter.run,
    code: `dead-letter-${letter.queue}`,
    since: letter.sentAt,
    count: letter.count,
    of: letter.of,
    message: `A message of the ${letter.queue} queue that was sent at ${textOf(letter.sentAt)} failed on every try. ${letter.said}`,
  });

/** What is stored of a thing and can't be read. */
export interface UnreadableReport {
  readonly of: 'destination' | 'sync' | 'state' | 'run' | 'erasure' | 'webhook';
  readonly id: string;
  /** Whose it is. */
  readonly sync: string | undefined;
  readonly error: ErrorSummary;
}

/** `since`: when it was found so. */
export const unreadableAlert = ({ of, id, sync, error }: UnreadableReport, since: number): Alert =>
  alertOf({
    id: `item-unreadable/${of}/${sync === undefined || sync === id ? id : `${sync}/${id}`}`,
    kind: 'item-unreadable',
    title: `Not readable: ${of} ${id}`,
    sync,
    code: error.code,
    since,
    count: 1,
    of: 'things set aside',
    message: `${error.message} Everything else goes on without it.`,
  });

/** The id of the alert that tells of a webhook's trouble. */
export const failureOf = (webhook: string): string => `webhook-failed/${webhook}`;

/** `since`: when what it was to be told came about. */
export const webhookAlert = (
  webhook: string,
  failure: { readonly code: string; readonly reason: string; readonly at: number },
  since: number,
): Alert =>
  alertOf({
    id: failureOf(webhook),
    kind: 'webhook-failed',
    title: `Webhook given up: ${webhook}`,
    code: failure.code,
    since,
    count: 1,
    of: 'notices not taken',
    message: `The webhook ${webhook} did not take a notice of ${textOf(since)} on any try; the last was at ${textOf(failure.at)}. ${failure.reason} GET /v1/webhooks/${webhook}/deliveries shows what it was not told. Mend its address or its secret, or delete it. This is told once a week.`,
  });

/**
 * `ahead`: the latest moment that was written by the clock before it was set back. It is one alert for the hour: while the clock
 * catches up, the latest moment is now that of a run's beginning and now that of its id.
 */
export const clockAlert = (ahead: number, now: number): Alert =>
  alertOf({
    id: `clock-set-back/${Math.floor(ahead / hourMs)}`,
    kind: 'clock-set-back',
    title: 'The clock was set back',
    code: 'clock-set-back',
    since: now,
    count: Math.round((ahead - now) / 1_000),
    of: 'seconds',
    message: `The clock says ${textOf(now)}, and something was done at ${textOf(ahead)} by the clock of then. The order of runs does not depend on it, and nobody waits for times that are still to come; but what was written meanwhile bears wrong times. Look after the clock of the machine.`,
  });

const hourMs = 3_600_000;

/** Characters: names of syncs have up to 200. */
const mostOfTitle = 500;
/** The message of an error, and what is said of the run. */
const mostOfMessage = 4_000;

function alertOf(
  alert: Omit<Alert, 'kind' | 'since' | 'link' | 'sync' | 'run'> & {
    readonly kind: AlertKind;
    readonly since: number;
    readonly sync?: string | undefined;
    readonly run?: string | undefined;
  },
): Alert {
  const { sync, run, since, ...rest } = alert;
  return {
    ...rest,
    ...(sync !== undefined && { sync }),
    ...(run !== undefined && { run }),
    since: textOf(since),
    link: linkOf(sync, run),
    title: capped(alert.title, mostOfTitle),
    message: capped(plain(alert.message), mostOfMessage),
  };
}

const linkOf = (sync: string | undefined, run: string | undefined) => {
  if (sync === undefined) return 'syncs';
  return run === undefined ? `syncs/${sync}` : `syncs/${sync}/runs/${run}`;
};

const textOf = (moment: number) => new Date(moment).toISOString();

/** Mail is made of it by a template that quotes each line, and does not escape what it puts in. */
const plain = (text: string) =>
  text
    .replaceAll('"', "'")
    .replaceAll(/[\\\p{Cc}]+/gu, ' ')
    .trim();
