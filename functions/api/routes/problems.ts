/** What a code means, where to look and what to do: where the `type` of a problem leads. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnvironment } from '../asked.ts';
import { always, notFound, refusals } from '../problem.ts';

const explain = createRoute({
  method: 'get',
  path: '/problems/{code}',
  operationId: 'explainProblem',
  summary: 'What a code means, and what to do',
  description: 'The section of the runbook, as Markdown. The `type` of each problem leads here.',
  tags: ['API'],
  request: {
    params: z.object({
      code: z
        .string()
        .regex(/^[a-z0-9-]{1,64}$/, 'use the code of a problem')
        .describe('The code of a problem.')
        .meta({ examples: ['run-open'] }),
    }),
  },
  responses: {
    200: {
      description: 'The section',
      content: { 'text/markdown': { schema: z.string().describe('Markdown.') } },
    },
    ...always,
    404: refusals[404],
  },
});

async function sectionOf(code: string): Promise<string | undefined> {
  const written = await import('../../../docs/problems.json', { with: { type: 'json' } });
  return new Map<string, string>(Object.entries(written.default)).get(code);
}

export function problemRoutes(): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(explain, async (context) => {
    const { code } = context.req.valid('param');
    const section = await sectionOf(code);
    if (section === undefined) throw notFound(`section about "${code}"`);
    return context.body(section, 200, { 'content-type': 'text/markdown; charset=utf-8' });
  });
  return app;
}
