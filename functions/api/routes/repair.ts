/** Runs that mend: adopt a file, empty the audience, go back to an earlier run; and forgetting the mirror. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Id } from '../../../shared/contracts/json.ts';
import { Source } from '../../../shared/contracts/sync.ts';
import type { RunTask } from '../../../shared/contracts/task.ts';
import { orSetAside } from '../../../shared/flow/set-aside.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { audited } from '../audited.ts';
import { DryRunQuery, foreseen } from '../dry-run.ts';
import { runOpen } from '../ground.ts';
import { idToStart, OnceHeaders } from '../once.ts';
import type { ApiPorts } from '../ports.ts';
import { notFound, Refusal, refusals, writing } from '../problem.ts';
import { recoverMirror } from '../recover-mirror.ts';
import { placeOf, runStarted } from '../run-view.ts';
import { startTask } from '../start-task.ts';

const OfSync = z.object({ id: Id });

const started = {
  200: foreseen,
  202: runStarted,
  ...writing,
  404: refusals[404],
  422: refusals[422],
} as const;
const request = { params: OfSync, headers: OnceHeaders, query: DryRunQuery } as const;

const empty = createRoute({
  method: 'post',
  path: '/syncs/{id}/empty',
  operationId: 'emptySync',
  summary: 'Remove every member from the platform',
  description:
    'A run that deletes all that the platform may hold. The run fails where a schedule would add them again: disable the sync first.',
  tags: ['Repair'],
  request,
  responses: started,
});

const AdoptBody = z
  .strictObject({
    source: Source.describe(
      'Where the file lies: a folder of a snapshot bucket, apart from the exports, as a sync says it.',
    ),
  })
  .meta({ id: 'Adopt' });

const adopt = createRoute({
  method: 'post',
  path: '/syncs/{id}/adopt',
  operationId: 'adoptMembers',
  summary: 'Take a file of what the platform holds as the mirror',
  description:
    'A run that reads the file and sends nothing. From then on leftovers are removed, and who is there already is not sent again. It fails over a mirror that has members: reset first.',
  tags: ['Repair'],
  request: {
    ...request,
    body: { required: true, content: { 'application/json': { schema: AdoptBody } } },
  },
  responses: started,
});

const RollbackBody = z
  .strictObject({
    to: z
      .string()
      .regex(/^[0-9a-z]{1,64}$/, 'use the id of a run')
      .describe('The run that left the members to go back to.'),
  })
  .meta({ id: 'Rollback' });

const rollback = createRoute({
  method: 'post',
  path: '/syncs/{id}/rollback',
  operationId: 'rollBackSync',
  summary: 'Make the platform equal to what an earlier run left',
  description:
    'Planned, guarded and sent like any run. The schedule passes over the snapshot that was rolled back from, until there is a newer one.',
  tags: ['Repair'],
  request: {
    ...request,
    body: { required: true, content: { 'application/json': { schema: RollbackBody } } },
  },
  responses: started,
});

const reset = createRoute({
  method: 'post',
  path: '/syncs/{id}/reset',
  operationId: 'resetSync',
  summary: 'Forget the mirror',
  description:
    'The next run is a first run and adds every member of the snapshot. Whoever is at the platform and not in that snapshot stays there.',
  tags: ['Repair'],
  request: { params: OfSync, query: DryRunQuery },
  responses: {
    200: foreseen,
    204: { description: 'Forgotten' },
    ...writing,
    404: refusals[404],
    409: refusals[409],
  },
});

const recover = createRoute({
  method: 'post',
  path: '/syncs/{id}/recover',
  operationId: 'recoverMirror',
  summary: 'Take the newest mirror among the objects',
  description:
    'Where the table was lost or restored from a backup, and a run was held as `state-outdated`: the newest mirror that is whole becomes the mirror of the sync, and the next run sends everybody again.',
  tags: ['Repair'],
  request: { params: OfSync },
  responses: {
    204: { description: 'Taken' },
    ...writing,
    404: refusals[404],
    409: refusals[409],
  },
});

export function repairRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { configs, runs } = ports;

  const existing = async (id: string) => {
    const found = await configs.getSync(id);
    if (!found) throw notFound(`sync "${id}"`);
    return found;
  };
  const begin = async (context: Context<ApiEnvironment>, id: string, task: RunTask) => {
    const sync = await existing(id);
    return startTask(ports, callerOf(context), sync, task, await idToStart(ports, context, id));
  };

  app.openapi(empty, async (context) => {
    const run = await begin(context, context.req.valid('param').id, { kind: 'empty' });
    return context.json(run, 202, placeOf(run));
  });

  app.openapi(adopt, async (context) => {
    const { source } = context.req.valid('json');
    const run = await begin(context, context.req.valid('param').id, { kind: 'adopt', source });
    return context.json(run, 202, placeOf(run));
  });

  app.openapi(rollback, async (context) => {
    const { to } = context.req.valid('json');
    const run = await begin(context, context.req.valid('param').id, { kind: 'rollback', to });
    return context.json(run, 202, placeOf(run));
  });

  app.openapi(recover, async (context) => {
    const { id } = context.req.valid('param');
    await existing(id);
    const change = { what: 'recovered', kind: 'sync' as const, thing: id };
    await audited(ports, callerOf(context), change, () => recoverMirror(ports, id));
    return context.body(null, 204);
  });

  app.openapi(reset, async (context) => {
    const { id } = context.req.valid('param');
    await existing(id);
    // One that can't be read is made anew.
    const { openRun: lease, mirror } = (await orSetAside(() => runs.getState(id))) ?? {};
    if (lease) throw runOpen(id, lease.run);
    const members = mirror?.members ?? 0;
    const change = { what: 'forgotten', kind: 'sync' as const, thing: id, members };
    const forgotten = await audited(ports, callerOf(context), change, () => runs.forgetMirror(id));
    if (!forgotten) {
      throw new Refusal(409, {
        code: 'run-open',
        detail: `A run of the sync "${id}" was opened just now. Wait for its end, or cancel it, and repeat the request.`,
      });
    }
    return context.body(null, 204);
  });
  return app;
}
