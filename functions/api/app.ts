/** The API: every resource's routes behind access control, each failure as problem details, all of it below `/v1`. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Hono } from 'hono';
import { guardAccess } from './access.ts';
import { tagAnswers, tellRequestId } from './answers.ts';
import type { ApiEnvironment } from './asked.ts';
import { Tried } from './audited.ts';
import { limitSize, takeBody } from './body.ts';
import { declaredOf, RouteTable, refuseUndeclared, routeUnknown } from './declared.ts';
import { openApiDocument } from './document.ts';
import { gateDear } from './gate.ts';
import { refuseInvalid } from './invalid.ts';
import type { ApiPorts } from './ports.ts';
import { always, answerProblem, refusalOf } from './problem.ts';
import { auditRoutes } from './routes/audit.ts';
import { destinationRoutes } from './routes/destinations.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { meRoutes } from './routes/me.ts';
import { ofDestinationRoutes } from './routes/of-destination.ts';
import { presetRoutes } from './routes/presets.ts';
import { previewRoutes } from './routes/preview.ts';
import { problemRoutes } from './routes/problems.ts';
import { oneRecordRoutes } from './routes/record.ts';
import { recordRoutes } from './routes/records.ts';
import { repairRoutes } from './routes/repair.ts';
import { runRoutes } from './routes/runs.ts';
import { syncRoutes } from './routes/syncs.ts';
import { tryRoutes } from './routes/try.ts';
import { unsavedRoutes } from './routes/unsaved.ts';
import { validateRoutes } from './routes/validate.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** Moves when something that callers rely on does; docs/api.md says what that is. */
export const apiBase = '/v1';

export type Api = Hono<ApiEnvironment>;

/** Of all routes: to make it, nothing of the ports is asked. */
export const routesDocument = (): Record<string, unknown> =>
  openApiDocument(routeDefinitions(routesOf(Object.create(null))));

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
  const api: Api = new Hono<ApiEnvironment>();
  const routes = routesOf(ports);
  const table = new RouteTable(declaredOf(routeDefinitions(routes)));
  api.use(
    tellRequestId(ports),
    tagAnswers(ports.digest),
    guardAccess(ports.access, () => table, apiBase),
    refuseUndeclared,
    limitSize,
    takeBody,
    gateDear(),
  );
  api.onError((error, context) => {
    if (error instanceof Tried) return context.json(error.foreseen, 200);
    const refusal = refusalOf(error);
    if (refusal.status === 500) ports.failed(error, context.get('requestId'));
    return answerProblem(context, refusal);
  });
  api.notFound((context) => answerProblem(context, routeUnknown()));
  api.route(apiBase, routes);
  return api;
}

function routesOf(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid('body') });
  for (const routes of [
    destinationRoutes,
    tryRoutes,
    ofDestinationRoutes,
    unsavedRoutes,
    syncRoutes,
    runRoutes,
    repairRoutes,
    erasureRoutes,
    recordRoutes,
    oneRecordRoutes,
    previewRoutes,
    auditRoutes,
    validateRoutes,
    presetRoutes,
    problemRoutes,
    meRoutes,
    webhookRoutes,
  ]) {
    app.route('/', routes(ports));
  }
  // As `npm run schema` made it of these very routes: a test holds the file to them. Few ask for it, and it is long.
  app.openapi(describe, async (context) => {
    const written = await import('../../docs/openapi.json', { with: { type: 'json' } });
    return context.json(written.default, 200);
  });
  return app;
}

const routeDefinitions = ({ openAPIRegistry }: OpenAPIHono<ApiEnvironment>) =>
  openAPIRegistry.definitions.flatMap((each) => (each.type === 'route' ? [each.route] : []));
