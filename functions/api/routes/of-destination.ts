/** Done to all syncs of a destination at once: when its platform was mended, or is to be left alone. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Id } from '../../../shared/contracts/json.ts';
import { RunStatus } from '../../../shared/contracts/run-status.ts';
import type { Sync } from '../../../shared/contracts/sync.ts';
import { newRunId } from '../../../shared/flow/start-run.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { idToStart, OnceHeaders } from '../once.ts';
import type { ApiPorts } from '../ports.ts';
import { notFound, refusalOf, refusals, writing } from '../problem.ts';
import { saveSync } from '../save-sync.ts';
import { startTask } from '../start-task.ts';
import { StartBody } from './runs.ts';

const tags = ['Destinations'];
const OfDestination = z.object({ id: Id });

const Done = z
  .strictObject({
    items: z.array(
      z.strictObject({
        sync: z.string(),
        run: z.string().optional().describe('That was started.'),
        status: RunStatus.optional().describe('`skipped` where another is open.'),
        version: z.int().optional().describe('Of the sync, once it is changed.'),
        problem: z
          .strictObject({ code: z.string(), message: z.string() })
          .optional()
          .describe('Why it was not done to this one.'),
      }),
    ),
  })
  .meta({ id: 'DoneToSyncs', description: 'What came of it, by sync.' });
type Item = z.infer<typeof Done>['items'][number];

const start = createRoute({
  method: 'post',
  path: '/destinations/{id}/runs',
  operationId: 'startRunsOfDestination',
  summary: 'Start a run of every enabled sync of a destination',
  description: 'Each is started on its own: one that can not be is told, and keeps no other back.',
  tags,
  request: {
    params: OfDestination,
    headers: OnceHeaders,
    body: { content: { 'application/json': { schema: StartBody } } },
  },
  responses: {
    202: { description: 'Started', content: { 'application/json': { schema: Done } } },
    ...writing,
    404: refusals[404],
    422: refusals[422],
  },
});

const disable = createRoute({
  method: 'post',
  path: '/destinations/{id}/disable',
  operationId: 'disableSyncsOfDestination',
  summary: 'Disable every sync of a destination',
  description: 'Open runs go on. Those that are disabled already stay so, and are not listed.',
  tags,
  request: { params: OfDestination },
  responses: {
    200: { description: 'Disabled', content: { 'application/json': { schema: Done } } },
    ...writing,
    404: refusals[404],
  },
});

/** Each waits for the table and the bucket more than for us. */
const atOnce = 8;

export function ofDestinationRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();

  const enabledOf = async (id: string): Promise<Sync[]> => {
    if (!(await ports.configs.getDestination(id))) throw notFound(`destination "${id}"`);
    return (await ports.configs.syncsOf(id)).items.filter(({ enabled }) => enabled);
  };

  app.openapi(start, async (context) => {
    const { id } = context.req.valid('param');
    const { dryRun, full } = context.req.valid('json');
    const task = {
      kind: dryRun ? ('dry-run' as const) : ('mirror' as const),
      ...(full && { full }),
    };
    const syncs = await enabledOf(id);
    // A run is known by its sync and its id: one id does for all whose key was sent before.
    const name = await idToStart(ports, context, id);
    const isNamed = context.req.header('idempotency-key') !== undefined;
    const items = await doneTo(ports, syncs, async (sync) => {
      const own = isNamed ? name : await newRunId(ports, sync.id);
      const { id: run, status } = await startTask(ports, callerOf(context), sync, task, own);
      return { run, ...(status && { status }) };
    });
    return context.json({ items }, 202);
  });

  app.openapi(disable, async (context) => {
    const { id } = context.req.valid('param');
    const syncs = await enabledOf(id);
    const items = await doneTo(ports, syncs, async (before) => {
      const { version: _, ...settings } = before;
      const input = { ...settings, enabled: false };
      const caller = callerOf(context);
      const { sync } = await saveSync(ports, caller, input, before, {}, { what: 'disabled' });
      return { version: sync.version };
    });
    return context.json({ items }, 200);
  });
  return app;
}

/** In their order. What fails for one is its item's. */
async function doneTo(
  { failed }: Pick<ApiPorts, 'failed'>,
  syncs: readonly Sync[],
  work: (sync: Sync) => Promise<Omit<Item, 'sync'>>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let at = 0; at < syncs.length; at += atOnce) {
    const part = syncs.slice(at, at + atOnce).map(async (sync): Promise<Item> => {
      try {
        return { sync: sync.id, ...(await work(sync)) };
      } catch (error) {
        const { status, details } = refusalOf(error);
        if (status === 500) failed(error);
        return { sync: sync.id, problem: { code: details.code, message: details.detail } };
      }
    });
    items.push(...(await Promise.all(part)));
  }
  return items;
}
