/** The request that an action would make of some rows. */

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { HttpMethod } from '../../../shared/contracts/call.ts';
import { ConnectionValues } from '../../../shared/contracts/destination.ts';
import { Id } from '../../../shared/contracts/json.ts';
import type { SampleRow } from '../../../shared/contracts/sample.ts';
import { SyncInput } from '../../../shared/contracts/sync.ts';
import { preview } from '../../../shared/domain/request/preview.ts';
import { notToBeKept } from '../answers.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { rowsToPreview } from '../columns.ts';
import { readScope } from '../declared.ts';
import { inBoth, placed, refuseProblems } from '../places.ts';
import type { ApiPorts } from '../ports.ts';
import { FieldProblem, notFound, refusals, requestInvalid, writing } from '../problem.ts';
import { membersShown } from '../shown-members.ts';
import { standInRows, standInSync } from '../stand-in-sync.ts';

const maxRows = 100;
/** Out of the newest snapshot, where none are given. */
const rowsSampled = 20;

export const Inline = z.looseObject({}).describe('Settings, saved or not.');

/** Any JSON value: a schema that is made of itself is more than makers of clients take. */
export const Row = z.record(z.string(), z.unknown());

/** What came as JSON is JSON. */
export const JsonRow = z.record(z.string(), z.json());

const PreviewBody = z
  .strictObject({
    destination: z
      .union([Id, Inline])
      .optional()
      .describe('The id of a destination, or its settings. The sync’s own where it is not given.'),
    sync: z
      .union([Id, Inline])
      .optional()
      .describe('Without it, each field is filled from the column of its name.'),
    connection: ConnectionValues.optional().describe(
      'Without a sync: its connection values, `audienceId` and `audienceName`. What is missing is filled by its name.',
    ),
    action: z.enum(['insert', 'update', 'delete']).default('insert'),
    rows: z
      .array(Row)
      .max(maxRows)
      .optional()
      .describe(
        'Column → value. Without them, the first ones of the newest snapshot; without a sync, made-up ones.',
      ),
    records: z
      .int()
      .min(1)
      .max(maxRows)
      .default(rowsSampled)
      .describe('How many rows are taken where none are given.'),
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
    sample: z.array(Row).optional().describe('Those rows, where none were given.'),
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

  app.openapi(show, async (context) => {
    const { action, rows: given, records, connection = {}, ...body } = context.req.valid('json');
    const known = body.sync && (await named(body.sync, 'sync', configs.getSync));
    const wanted = body.destination ?? destinationOf(known);
    const destination = await named(wanted, 'destination', configs.getDestination);
    const rows =
      given?.map((row) => JsonRow.parse(row)) ??
      (await sampled(ports, known, destination, records));
    const sync = known ?? standInSync(destination, rows, connection);
    const shown = preview({ destination, sync, action, rows, tools });
    if (!shown.ok) {
      refuseProblems(placed(shown.problems, inBoth));
      throw notFound('preview');
    }
    const { ok: _, body: text, warnings, ...request } = shown;
    const look = { kind: 'sync', thing: `${idOf(body.sync)}/preview` } as const;
    const showsMembers = !given && known !== undefined;
    return context.json(
      {
        ...request,
        headers: { ...request.headers },
        sent: [...request.sent],
        notSent: request.notSent.map((each) => ({ ...each })),
        ...(text !== undefined && { body: text }),
        rows: rows.length,
        ...(!given && { sample: rows.map((row) => JsonRow.parse(row)) }),
        warnings: placed(warnings, inBoth),
      },
      200,
      showsMembers ? await membersShown(ports, callerOf(context), look) : notToBeKept,
    );
  });
  return app;
}

/** Of a sync that is saved, or one that is not. */
const idOf = (sync: unknown): string =>
  typeof sync === 'string'
    ? sync
    : (SyncInput.pick({ id: true }).safeParse(sync).data?.id ?? 'unsaved');

/** Of a sync that names it. @throws Refusal 400 */
function destinationOf(sync: unknown): string {
  const { data } = z.looseObject({ destination: Id }).safeParse(sync);
  if (data) return data.destination;
  throw requestInvalid([
    {
      pointer: '/destination',
      path: 'destination',
      code: 'setting-invalid',
      message: 'Which destination is asked? Name it here, or a sync that names one.',
    },
  ]);
}

export async function named<T>(
  given: string | object,
  kind: string,
  get: (id: string) => Promise<T>,
) {
  if (typeof given !== 'string') return given;
  const found = await get(given);
  if (!found) throw notFound(`${kind} "${given}"`);
  return found;
}

/** Of settings that are none, nothing: the preview says what is wrong with them. */
async function sampled(
  ports: ApiPorts,
  sync: unknown,
  destination: unknown,
  count: number,
): Promise<SampleRow[]> {
  if (sync === undefined) return standInRows(destination, count);
  const { data } = SyncInput.loose().safeParse(sync);
  return data ? rowsToPreview(ports, data, count) : [];
}
