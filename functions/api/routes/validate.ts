/** Destinations and syncs looked at together, as they lie in files. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnvironment } from '../asked.ts';
import { checkTogether } from '../check-together.ts';
import { readScope } from '../declared.ts';
import { DestinationBody, inputOf as destinationOf } from '../destination-view.ts';
import { GroundQuery } from '../ground.ts';
import { refuseInvalid } from '../invalid.ts';
import { refuseProblems } from '../places.ts';
import type { ApiPorts } from '../ports.ts';
import { FieldProblem, refusals, writing } from '../problem.ts';
import { SyncBody, inputOf as syncOf } from '../sync-view.ts';

const most = 500;

const Together = z
  .strictObject({
    destinations: z.array(DestinationBody).max(most).default([]).describe('Saved before syncs.'),
    syncs: z.array(SyncBody).max(most).default([]).describe('They may name these destinations.'),
  })
  .meta({ id: 'Configurations' });

const validate = createRoute({
  method: 'post',
  path: '/validate',
  ...readScope,
  operationId: 'validateTogether',
  summary: 'Say what saving all of these would say, and save nothing',
  description:
    'Each is looked at as if all the others were saved, so that a sync may name a destination that is new, too.',
  tags: ['Configurations'],
  request: {
    query: GroundQuery,
    body: { required: true, content: { 'application/json': { schema: Together } } },
  },
  responses: {
    200: {
      description: 'All of them can be saved',
      content: {
        'application/json': {
          schema: z.strictObject({
            warnings: z.array(FieldProblem).describe('Worth a look, and no reason against it.'),
          }),
        },
      },
    },
    ...writing,
    422: refusals[422],
  },
});

export function validateRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(
    validate,
    async (context) => {
      const { destinations, syncs } = context.req.valid('json');
      const given = { destinations: destinations.map(destinationOf), syncs: syncs.map(syncOf) };
      const found = await checkTogether(ports, given, context.req.valid('query'));
      refuseProblems(found.problems);
      return context.json({ warnings: found.warnings }, 200);
    },
    refuseInvalid('body'),
  );
  return app;
}
