/** The request that an action would make of some rows. */

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { HttpMethod } from '../../../shared/contracts/destination.ts';
import { Id } from '../../../shared/contracts/json.ts';
import type { SampleRow } from '../../../shared/contracts/sample.ts';
import { SyncInput } from '../../../shared/contracts/sync.ts';
import { preview } from '../../../shared/domain/request/preview.ts';
import { notToBeKept } from '../answers.ts';
import type { ApiEnvironment } from '../asked.ts';
import { rowsToPreview } from '../columns.ts';
import { readScope } from '../declared.ts';
import { inBoth, placed, refuseProblems } from '../places.ts';
import type { ApiPorts } from '../ports.ts';
import { FieldProblem, notFound, refusals, writing } from '../problem.ts';

const maxRows = 100;
/** Out of the newest snapshot, where none are given. */
const rowsSampled = 20;

const Inline = z.looseObject({}).describe('Settings, saved or not.');

const JsonValue = z.json().meta({ id: 'JsonValue' });

const PreviewBody = z
  .strictObject({
    destination: z.union([Id, Inline]),
    sync: z.union([Id, Inline]),
    action: z.enum(['insert', 'update', 'delete']),
    rows: z
      .array(z.record(z.string(), JsonValue))
      .max(maxRows)
      .optional()
      .describe('Column → value. Without them, the first ones of the newest snapshot.'),
  })
  .meta({ id: 'PreviewRequest' });

const PreviewView = z
  .strictObject({
    method: HttpMethod,
    url: z.string(),
    headers: z.record(z.string(), z.string()).describe('Secrets are masked.'),
    body: z.string().optional(),
    sent: z.array(z.int()).describe('Positions of the rows in the body.'),
    notSent: z.array(z.strictObject({ index: z.int(), code: z.string(), reason: z.string() })),
    rows: z.int().describe('Rows that were previewed.'),
    warnings: z.array(FieldProblem),
  })
  .meta({ id: 'Preview' });

const show = createRoute({
  method: 'post',
  path: '/preview',
  ...readScope,
  operationId: 'preview',
  summary: 'Show the first request that an action would make',
  description: 'Nothing is sent. The body holds what the platform would get.',
  tags: ['Preview'],
  request: {
    body: { required: true, content: { 'application/json': { schema: PreviewBody } } },
  },
  responses: {
    200: {
      description: 'The request',
      content: { 'application/json': { schema: PreviewView } },
    },
    ...writing,
    404: refusals[404],
    422: refusals[422],
  },
});

export function previewRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { configs, tools } = ports;

  async function named<T>(given: string | object, kind: string, get: (id: string) => Promise<T>) {
    if (typeof given !== 'string') return given;
    const found = await get(given);
    if (!found) throw notFound(`${kind} "${given}"`);
    return found;
  }

  app.openapi(show, async (context) => {
    const { action, rows: given, ...body } = context.req.valid('json');
    const destination = await named(body.destination, 'destination', configs.getDestination);
    const sync = await named(body.sync, 'sync', configs.getSync);
    const rows = given ?? (await sampled(ports, sync));
    const shown = preview({ destination, sync, action, rows, tools });
    if (!shown.ok) {
      refuseProblems(placed(shown.problems, inBoth));
      throw notFound('preview');
    }
    const { ok: _, body: text, warnings, ...request } = shown;
    return context.json(
      {
        ...request,
        headers: { ...request.headers },
        sent: [...request.sent],
        notSent: request.notSent.map((each) => ({ ...each })),
        ...(text !== undefined && { body: text }),
        rows: rows.length,
        warnings: placed(warnings, inBoth),
      },
      200,
      notToBeKept,
    );
  });
  return app;
}

/** Of settings that are none, nothing: the preview says what is wrong with them. */
async function sampled(ports: ApiPorts, sync: unknown): Promise<SampleRow[]> {
  const { data } = SyncInput.loose().safeParse(sync);
  return data ? rowsToPreview(ports, data, rowsSampled) : [];
}
