/**
 * Sends notices to webhooks, through the guarded sender. Requests are signed as Standard Webhooks 1.0 says: HMAC-SHA256 over
 * `id.timestamp.body`, in `webhook-signature` as `v1,BASE64`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac } from 'node:crypto';
import type { SecretValues } from '../contracts/authentication.ts';
import type { HttpAnswer } from '../contracts/http.ts';
import type { Notice, Webhook } from '../contracts/webhook.ts';
import { secretValue } from '../domain/platform/authentication.ts';
import { webhookNeeds, webhookSecret, webhookUrl } from '../domain/platform/webhook.ts';
import { waitIn } from '../domain/response/wait.ts';
import { noticeBody } from '../domain/run/notice.ts';
import { summarise } from '../domain/words/errors.ts';
import type { Secrets } from '../ports/configurations.ts';
import type { NoticeSender, Taken } from '../ports/webhooks.ts';
import type { Clock, HttpSender } from '../ports/world.ts';

const timeoutMs = 15_000;
/** Nothing of an answer is shown but its status. */
const maxAnswerBytes = 1_024;

export interface WebhookSenderPorts {
  readonly secrets: Secrets;
  readonly sender: HttpSender;
  readonly clock: Pick<Clock, 'now'>;
}

export const createWebhookSender = (ports: WebhookSenderPorts): NoticeSender => ({
  async send(webhook, notice) {
    const now = ports.clock.now();
    const secret = webhookSecret(webhook);
    try {
      const values = webhookNeeds(webhook).length > 0 ? await ports.secrets.get(secret) : {};
      const answer = await ports.sender.send(requestOf(webhook, notice, values, now));
      const taken = takenOf(answer, ports.clock.now());
      // The secret may have been replaced a moment ago.
      if (!taken.ok) ports.secrets.forget(secret);
      return taken;
    } catch (error) {
      ports.secrets.forget(secret);
      const { code, message } = summarise(error);
      return { ok: false, code, reason: message, isDown: true, isOver: false, waitMs: 0 };
    }
  },
});

function requestOf(webhook: Webhook, notice: Notice, values: SecretValues, now: number) {
  const body = Buffer.from(noticeBody(webhook, notice));
  const timestamp = Math.floor(now / 1_000).toString();
  return {
    method: 'POST' as const,
    url: webhookUrl(webhook, values),
    headers: {
      'content-type': 'application/json',
      ...(webhook.format === 'event' && {
        'webhook-id': notice.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf(
          secretValue(values, 'signingKey', webhookSecret(webhook)),
          `${notice.id}.${timestamp}.`,
          body,
        ),
      }),
    },
    body,
    timeoutMs,
    notAfter: now + timeoutMs,
    maxAnswerBytes,
  };
}

/** `key`: base64, with `whsec_` before it. */
function signatureOf(key: string, before: string, body: Uint8Array): string {
  const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', bytes).update(before).update(body).digest('base64')}`;
}

function takenOf(answer: HttpAnswer, now: number): Taken {
  if (answer.kind !== 'answer') {
    const { code, reason } = answer;
    return { ok: false, code, reason, isDown: true, isOver: false, waitMs: 0 };
  }
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { ok: true };
  return {
    ok: false,
    code: `http-${status}`,
    reason: `It answered ${status}. Only a 2xx says that it was taken; redirects are not followed.`,
    isDown: status >= 500 || status === 429,
    isOver: status === 410,
    waitMs: waitIn(headers, now) ?? 0,
  };
}
