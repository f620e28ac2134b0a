/** Webhooks: create, read, list, change, delete, their secrets, a trial, and what they have not taken. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Id } from '../../../shared/contracts/json.ts';
import { trialNotice } from '../../../shared/domain/run/notice.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { audited } from '../audited.ts';
import { DryRunQuery, foreseen, orForeseen } from '../dry-run.ts';
import { refuseInvalid } from '../invalid.ts';
import { PageQuery, pageSchema } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, editing, refusals, writing } from '../problem.ts';
import { resourceOf } from '../resource.ts';
import {
  putWebhookSecret,
  removeWebhook,
  removeWebhookWreck,
  saveWebhook,
} from '../save-webhook.ts';
import { SecretsView, secretsView } from '../secrets.ts';
import {
  asMatched,
  CreatedHeaders,
  ETag,
  IfMatch,
  MayMatch,
  PutHeaders,
  sameId,
} from '../versions.ts';
import {
  DeliveryView,
  deliveryView,
  inputOf,
  WebhookBody,
  WebhookSecret,
  WebhookView,
  webhookView,
} from '../webhook-view.ts';
import { orWreck, wreck } from '../wrecks.ts';

const tags = ['Webhooks'];
const params = z.object({ id: Id });
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } });
const body = { required: true, ...json(WebhookBody) } as const;
const one = (description: string) => ({ description, headers: ETag, ...json(WebhookView) });
const created = { ...one('Created'), headers: CreatedHeaders };
const conflicts = { 409: refusals[409], 422: refusals[422] } as const;

const list = createRoute({
  method: 'get',
  path: '/webhooks',
  operationId: 'listWebhooks',
  summary: 'Webhooks, by id',
  tags,
  request: { query: PageQuery },
  responses: {
    200: { description: 'A page of webhooks', ...json(pageSchema(WebhookView, 'Webhooks')) },
    ...always,
  },
});

const create = createRoute({
  method: 'post',
  path: '/webhooks',
  operationId: 'createWebhook',
  summary: 'Create a webhook',
  description: 'Set its secret next: nothing is sent before.',
  tags,
  request: { query: DryRunQuery, body },
  responses: { 200: foreseen, 201: created, ...writing, ...conflicts },
});

const read = createRoute({
  method: 'get',
  path: '/webhooks/{id}',
  operationId: 'readWebhook',
  summary: 'A webhook',
  tags,
  request: { params },
  responses: { 200: one('The webhook'), ...always, 404: refusals[404] },
});

const update = createRoute({
  method: 'put',
  path: '/webhooks/{id}',
  operationId: 'putWebhook',
  summary: 'Change a webhook, or create it under this id',
  description:
    'The whole of its settings. Its secret stays at its address: 409 where that becomes another.',
  tags,
  request: { params, headers: PutHeaders, query: DryRunQuery, body },
  responses: {
    200: {
      ...one('Changed; or, with `dryRun=true`, what would be'),
      ...json(orForeseen(WebhookView)),
    },
    201: created,
    ...editing,
    ...conflicts,
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/webhooks/{id}',
  operationId: 'deleteWebhook',
  summary: 'Delete a webhook and its secret',
  description: 'What is on its way to it is not sent any more.',
  tags,
  request: { params, headers: IfMatch, query: DryRunQuery },
  responses: { 200: foreseen, 204: { description: 'Deleted' }, ...editing, 409: refusals[409] },
});

const secret = createRoute({
  method: 'put',
  path: '/webhooks/{id}/secret',
  operationId: 'putWebhookSecret',
  summary: 'Set secret values of a webhook',
  description: 'A value that is left out stays, null takes it away. They never come back.',
  tags,
  request: { params, headers: MayMatch, body: { required: true, ...json(WebhookSecret) } },
  responses: {
    200: { description: 'Which values are set', ...json(SecretsView) },
    ...writing,
    404: refusals[404],
    412: refusals[412],
    ...conflicts,
  },
});

const Trial = z
  .strictObject({
    taken: z.boolean(),
    code: z.string().optional().describe('Why not.'),
    reason: z.string().optional(),
  })
  .meta({ id: 'WebhookTrial', description: 'What came of a trial.' });

const attempt = createRoute({
  method: 'post',
  path: '/webhooks/{id}/try',
  operationId: 'tryWebhook',
  summary: 'Send it a notice of nothing, at once and once',
  tags,
  request: { params },
  responses: {
    200: { description: 'What came of it', ...json(Trial) },
    ...writing,
    404: refusals[404],
    409: refusals[409],
  },
});

const deliveries = createRoute({
  method: 'get',
  path: '/webhooks/{id}/deliveries',
  operationId: 'listDeliveries',
  summary:
    'What it has not taken: up to 100 notices that wait, and 100 that were given up in the last week',
  tags,
  request: { params },
  responses: {
    200: {
      description: 'Those that wait first',
      ...json(z.strictObject({ items: z.array(DeliveryView) }).meta({ id: 'Deliveries' })),
    },
    ...always,
    404: refusals[404],
    409: refusals[409],
  },
});

const invalid = refuseInvalid('webhook');
const mostShown = 100;

export function webhookRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { webhooks, book } = ports;
  const kept = resourceOf(ports, {
    noun: 'webhook',
    path: '/v1/webhooks',
    get: (id) => webhooks.get(id),
    page: (limit, after) => webhooks.page(limit, after),
    view: (found, warnings) => webhookView(book, found, warnings),
  });

  app.openapi(list, async (context) =>
    context.json(await kept.list(context.req.url, context.req.valid('query')), 200),
  );

  app.openapi(
    create,
    async (context) => {
      const input = inputOf(context.req.valid('json'));
      const { webhook, warnings } = await saveWebhook(ports, callerOf(context), input, undefined);
      const { view } = await kept.shown(webhook, warnings);
      return context.json(view, 201, kept.placed(webhook));
    },
    invalid,
  );

  app.openapi(read, async (context) => {
    const { view, headers } = await kept.shown(await kept.existing(context.req.valid('param').id));
    return context.json(view, 200, headers);
  });

  app.openapi(
    update,
    async (context) => {
      const { id } = context.req.valid('param');
      const match = context.req.valid('header');
      const found = await orWreck(match, () => kept.replaced(id, match));
      const input = sameId(id, inputOf(context.req.valid('json')));
      const [before, replaces] = found === wreck ? [undefined, true] : [found, false];
      const saved = await saveWebhook(ports, callerOf(context), input, before, replaces);
      const { view, headers } = await kept.shown(saved.webhook, saved.warnings);
      if (found) return context.json(view, 200, headers);
      return context.json(view, 201, kept.placed(saved.webhook));
    },
    invalid,
  );

  app.openapi(remove, async (context) => {
    const { id } = context.req.valid('param');
    const match = context.req.valid('header');
    const found = await orWreck(match, () => kept.expected(id, match));
    if (found === wreck) await removeWebhookWreck(ports, callerOf(context), id);
    else await removeWebhook(ports, callerOf(context), found);
    return context.body(null, 204);
  });

  addParts(app, ports, kept.existing);
  return app;
}

/** What belongs to one: its secret, a trial, and what it has not taken. */
function addParts(
  app: OpenAPIHono<ApiEnvironment>,
  ports: ApiPorts,
  existing: (id: string) => Promise<NonNullable<Awaited<ReturnType<ApiPorts['webhooks']['get']>>>>,
): void {
  app.openapi(secret, async (context) => {
    const found = asMatched(
      await existing(context.req.valid('param').id),
      context.req.valid('header'),
    );
    const dates = await putWebhookSecret(
      ports,
      callerOf(context),
      found,
      context.req.valid('json'),
    );
    return context.json(secretsView(dates), 200);
  });

  app.openapi(attempt, async (context) => {
    const found = await existing(context.req.valid('param').id);
    const change = { what: 'tried', kind: 'webhook' as const, thing: found.id };
    const notice = trialNotice(ports.ids.next(), ports.clock.now());
    const taken = await audited(ports, callerOf(context), change, () =>
      ports.notices.send(found, notice),
    );
    const { code, reason } = taken.ok ? {} : taken;
    return context.json({ taken: taken.ok, ...(code && { code, reason }) }, 200);
  });

  app.openapi(deliveries, async (context) => {
    const { id } = await existing(context.req.valid('param').id);
    const [waiting, givenUp] = await Promise.all([
      ports.deliveries.listFor(id, mostShown),
      ports.deliveries.givenUp(id, mostShown),
    ]);
    const items = [
      ...waiting.map((each) => deliveryView(each, 'waiting')),
      ...givenUp.map((each) => deliveryView(each, 'given-up')),
    ];
    return context.json({ items }, 200);
  });
}
