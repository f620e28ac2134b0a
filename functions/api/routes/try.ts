/** One record really sent, and the whole exchange shown. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { ConnectionValues } from '../../../shared/contracts/destination.ts';
import { Id } from '../../../shared/contracts/json.ts';
import { ChangeAction } from '../../../shared/contracts/plan.ts';
import { notToBeKept } from '../answers.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { audited } from '../audited.ts';
import type { ApiPorts } from '../ports.ts';
import { notFound, Refusal, refusals, writing } from '../problem.ts';
import { standInSync } from '../stand-in-sync.ts';
import { composeTrial, tryRequest } from '../try-request.ts';
import { Inline, JsonRow, named } from './preview.ts';

const TryBody = z
  .strictObject({
    action: ChangeAction,
    row: z
      .record(z.string(), z.unknown())
      .describe('Column → value; without a sync, field → value. The platform gets this person.'),
    sync: z
      .union([Id, Inline])
      .optional()
      .describe('Without it, each field is filled from the column of its name.'),
    connection: ConnectionValues.optional().describe(
      'Without a sync: its connection values, `audienceId` and `audienceName`.',
    ),
    confirm: z.string().describe("The destination's id, typed once more."),
  })
  .meta({ id: 'TryRequest' });

const Exchange = z
  .strictObject({
    request: z.strictObject({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).describe('Secrets are masked.'),
      body: z.string().optional(),
    }),
    answer: z
      .strictObject({
        status: z.int(),
        headers: z.record(z.string(), z.string()).describe('Secrets are masked.'),
        body: z
          .string()
          .describe('At most 16,384 characters; what authentication sent is taken out.'),
        truncated: z.boolean().describe('There was more.'),
      })
      .optional()
      .describe('Absent where none came.'),
    outcome: z
      .enum(['delivered', 'rejected', 'uncertain', 'unsent'])
      .describe("What a run would take it for, by the destination's rules."),
    code: z.string().optional().describe('Why it is not delivered.'),
    reason: z.string().optional(),
    milliseconds: z.int().nonnegative().describe('From the call to the end of the answer.'),
  })
  .meta({ id: 'Exchange', description: 'A request and what came of it.' });

const attempt = createRoute({
  method: 'post',
  path: '/destinations/{id}/try',
  operationId: 'tryDestination',
  summary: 'Send one record to the platform, and show the whole exchange',
  description:
    'It is really sent, with the saved destination and its secrets, and nothing of it is kept: no mirror knows of it. Take back by hand what should not stay.',
  tags: ['Destinations'],
  request: {
    params: z.object({ id: Id }),
    body: { required: true, content: { 'application/json': { schema: TryBody } } },
  },
  responses: {
    200: {
      description: 'The exchange',
      content: { 'application/json': { schema: Exchange } },
    },
    ...writing,
    404: refusals[404],
    422: refusals[422],
  },
});

export function tryRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(attempt, async (context) => {
    const { id } = context.req.valid('param');
    const { action, connection = {}, confirm, ...body } = context.req.valid('json');
    const row = JsonRow.parse(body.row);
    const destination = await ports.configs.getDestination(id);
    if (!destination) throw notFound(`destination "${id}"`);
    if (confirm !== id) throw unconfirmed(id);
    const known =
      body.sync === undefined ? undefined : await named(body.sync, 'sync', ports.configs.getSync);
    const sync = known ?? standInSync(destination, [row], connection);
    const trial = { destination, sync, action, row };
    const composed = composeTrial(ports, trial);
    const change = { what: 'request-tried', kind: 'destination' as const, thing: id };
    const exchange = await audited(ports, callerOf(context), change, () =>
      tryRequest(ports, trial, composed),
    );
    return context.json(exchange, 200, notToBeKept);
  });
  return app;
}

const unconfirmed = (id: string) =>
  new Refusal(400, {
    code: 'not-confirmed',
    detail: `This sends a record to the platform of the destination "${id}". Say its id in "confirm" to go on.`,
  });
