/** One record: what became of it in each run, its request made again, and who is in a plan. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Id } from '../../../shared/contracts/json.ts';
import { ChangeAction } from '../../../shared/contracts/plan.ts';
import type { Run } from '../../../shared/contracts/run.ts';
import { RunStatus } from '../../../shared/contracts/run-status.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { readScope } from '../declared.ts';
import { makeAgain } from '../made-again.ts';
import { Moment, momentOf } from '../moment.ts';
import { PlannedChange, samplesOf } from '../plan-samples.ts';
import type { ApiPorts } from '../ports.ts';
import { always, notFound, refusals, writing } from '../problem.ts';
import { searchRecords } from '../record-search.ts';
import { runRecords } from '../run-records.ts';
import { membersShown } from '../shown-members.ts';
import { RecordView, recordView } from './records.ts';
import { RunId } from './runs.ts';

const tags = ['Runs'];
const OfRun = z.object({ id: Id, run: RunId });

const search = createRoute({
  method: 'post',
  path: '/syncs/{id}/records/search',
  ...readScope,
  operationId: 'searchRecords',
  summary: 'What became of one member in each run whose log is kept',
  description: 'The key stands in the body, so that no log of addresses has it.',
  tags,
  request: {
    params: z.object({ id: Id }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              key: z
                .string()
                .min(1)
                .max(2_048)
                .describe(
                  'A member by the plain key, also where the log has keys hashed. Of several columns: a JSON array, as the log has it.',
                ),
              runs: z.int().min(1).max(50).default(20).describe('Logs to look through at most.'),
              after: RunId.optional().describe('What `next` of the answer before said.'),
            })
            .meta({ id: 'RecordQuestion' }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'The records, of the newest run first',
      content: {
        'application/json': {
          schema: z
            .strictObject({
              items: z.array(
                z.strictObject({
                  run: z.string(),
                  startedAt: Moment,
                  status: RunStatus.optional(),
                  record: RecordView,
                }),
              ),
              looked: z.int().nonnegative().describe('Runs whose log was looked through.'),
              next: z.string().optional().describe('For `after`; absent where there are no more.'),
            })
            .meta({ id: 'FoundRecords' }),
        },
      },
    },
    ...writing,
    404: refusals[404],
  },
});

const Rendered = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()).describe('Secrets are masked.'),
  body: z.string().optional(),
  records: z.int().describe('Records that were in the request which went out.'),
});

const one = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs/{run}/records/{place}',
  operationId: 'readRecord',
  summary: 'A record, its request made again, and what the platform said',
  description:
    'The request is made again from what the run went by, with this record alone; that is kept for the last runs only (`observability.snapshotsToRetain`).',
  tags,
  request: {
    params: OfRun.extend({
      place: z
        .string()
        .regex(/^(0|[1-9]\d{0,14})$/, 'use the place of a record')
        .describe('Of the record in the log.')
        .meta({ examples: ['17'] }),
    }),
  },
  responses: {
    200: {
      description: 'The record',
      content: {
        'application/json': {
          schema: z
            .strictObject({
              record: RecordView,
              request: Rendered.optional(),
              none: z
                .strictObject({ code: z.string(), message: z.string() })
                .optional()
                .describe('Why there is no request; absent where there is one.'),
              answer: z
                .strictObject({
                  status: z.int(),
                  words: z
                    .string()
                    .nullable()
                    .describe("What the platform said of it, without any person's value."),
                })
                .optional()
                .describe('The last one; absent where there was none.'),
            })
            .meta({ id: 'RecordDetail' }),
        },
      },
    },
    ...always,
    404: refusals[404],
  },
});

const samples = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs/{run}/samples',
  operationId: 'listSamples',
  summary: 'The first changes of a plan, such as those of a held run',
  description: 'In the order of their keys. Empty where the plan has none, or is no longer kept.',
  tags,
  request: {
    params: OfRun,
    query: z.strictObject({
      action: ChangeAction.default('delete').describe('Of this action.'),
      limit: z
        .string()
        .regex(/^([1-9]\d?|100)$/, 'use a number from 1 to 100')
        .default('20')
        .describe('Changes at most, from 1 to 100.'),
    }),
  },
  responses: {
    200: {
      description: 'Those changes',
      content: {
        'application/json': {
          schema: z.strictObject({ items: z.array(PlannedChange) }).meta({ id: 'Samples' }),
        },
      },
    },
    ...always,
    404: refusals[404],
  },
});

export function oneRecordRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const existing = async (sync: string, id: string): Promise<Run> => {
    const run = await ports.runs.getRun(sync, id);
    if (!run) throw notFound(`run "${id}" of the sync "${sync}"`);
    return run;
  };

  app.openapi(search, async (context) => {
    const { id: sync } = context.req.valid('param');
    const { key, runs, after } = context.req.valid('json');
    const { found, looked, next } = await searchRecords(ports, sync, key, { runs, after });
    if (looked === 0 && !(await ports.configs.getSync(sync))) throw notFound(`sync "${sync}"`);
    const items = found.map(({ run, record }) => ({
      run: run.id,
      startedAt: momentOf(run.startedAt),
      ...(run.status && { status: run.status }),
      record: recordView(record),
    }));
    const look = { kind: 'sync', thing: `${sync}/records` } as const;
    const headers = await membersShown(ports, callerOf(context), look);
    return context.json({ items, looked, ...(next && { next }) }, 200, headers);
  });

  app.openapi(one, async (context) => {
    const { id: sync, run: id, place } = context.req.valid('param');
    const run = await existing(sync, id);
    const at = Number(place);
    const found = await runRecords(ports, run, { limit: 1, after: at - 1 });
    const [record] = 'page' in found ? found.page.records : [];
    if (record?.place !== at) throw notFound(`record ${place} in the log of the run "${id}"`);
    const made = await makeAgain(ports, run, record);
    const { httpStatus: status, reason: words } = record;
    const look = { kind: 'run', thing: `${sync}/${id}/records/${place}` } as const;
    return context.json(
      {
        record: recordView(record),
        ...('code' in made ? { none: { ...made } } : { request: made }),
        ...(status !== null && { answer: { status, words } }),
      },
      200,
      await membersShown(ports, callerOf(context), look),
    );
  });

  app.openapi(samples, async (context) => {
    const { id: sync, run: id } = context.req.valid('param');
    const { action, limit } = context.req.valid('query');
    const run = await existing(sync, id);
    const items = await samplesOf(ports.plans, run, action, Number(limit));
    const look = { kind: 'run', thing: `${sync}/${id}/samples` } as const;
    return context.json({ items }, 200, await membersShown(ports, callerOf(context), look));
  });
  return app;
}
