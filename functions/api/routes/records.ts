/** What became of each record of a run. */

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Outcome } from '../../../shared/contracts/counts.ts';
import { Id } from '../../../shared/contracts/json.ts';
import { LogAction, LogRecord } from '../../../shared/contracts/sync-log.ts';
import type { ApiEnvironment } from '../access.ts';
import { PageQuery, pageSchema } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, notFound, refusals } from '../problem.ts';
import { runRecords } from '../run-records.ts';
import { RunId } from './runs.ts';

const Query = PageQuery.extend({
  outcome: Outcome.optional(),
  action: LogAction.optional().describe('`none`: rows of which no change could be made.'),
  key: z
    .string()
    .min(1)
    .max(2_048)
    .optional()
    .describe(
      'A member by the plain key, also where the log has keys hashed. Of several columns: a JSON array, as the log has it.',
    ),
  code: z.string().min(1).max(128).optional().describe('Why it failed.'),
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'use what `next` of the page before said')
    .optional()
    .describe('What `next` of the page before said; without it the list begins.'),
});

const Moment = z.iso.datetime().nullable();

const RecordView = LogRecord.extend({
  httpStatus: z.int().nullable().describe('Of the last answer; null where there was none.'),
  request: z.string().nullable().describe("The request's idempotency key."),
  firstAt: Moment,
  lastAt: Moment,
  rows: z.int().describe('Rows of the snapshot it stands for.'),
  file: z.string().nullable().describe('Where the rows stand that have no key.'),
}).meta({ id: 'Record' });
type RecordView = z.infer<typeof RecordView>;

const Records = pageSchema(RecordView, 'RecordPage')
  .extend({
    none: z
      .strictObject({ code: z.string(), message: z.string() })
      .optional()
      .describe('Why the run has no log; absent where it has one.'),
  })
  .meta({ id: 'Records' });

const list = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs/{run}/records',
  operationId: 'listRecords',
  summary: 'What became of each record of a run',
  description:
    'In the order of the keys as the log has them. Members whose record had not changed are not logged.',
  tags: ['Runs'],
  request: { params: z.object({ id: Id, run: RunId }), query: Query },
  responses: {
    200: {
      description: 'A page of records',
      content: { 'application/json': { schema: Records } },
    },
    ...always,
    404: refusals[404],
  },
});

export function recordRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(list, async (context) => {
    const { id: sync, run: id } = context.req.valid('param');
    const { limit, after, ...asked } = context.req.valid('query');
    const run = await ports.runs.getRun(sync, id);
    if (!run) throw notFound(`run "${id}" of the sync "${sync}"`);
    const found = await runRecords(ports, run, {
      ...asked,
      limit: Number(limit),
      after: after === undefined ? undefined : Number(after),
    });
    if ('none' in found) return context.json({ items: [], none: found.none }, 200);
    const { records, next } = found.page;
    const items = records.map(recordView);
    return context.json({ items, ...(next !== undefined && { next: String(next) }) }, 200);
  });
  return app;
}

const moment = (at: number | null) => (at === null ? null : new Date(at).toISOString());

const recordView = (record: LogRecord): RecordView => ({
  ...record,
  firstAt: moment(record.firstAt),
  lastAt: moment(record.lastAt),
});
