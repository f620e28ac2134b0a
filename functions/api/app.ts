/** The API: every resource's routes behind access control, each failure as problem details. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type ApiEnvironment, guardAccess } from './access.ts';
import { limitShape, limitSize } from './body.ts';
import { openApiDocument } from './document.ts';
import { refuseInvalid } from './invalid.ts';
import type { ApiPorts } from './ports.ts';
import { always, answerProblem, Refusal, refusalOf } from './problem.ts';
import { auditRoutes } from './routes/audit.ts';
import { destinationRoutes } from './routes/destinations.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { previewRoutes } from './routes/preview.ts';
import { recordRoutes } from './routes/records.ts';
import { repairRoutes } from './routes/repair.ts';
import { runRoutes } from './routes/runs.ts';
import { syncRoutes } from './routes/syncs.ts';

export type Api = OpenAPIHono<ApiEnvironment>;

/** The document of all routes as text: to make it, nothing of the ports is asked. */
export const openApiText = (): string =>
  `${JSON.stringify(openApiDocument(createApi(Object.create(null))), null, 1)}\n`;

const describe = createRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'describe',
  summary: 'This document',
  tags: ['API'],
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
    },
    ...always,
  },
});

export function createApi(ports: ApiPorts): Api {
  const app: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid('body') });
  app.use(guardAccess(ports.access), limitSize, limitShape);
  app.onError((error, context) => {
    const refusal = refusalOf(error);
    if (refusal.status === 500) ports.failed(error);
    return answerProblem(context, refusal);
  });
  app.notFound((context) =>
    answerProblem(
      context,
      new Refusal(404, {
        code: 'route-unknown',
        detail: 'There is nothing here. GET /openapi.json lists what there is.',
      }),
    ),
  );
  for (const routes of [
    destinationRoutes,
    syncRoutes,
    runRoutes,
    repairRoutes,
    erasureRoutes,
    recordRoutes,
    previewRoutes,
    auditRoutes,
  ]) {
    app.route('/', routes(ports));
  }
  app.openapi(describe, (context) =>
    context.json({ openapi: '3.1.0', ...openApiDocument(app) }, 200),
  );
  return app;
}
