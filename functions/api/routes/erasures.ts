/** Erasures: ask for one, read what has come of it. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { ErasureReceipt } from '../../../shared/contracts/erasure.ts';
import { Id } from '../../../shared/contracts/json.ts';
import { StoredError, summarise } from '../../../shared/domain/words/errors.ts';
import { readReceipt, receiptIds } from '../../../shared/flow/erasure.ts';
import { checkKeys, distinctKeys, requestErasure } from '../../../shared/flow/erasure-runs.ts';
import type { Unreadable } from '../../../shared/ports/listed.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { audited } from '../audited.ts';
import { DryRunQuery, foreseen } from '../dry-run.ts';
import { Moment, momentOf } from '../moment.ts';
import { idToStart, OnceHeaders } from '../once.ts';
import { PageQuery, pageOf, pageSchema, pagingOf } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, notFound, refusals, writing } from '../problem.ts';

const tags = ['Repair'];
const OfSync = z.object({ id: Id });
const OfErasure = OfSync.extend({
  erasure: z.string().regex(/^[0-9a-z]{1,64}$/, 'use the id of an erasure'),
});

const count = z.int().nonnegative();

const Receipt = ErasureReceipt.extend({
  requestedAt: Moment,
  triedAt: Moment.optional().describe('When its last run was started.'),
  endedAt: Moment.optional(),
  found: z
    .strictObject({
      mirrors: count,
      plans: count,
      chunks: count,
      reports: count,
      logs: count,
      examples: count,
    })
    .optional(),
}).meta({ id: 'Erasure', description: 'What there is to show of an erasure. It names nobody.' });
type Receipt = z.infer<typeof Receipt>;

const mostMembers = 1_000;

const Question = z
  .strictObject({
    keys: z
      .array(z.array(z.string().min(1).max(1_024)).min(1).max(16))
      .min(1)
      .max(mostMembers)
      .describe(
        'Of each member the values of the key columns, in their order, as the export has them.',
      ),
    evenIfInSnapshot: z
      .boolean()
      .default(false)
      .describe('Go on though the newest snapshot has them, so that the next run adds them again.'),
  })
  .meta({ id: 'AskErasure' });

const one = (description: string) => ({
  description,
  content: { 'application/json': { schema: Receipt } },
});

const ask = createRoute({
  method: 'post',
  path: '/syncs/{id}/erasures',
  operationId: 'eraseMembers',
  summary: 'Erase members',
  description:
    'Removes them from the platform, and then from mirrors, plans, chunks, reports, examples and logs. It goes on by itself until the platform has taken the deletes; the receipt says how far it is.',
  tags,
  request: {
    params: OfSync,
    headers: OnceHeaders,
    query: DryRunQuery,
    body: { required: true, content: { 'application/json': { schema: Question } } },
  },
  responses: {
    200: foreseen,
    202: {
      ...one('Begun'),
      headers: z.object({ location: z.string().describe('Path of the receipt.') }),
    },
    ...writing,
    404: refusals[404],
    422: refusals[422],
  },
});

const list = createRoute({
  method: 'get',
  path: '/syncs/{id}/erasures',
  operationId: 'listErasures',
  summary: 'Receipts of a sync, newest first',
  description: 'They stay when the sync is deleted.',
  tags,
  request: { params: OfSync, query: PageQuery },
  responses: {
    200: {
      description: 'A page of receipts',
      content: { 'application/json': { schema: pageSchema(Receipt, 'Erasures') } },
    },
    ...always,
    404: refusals[404],
  },
});

const read = createRoute({
  method: 'get',
  path: '/syncs/{id}/erasures/{erasure}',
  operationId: 'readErasure',
  summary: 'The receipt of an erasure',
  tags,
  request: { params: OfErasure },
  responses: { 200: one('The receipt'), ...always, 404: refusals[404] },
});

const shown = ({ requestedAt, triedAt, endedAt, ...receipt }: ErasureReceipt): Receipt => ({
  ...receipt,
  requestedAt: momentOf(requestedAt),
  ...(triedAt !== undefined && { triedAt: momentOf(triedAt) }),
  ...(endedAt !== undefined && { endedAt: momentOf(endedAt) }),
});

export function erasureRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { configs, state } = ports;

  app.openapi(ask, async (context) => {
    const { id } = context.req.valid('param');
    const { keys, evenIfInSnapshot } = context.req.valid('json');
    const sync = await configs.getSync(id);
    if (!sync) throw notFound(`sync "${id}"`);
    const erasure = await idToStart(ports, context, id);
    const place = { location: `/v1/syncs/${id}/erasures/${erasure}` };
    const before = await readReceipt(state, id, erasure);
    if (before) return context.json(shown(before), 202, place);
    checkKeys(sync, keys);
    const caller = callerOf(context);
    const members = distinctKeys(keys).length;
    const change = {
      what: 'asked',
      kind: 'erasure' as const,
      thing: caller.onlyTries ? id : `${id}/${erasure}`,
      after: { members, evenIfInSnapshot },
      members,
    };
    const receipt = await audited(ports, caller, change, () =>
      requestErasure(ports, sync, { id: erasure, keys, evenIfInSnapshot }),
    );
    return context.json(shown(receipt), 202, place);
  });

  app.openapi(list, async (context) => {
    const { id } = context.req.valid('param');
    const paging = pagingOf(ports.digest, context.req.url, context.req.valid('query'));
    const page = await pageOf(
      paging,
      async (limit, after) => {
        const found = (await receiptIds(state, id)).toReversed();
        const left = found.filter((each) => after === undefined || each < after);
        return { items: left.slice(0, limit) };
      },
      (erasure) => erasure,
    );
    if (page.items.length === 0 && !(await configs.getSync(id))) throw notFound(`sync "${id}"`);
    const unreadable: Unreadable[] = [];
    const receipts = await Promise.all(
      page.items.map((each) =>
        readReceipt(state, id, each).catch((error: unknown) => {
          if (!(error instanceof StoredError)) throw error;
          unreadable.push({ id: each, error: summarise(error) });
          return undefined;
        }),
      ),
    );
    const items = receipts.flatMap((receipt) => (receipt ? [shown(receipt)] : []));
    return context.json(paging.shown({ ...page, items, unreadable }), 200);
  });

  app.openapi(read, async (context) => {
    const { id, erasure } = context.req.valid('param');
    const receipt = await readReceipt(state, id, erasure);
    if (!receipt) throw notFound(`erasure "${erasure}" of the sync "${id}"`);
    return context.json(shown(receipt), 200);
  });
  return app;
}
