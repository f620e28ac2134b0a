/** Who one is to this API, what one may do, and which system it is. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import manifest from '../../../package.json' with { type: 'json' };
import { type ApiEnvironment, callerOf } from '../asked.ts';
import type { ApiPorts } from '../ports.ts';
import { always } from '../problem.ts';

const Me = z
  .strictObject({
    name: z.string().describe('As the audit trail has it.'),
    scopes: z.array(z.enum(['read', 'write'])).describe('What these credentials are good for.'),
    version: z.string().describe('Of Audience Mirror.'),
    ground: z.enum(['aws', 'one-machine']).describe('Where the system runs.'),
  })
  .meta({ id: 'Me' });

const who = createRoute({
  method: 'get',
  path: '/me',
  operationId: 'whoAmI',
  summary: 'Who calls, and what they may do',
  tags: ['API'],
  responses: {
    200: { description: 'The caller', content: { 'application/json': { schema: Me } } },
    ...always,
  },
});

export function meRoutes({ access }: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(who, (context) => {
    const { name, mayWrite } = callerOf(context);
    const { version } = manifest;
    const { ground } = access;
    return context.json({ name, scopes: mayWrite ? both : reading, version, ground }, 200);
  });
  return app;
}

const reading: ('read' | 'write')[] = ['read'];
const both: ('read' | 'write')[] = ['read', 'write'];
