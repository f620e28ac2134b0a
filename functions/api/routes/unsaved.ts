/**
 * What there is to know before anything is saved: the columns of a sync's source, the times of its schedule, the fields of a
 * destination's templates.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Schedule } from '../../../shared/contracts/schedule.ts';
import { Source } from '../../../shared/contracts/sync.ts';
import { scheduleProblems } from '../../../shared/domain/schedule/schedule.ts';
import { FUNCTIONS } from '../../../shared/domain/template/functions.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { ColumnsView, columnsIn } from '../columns.ts';
import { readScope } from '../declared.ts';
import { Moment, momentOf } from '../moment.ts';
import { inSync, placed, refuseProblems } from '../places.ts';
import type { ApiPorts } from '../ports.ts';
import { refusals, writing } from '../problem.ts';
import { membersShown } from '../shown-members.ts';
import { ActionFields, fieldsWritten } from '../template-fields.ts';
import { Inline } from './preview.ts';

const tags = ['Syncs'];

const columns = createRoute({
  method: 'post',
  path: '/syncs/columns',
  ...readScope,
  operationId: 'lookAtSource',
  summary: 'Columns, types and a few rows of what a sync that is not saved yet would read',
  description: 'The beginning of the first file of the newest snapshot is looked at.',
  tags,
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              source: Source,
              rows: z.int().min(0).max(20).default(5).describe('Rows to show.'),
            })
            .meta({ id: 'SourceQuestion' }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'What the snapshot has',
      content: { 'application/json': { schema: ColumnsView } },
    },
    ...writing,
    422: refusals[422],
  },
});

const times = createRoute({
  method: 'post',
  path: '/syncs/times',
  ...readScope,
  operationId: 'listTimes',
  summary: 'The next times of a schedule that is not saved yet',
  tags,
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              schedule: Schedule,
              count: z.int().min(1).max(100).default(5).describe('How many.'),
            })
            .meta({ id: 'TimesQuestion' }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'Ascending; none of a schedule that a person starts, fewer where there are none',
      content: {
        'application/json': {
          schema: z.strictObject({ times: z.array(Moment) }).meta({ id: 'Times' }),
        },
      },
    },
    ...writing,
    422: refusals[422],
  },
});

const fields = createRoute({
  method: 'post',
  path: '/destinations/fields',
  ...readScope,
  operationId: 'listFieldsWritten',
  summary: 'The fields of templates that are not saved yet, and what a template may call',
  description: 'Actions whose template can not be read are left out; validating says why.',
  tags: ['Destinations'],
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ actions: Inline }).meta({ id: 'FieldsQuestion' }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'The actions that can be read',
      content: {
        'application/json': {
          schema: z
            .strictObject({
              items: z.array(ActionFields),
              functions: z.array(
                z.strictObject({ name: z.string(), gives: z.string().describe('In a line.') }),
              ),
            })
            .meta({ id: 'FieldsWritten' }),
        },
      },
    },
    ...writing,
  },
});

const functions = [...FUNCTIONS].map(([name, { gives }]) => ({ name, gives }));

export function unsavedRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(columns, async (context) => {
    const { source, rows } = context.req.valid('json');
    const found = await columnsIn(ports, source, rows);
    if (rows === 0) return context.json(found, 200);
    const look = { kind: 'sync', thing: `${source.bucket}/${source.prefix}` } as const;
    return context.json(found, 200, await membersShown(ports, callerOf(context), look));
  });
  app.openapi(fields, (context) => {
    const items = fieldsWritten(context.req.valid('json').actions);
    return context.json({ items, functions }, 200);
  });
  app.openapi(times, (context) => {
    const { schedule, count } = context.req.valid('json');
    refuseProblems(placed(scheduleProblems(schedule), inSync));
    const found = ports.nextTimes(schedule, ports.clock.now(), count);
    return context.json({ times: found.map(momentOf) }, 200);
  });
  return app;
}
