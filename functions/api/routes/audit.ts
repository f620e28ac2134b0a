/** The audit trail: who changed what, and when. */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { AuditEntry } from '../../../shared/contracts/audit.ts';
import type { ApiEnvironment } from '../access.ts';
import { Moment, momentOf } from '../moment.ts';
import { PageQuery, pageSchema } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always } from '../problem.ts';

const EntryView = AuditEntry.extend({ at: Moment }).meta({ id: 'AuditEntry' });

const list = createRoute({
  method: 'get',
  path: '/audit',
  operationId: 'listAudit',
  summary: 'Who changed what, newest first',
  tags: ['Audit'],
  request: { query: PageQuery },
  responses: {
    200: {
      description: 'A page of the trail',
      content: { 'application/json': { schema: pageSchema(EntryView, 'AuditTrail') } },
    },
    ...always,
  },
});

export function auditRoutes({ audit }: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(list, async (context) => {
    const { limit, after } = context.req.valid('query');
    const { items, next } = await audit.page(Number(limit), after);
    const shown = items.map((entry) => ({ ...entry, at: momentOf(entry.at) }));
    return context.json({ items: shown, ...(next !== undefined && { next }) }, 200);
  });
  return app;
}
