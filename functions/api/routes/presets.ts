/** Presets: how well-known platforms are called, to begin a destination and a sync with. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Preset } from '../../../shared/contracts/preset.ts';
import type { ApiEnvironment } from '../asked.ts';
import { always, notFound, refusals } from '../problem.ts';

const Whole = Preset.meta({ id: 'Preset' });
const Brief = z
  .strictObject({
    id: Preset.shape.id,
    name: Preset.shape.name,
    people: Preset.shape.people,
  })
  .meta({ id: 'PresetBrief' });

const list = createRoute({
  method: 'get',
  path: '/presets',
  operationId: 'listPresets',
  summary: 'The platforms there is a preset of',
  tags: ['Configurations'],
  responses: {
    200: {
      description: 'All of them, in the order of their ids',
      content: { 'application/json': { schema: z.strictObject({ items: z.array(Brief) }) } },
    },
    ...always,
  },
});

const show = createRoute({
  method: 'get',
  path: '/presets/{id}',
  operationId: 'readPreset',
  summary: 'A destination and a sync for one platform, to be filled in',
  description:
    'What is to be filled in stands as `<NAME>` in its texts, and `fill` says in words what each is. Nothing is saved by reading it.',
  tags: ['Configurations'],
  request: {
    params: z.object({
      id: z
        .string()
        .regex(/^[a-z0-9-]{1,64}$/, 'use the id of a preset')
        .describe('The id of a preset.')
        .meta({ examples: ['meta'] }),
    }),
  },
  responses: {
    200: { description: 'The preset', content: { 'application/json': { schema: Whole } } },
    ...always,
    404: refusals[404],
  },
});

const written = async () =>
  (await import('../../../docs/presets.json', { with: { type: 'json' } })).default;

export function presetRoutes(): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(list, async (context) => {
    const items = (await written()).map(({ id, name, people }) => ({ id, name, people }));
    return context.json({ items }, 200);
  });
  app.openapi(show, async (context) => {
    const { id } = context.req.valid('param');
    const found = (await written()).find((each) => each.id === id);
    if (!found) throw notFound(`preset "${id}"`);
    return context.json(Preset.parse(found), 200);
  });
  return app;
}
