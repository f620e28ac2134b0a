/** Saving and removing webhooks, and what their secrets hold. */
import type { z } from '@hono/zod-openapi';
import type { Webhook, WebhookInput } from '../../shared/contracts/webhook.ts';
import {
  checkWebhook,
  originOf,
  webhookNeeds,
  webhookSecret,
} from '../../shared/domain/platform/webhook.ts';
import { existsAlready, nameTaken } from '../../shared/domain/settings/configuration.ts';
import type { SecretDates } from '../../shared/ports/configurations.ts';
import type { Caller } from './asked.ts';
import { audited, removing, saving } from './audited.ts';
import { placed, refuseProblems } from './places.ts';
import { pointerOf, stepsOf } from './pointer.ts';
import type { ApiPorts } from './ports.ts';
import { type FieldProblem, notFound, Refusal } from './problem.ts';
import { datesAfter, isEmpty, maskedFields, withSecret } from './secrets.ts';
import { asExpected } from './versions.ts';
import type { WebhookSecret } from './webhook-view.ts';

/** The body is the webhook. */
const inWebhook = (path: string) => pointerOf(stepsOf(path).slice(1));

/** `replaces`: whatever is there, as it can't be read. */
export async function saveWebhook(
  ports: ApiPorts,
  caller: Caller,
  input: WebhookInput,
  before: Webhook | undefined,
  replaces = false,
): Promise<{ readonly webhook: Webhook; readonly warnings: readonly FieldProblem[] }> {
  const { webhooks, book, tools } = ports;
  refuseProblems(placed(checkWebhook(input, tools.targets), inWebhook));
  const dates = await book.get(webhookSecret(input));
  if (!isEmpty(dates) && (replaces || (before && originOf(before.url) !== originOf(input.url))))
    throw bound(input.id);
  const warnings = secretWarnings(input, dates);
  if (caller.onlyTries) await checkNew(ports, input, before, replaces);
  const change = { ...saving('webhook', input, before), warnings };
  const webhook = await audited(ports, caller, change, () =>
    webhooks.put(input, replaces ? undefined : (before?.version ?? 0)),
  );
  return { webhook, warnings };
}

/** What is signed for one receiver, or stands in its address, is nobody else's. */
const bound = (id: string) =>
  new Refusal(409, {
    code: 'secret-bound',
    detail: `The secret of the webhook "${id}" was set for another address, and goes to no other. Take its values away first, with PUT /v1/webhooks/${id}/secret and null for each, or delete the webhook.`,
  });

/** @throws ConfigurationError `exists-already`, `name-taken` */
async function checkNew(
  { webhooks }: ApiPorts,
  { id, name }: WebhookInput,
  before: Webhook | undefined,
  replaces: boolean,
): Promise<void> {
  if (!before && !replaces && (await webhooks.get(id))) throw existsAlready(id);
  const holder = await webhooks.nameHolder(name);
  if (holder !== undefined && holder !== id) throw nameTaken(name, holder);
}

const secretWarnings = (input: WebhookInput, dates: SecretDates): FieldProblem[] =>
  webhookNeeds(input)
    .filter((field) => dates[field] === undefined)
    .map((field) => ({
      pointer: '',
      path: 'webhook',
      code: 'secret-not-set',
      message: `The ${field} was not set, and nothing is sent without. Set it with PUT /v1/webhooks/${input.id}/secret.`,
    }));

/** One caller at a time. */
export async function putWebhookSecret(
  ports: ApiPorts,
  caller: Caller,
  { id }: Webhook,
  changes: z.infer<typeof WebhookSecret>,
): Promise<SecretDates> {
  const secret = webhookSecret({ id });
  return withSecret(ports, secret, async (held) => {
    // It may have been deleted while nobody held the secret.
    if (!(await ports.webhooks.get(id))) throw notFound(`webhook "${id}"`);
    const fields = Object.entries(changes);
    const after = datesAfter(held.dates, changes, ports.clock.now());
    const change = {
      what: 'secret-set',
      kind: 'secret' as const,
      thing: `webhooks/${id}`,
      before: maskedFields(fields.filter(([, value]) => value === null)),
      after: maskedFields(fields.filter(([, value]) => typeof value === 'string')),
    };
    await audited(ports, caller, change, () => ports.vault.put(secret, changes));
    held.dates = after;
  });
}

/** First its secret: who dies in between leaves a webhook, which can be removed once more. */
export const removeWebhook = (ports: ApiPorts, caller: Caller, before: Webhook): Promise<void> =>
  audited(ports, caller, removing('webhook', before), async () => {
    const { id, version } = before;
    const secret = webhookSecret(before);
    const remove = async () => {
      await ports.webhooks.delete(id, version);
      await forget(ports, id);
    };
    if (isEmpty(await ports.book.get(secret))) return remove();
    await withSecret(ports, secret, async (held) => {
      asExpected((await ports.webhooks.get(id)) ?? before, version);
      await ports.vault.remove(secret);
      held.dates = {};
      await remove();
    });
  });

/** What is on its way: whoever makes one anew under this id is not told of what was before. */
async function forget({ deliveries }: ApiPorts, id: string): Promise<void> {
  for (;;) {
    const found = await deliveries.listFor(id, mostAtOnce);
    for (const { notice } of found) await deliveries.remove(id, notice.id);
    if (found.length < mostAtOnce) return;
  }
}

const mostAtOnce = 200;

/** One that can't be read: its secret goes with it. */
export const removeWebhookWreck = (ports: ApiPorts, caller: Caller, id: string): Promise<void> =>
  audited(ports, caller, { what: 'deleted', kind: 'webhook', thing: id }, async () => {
    if (!(await ports.webhooks.discard(id))) throw notFound(`webhook "${id}" that can't be read`);
    await withSecret(ports, webhookSecret({ id }), async (held) => {
      await ports.vault.remove(webhookSecret({ id }));
      held.dates = {};
    });
  });
