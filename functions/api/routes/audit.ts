/** The audit trail: who changed what, and when. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { AuditEntry } from '../../../shared/contracts/audit.ts';
import type { ApiEnvironment } from '../asked.ts';
import { Moment, momentOf } from '../moment.ts';
import { filteredPage, PageQuery, pageSchema, pagingOf } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always } from '../problem.ts';

const EntryView = AuditEntry.extend({ at: Moment }).meta({ id: 'AuditEntry' });

const Query = PageQuery.extend({
  thing: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Of this id alone; of a sync, its runs and erasures, too.')
    .meta({ examples: ['customers'] }),
  who: z.string().min(1).max(512).optional().describe('By this caller, as entries name it.'),
  since: Moment.optional().describe('Not older than this.'),
});

const list = createRoute({
  method: 'get',
  path: '/audit',
  operationId: 'listAudit',
  summary: 'Who changed what, newest first',
  tags: ['Audit'],
  request: { query: Query },
  responses: {
    200: {
      description: 'A page of the trail',
      content: { 'application/json': { schema: pageSchema(EntryView, 'AuditTrail') } },
    },
    ...always,
  },
});

export function auditRoutes({ audit, digest }: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(list, async (context) => {
    const { limit, after, thing, who, since } = context.req.valid('query');
    const paging = pagingOf(digest, context.req.url, { limit, after });
    const from = since === undefined ? 0 : Date.parse(since);
    const { items, ...page } = await filteredPage(
      paging,
      (size, place) => audit.page(size, place),
      ({ id }) => id,
      (entries) => entries.filter((each) => isAbout(each, thing) && (who ?? each.who) === each.who),
      ({ at }) => at < from,
    );
    const shown = items.map((entry) => ({ ...entry, at: momentOf(entry.at) }));
    return context.json(paging.shown({ ...page, items: shown }), 200);
  });
  return app;
}

const isAbout = ({ thing }: AuditEntry, wanted: string | undefined): boolean =>
  wanted === undefined || thing === wanted || thing.startsWith(`${wanted}/`);
