/** A webhook as the API takes and shows it, and what is on its way to it. */
import { z } from '@hono/zod-openapi';
import { SecretChanges } from '../../shared/contracts/authentication.ts';
import { Webhook, WebhookEvent, WebhookInput } from '../../shared/contracts/webhook.ts';
import { webhookSecret } from '../../shared/domain/platform/webhook.ts';
import type { SecretBook } from '../../shared/ports/configurations.ts';
import type { OnItsWay } from '../../shared/ports/webhooks.ts';
import { Moment, momentOf } from './moment.ts';
import { FieldProblem } from './problem.ts';
import { SecretsView, secretsView } from './secrets.ts';

const warnings = z
  .array(FieldProblem)
  .optional()
  .describe('Of a change: worth a look, and no reason against it.');

export const WebhookView = Webhook.extend({ secrets: SecretsView, warnings }).meta({
  id: 'Webhook',
});
export type WebhookView = z.infer<typeof WebhookView>;

export const WebhookBody = WebhookInput.extend({
  version: z.int().optional(),
  secrets: SecretsView.optional(),
  warnings,
}).meta({
  id: 'WebhookSettings',
  description: '`version`, `secrets` and `warnings`, which answers have, are passed over.',
});

export function inputOf(body: z.infer<typeof WebhookBody>): WebhookInput {
  const { version: _version, secrets: _secrets, warnings: _warnings, ...settings } = body;
  return settings;
}

/** As Standard Webhooks has it: 24 to 64 bytes. */
const signingKey = z
  .string()
  .regex(
    /^whsec_(?=[A-Za-z0-9+/]{32,86}={0,2}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    'write whsec_ and 24 to 64 random bytes in base64, such as what "openssl rand -base64 32" gives',
  )
  .nullable()
  .optional();

export const WebhookSecret = z
  .strictObject({
    signingKey: signingKey.describe(
      'Signs what is sent: `whsec_` and 24 to 64 random bytes in base64.',
    ),
    token: SecretChanges.shape.token.describe('What `{{secret.token}}` in the URL stands for.'),
  })
  .meta({ id: 'WebhookSecretChanges' });

export const DeliveryView = z
  .strictObject({
    notice: z.string().describe('Its id, as the header `webhook-id` has it.'),
    type: WebhookEvent,
    at: Moment.describe('When it came about.'),
    state: z.enum(['waiting', 'given-up']),
    attempts: z.int().nonnegative().describe('Tries so far.'),
    nextAt: Moment.optional().describe('Of what waits: when it is tried next.'),
    failure: z
      .strictObject({ at: Moment, code: z.string(), reason: z.string() })
      .optional()
      .describe('What came of the last try.'),
  })
  .meta({ id: 'Delivery', description: 'A notice that a webhook has not taken.' });

export function deliveryView(
  { notice, delivery }: OnItsWay,
  state: 'waiting' | 'given-up',
): z.infer<typeof DeliveryView> {
  const { attempts, nextAt, failure } = delivery;
  return {
    notice: notice.id,
    type: notice.type,
    at: momentOf(notice.at),
    state,
    attempts,
    ...(state === 'waiting' && { nextAt: momentOf(nextAt) }),
    ...(failure && { failure: { ...failure, at: momentOf(failure.at) } }),
  };
}

export async function webhookView(
  book: SecretBook,
  webhook: Webhook,
  warned?: readonly FieldProblem[],
): Promise<WebhookView> {
  const secrets = secretsView(await book.get(webhookSecret(webhook)));
  return { ...webhook, secrets, ...(warned && { warnings: [...warned] }) };
}
