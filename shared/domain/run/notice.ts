/** What webhooks are told: of which ends and alerts, in which words, and when again where nobody took it. */

import type { Alert } from '../../contracts/alert.ts';
import type { Run, RunResult } from '../../contracts/run.ts';
import type { Notice, Webhook } from '../../contracts/webhook.ts';
import { capped } from '../words/capped.ts';
import { failureOf } from './alert.ts';
import { describeRun, reportOf } from './report.ts';

export function endNotice(run: Run, result: RunResult): Notice {
  // Reasons go by their codes: they may be in the platform's own words, and those stay with the run.
  const { reasons, warnings, ...known } = result;
  const { status, error, counts, sent } = known;
  const at = run.closedAt ?? run.movedAt;
  return {
    id: `run-ended/${run.sync}/${run.id}`,
    type: 'run-ended',
    at,
    sync: run.sync,
    title: `Run ${status}: sync ${run.sync}`,
    message: capped(describeRun(reportOf({ ...run, status, result: known }))),
    link: `syncs/${run.sync}/runs/${run.id}`,
    data: {
      sync: run.sync,
      run: run.id,
      task: run.task.kind,
      trigger: run.trigger,
      status,
      startedAt: textOf(run.startedAt),
      closedAt: textOf(at),
      ...(error && { error: { code: error.code, message: error.message } }),
      ...(counts && { counts }),
      ...(sent && { sent }),
      ...(reasons && { reasons: codesOf(reasons) }),
      ...(warnings && { warnings: codesOf(warnings) }),
    },
  };
}

const codesOf = (found: readonly { readonly code: string; readonly count: number }[]) =>
  found.map(({ code, count }) => ({ code, count }));

export const alertNotice = (alert: Alert, now: number): Notice => ({
  id: alert.id,
  type: alert.kind,
  at: now,
  ...(alert.sync !== undefined && { sync: alert.sync }),
  title: alert.title,
  message: alert.message,
  link: alert.link,
  data: { ...alert },
});

/** What shows that a webhook works. `id`: unlike any other's. */
export const trialNotice = (id: string, now: number): Notice => ({
  id: `trial/${id}`,
  type: 'run-ended',
  at: now,
  title: 'Audience Mirror: a trial',
  message: 'This webhook works. Nothing has happened.',
  link: 'syncs',
  data: { trial: true },
});

/** Of its own trouble a webhook is not told. */
export const isTold = (
  { id, enabled, events, syncs }: Webhook,
  { id: notice, type, sync }: Notice,
): boolean =>
  enabled &&
  notice !== failureOf(id) &&
  events.includes(type) &&
  (syncs === undefined || (sync !== undefined && syncs.includes(sync)));

/** The body of the request. */
export function noticeBody(webhook: Pick<Webhook, 'format' | 'linkBase'>, notice: Notice): string {
  const link = `${webhook.linkBase ?? ''}${notice.link}`;
  if (webhook.format === 'slack')
    return JSON.stringify({ text: slackText(notice, webhook.linkBase, link) });
  const { type, at, data, title, message } = notice;
  return JSON.stringify({ type, timestamp: textOf(at), data: { ...data, title, message, link } });
}

/** Its three characters escaped: https://docs.slack.dev/messaging/formatting-message-text#escaping */
const slackText = ({ title, message }: Notice, base: string | undefined, link: string): string =>
  [
    `*${escaped(title)}*`,
    escaped(message),
    base === undefined
      ? escaped(link)
      : `<${escaped(link).replaceAll('|', '%7C')}|${escaped(link)}>`,
  ].join('\n');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * Milliseconds from one try to the next, three days in all, as Standard Webhooks advises:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 */
const pauses = [
  5_000,
  ...[5, 30, 120, 300, 600, 840, 1_200, 1_440].map((minutes) => minutes * 60_000),
];

/** When it is tried again after so many tries; undefined: it is given up. `waitMs`: what the receiver asked for. */
export function nextTry(attempts: number, now: number, waitMs = 0): number | undefined {
  const pause = pauses[attempts - 1];
  return pause === undefined ? undefined : now + Math.max(pause, waitMs);
}

const textOf = (moment: number) => new Date(moment).toISOString();
