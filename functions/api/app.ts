/** The API: every resource's routes behind access control, each failure as problem details. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { settingProblems } from '../../shared/domain/setting-problems.ts';
import { type ApiEnvironment, guardAccess } from './access.ts';
import { limitShape, limitSize } from './body.ts';
import { openApiDocument } from './document.ts';
import { pointerOf, stepsOf } from './pointer.ts';
import type { ApiPorts } from './ports.ts';
import {
  always,
  answerProblem,
  type FieldProblem,
  notFound,
  Refusal,
  refusalOf,
} from './problem.ts';
import { runRoutes } from './routes/runs.ts';

export type Api = OpenAPIHono<ApiEnvironment>;

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
  const app: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
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
  app.route('/', runRoutes(ports));
  app.openapi(describe, (context) =>
    context.json({ openapi: '3.1.0', ...openApiDocument(app) }, 200),
  );
  return app;
}

type Validated =
  | { readonly success: true }
  | { readonly success: false; readonly error: z.ZodError; readonly target: string };

/** All that is wrong at once, in words that hold no value. An id that cannot be one is the id of nothing. */
function refuseInvalid(result: Validated): undefined {
  if (result.success) return undefined;
  if (result.target === 'param') throw notFound('such thing');
  throw new Refusal(400, {
    code: 'request-invalid',
    detail: 'The request can not be taken as it is. Correct what "problems" names.',
    problems: inRequest(result.target, result.error),
  });
}

/** A problem of the body has a pointer into it; any other names the part of the request it is in. */
function inRequest(target: string, error: z.ZodError): FieldProblem[] {
  const part = target === 'json' ? 'body' : target;
  return settingProblems(part, error).map((problem) => ({
    ...problem,
    pointer: part === 'body' ? pointerOf(stepsOf(problem.path).slice(1)) : '',
  }));
}
