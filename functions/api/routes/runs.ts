/** Runs of a sync: start, list, look at, cancel, approve. */

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DryRunReport } from '../../../shared/contracts/dry-run.ts';
import { Id } from '../../../shared/contracts/json.ts';
import { reportObject } from '../../../shared/contracts/layout.ts';
import type { Run } from '../../../shared/contracts/run.ts';
import { StoredError } from '../../../shared/domain/words/errors.ts';
import { approveRun } from '../../../shared/flow/approve-run.ts';
import { namedReasons } from '../../../shared/flow/run-examples.ts';
import { beginRun } from '../../../shared/flow/start-run.ts';
import type { OpenRun } from '../../../shared/ports/runs.ts';
import { readObject } from '../../../shared/stored.ts';
import { notToBeKept } from '../answers.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { audited } from '../audited.ts';
import { cancelRun } from '../cancel-run.ts';
import { idToStart, OnceHeaders } from '../once.ts';
import { filteredPage, PageQuery, pageOf, pageSchema, pagingOf } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, notFound, Refusal, refusals, writing } from '../problem.ts';
import { idOf, isBefore, isWanted, RunFilter } from '../run-filter.ts';
import { placeOf, RunView, runStarted, runView, runWithProgress } from '../run-view.ts';
import { membersShown } from '../shown-members.ts';
import { startTask } from '../start-task.ts';
import { WaitQuery, waited } from '../wait.ts';

const OfSync = z.object({ id: Id });
export const RunId = z.string().regex(/^[0-9a-z]{1,64}$/, 'use the id of a run');
const OfRun = OfSync.extend({ run: RunId });

export const StartBody = z
  .strictObject({
    dryRun: z.boolean().default(false).describe('Plans and reports, and sends nothing.'),
    full: z.boolean().default(false).describe('Sends every member again.'),
  })
  .meta({ id: 'StartRun' });

const json = { 'application/json': { schema: RunView } } as const;

const start = createRoute({
  method: 'post',
  path: '/syncs/{id}/runs',
  operationId: 'startRun',
  summary: 'Start a run',
  description: 'A run that is open goes on; then the one started here is closed as `skipped`.',
  tags: ['Runs'],
  request: {
    params: OfSync,
    headers: OnceHeaders,
    body: { content: { 'application/json': { schema: StartBody } } },
  },
  responses: {
    202: runStarted,
    ...writing,
    404: refusals[404],
    422: refusals[422],
  },
});

const list = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs',
  operationId: 'listRuns',
  summary: 'Runs of a sync, newest first',
  tags: ['Runs'],
  request: { params: OfSync, query: PageQuery.extend(RunFilter.shape) },
  responses: {
    200: {
      description: 'A page of runs',
      content: { 'application/json': { schema: pageSchema(RunView, 'Runs') } },
    },
    ...always,
    404: refusals[404],
  },
});

const listAll = createRoute({
  method: 'get',
  path: '/runs',
  operationId: 'listAllRuns',
  summary: 'Runs of all syncs, newest first',
  description: 'A run that was just begun may show a moment later.',
  tags: ['Runs'],
  request: {
    query: PageQuery.extend({ ...RunFilter.shape, sync: Id.optional().describe('Of this sync.') }),
  },
  responses: {
    200: {
      description: 'A page of runs',
      content: { 'application/json': { schema: pageSchema(RunView, 'RunsOfAll') } },
    },
    ...always,
  },
});

const read = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs/{run}',
  operationId: 'readRun',
  summary: 'A run, with how far it is',
  description:
    'With `wait` the answer comes when the run is over; with If-None-Match, too, when it is another than that.',
  tags: ['Runs'],
  request: { params: OfRun, query: WaitQuery },
  responses: {
    200: { description: 'The run', content: json },
    ...always,
    404: refusals[404],
  },
});

const cancel = createRoute({
  method: 'post',
  path: '/syncs/{id}/runs/{run}/cancel',
  operationId: 'cancelRun',
  summary: 'Cancel a run that is open or held',
  description:
    'What is under way settles; nothing more is sent. A held run can not be approved any more, and its snapshot stays passed over by the schedule.',
  tags: ['Runs'],
  request: { params: OfRun },
  responses: {
    202: { description: 'It closes', content: json },
    ...writing,
    404: refusals[404],
    409: refusals[409],
  },
});

const approve = createRoute({
  method: 'post',
  path: '/syncs/{id}/runs/{run}/approve',
  operationId: 'approveRun',
  summary: 'Approve a held run',
  description:
    'Starts the one run that may go on without the guards, for the very snapshot and configuration that were held. Approved again while that run is open, the answer is the same run.',
  tags: ['Runs'],
  request: { params: OfRun, headers: OnceHeaders },
  responses: {
    202: { ...runStarted, description: 'The run that goes on' },
    ...writing,
    404: refusals[404],
    409: refusals[409],
    422: refusals[422],
  },
});

const report = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs/{run}/report',
  operationId: 'readReport',
  summary: 'What a dry run found',
  description: 'Counts, guards, samples of the requests, their number, time and cost.',
  tags: ['Runs'],
  request: { params: OfRun },
  responses: {
    200: {
      description: 'The report',
      content: { 'application/json': { schema: DryRunReport.meta({ id: 'DryRunReport' }) } },
    },
    ...always,
    404: refusals[404],
  },
});

const auditedRun = (sync: string, run: string) => ({
  kind: 'run' as const,
  thing: `${sync}/${run}`,
});

export function runRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { configs, runs } = ports;

  const existing = async (sync: string, id: string) => {
    const run = await runs.getRun(sync, id);
    if (!run) throw notFound(`run "${id}" of the sync "${sync}"`);
    return run;
  };

  app.openapi(start, async (context) => {
    const { id } = context.req.valid('param');
    const { dryRun, full } = context.req.valid('json');
    const kind = dryRun ? ('dry-run' as const) : ('mirror' as const);
    const task = { kind, ...(full && { full }) };
    const sync = await configs.getSync(id);
    if (!sync) throw notFound(`sync "${id}"`);
    const name = await idToStart(ports, context, id);
    const run = await startTask(ports, callerOf(context), sync, task, name);
    return context.json(run, 202, placeOf(run));
  });

  app.openapi(list, async (context) => {
    const { id: sync } = context.req.valid('param');
    const { limit, after, ...wanted } = context.req.valid('query');
    const paging = pagingOf(ports.digest, context.req.url, { limit, after });
    const page = await filteredPage(
      paging,
      async (size, from) =>
        pageOf(
          { limit: size, after: from },
          (most, place) => runs.listRuns(sync, most, place),
          idOf,
        ),
      idOf,
      (found) => found.filter((run) => isWanted(run, wanted)),
      (run) => isBefore(run, wanted),
    );
    if (page.items.length === 0 && !(await configs.getSync(sync))) {
      throw notFound(`sync "${sync}"`);
    }
    const items = page.items.map((run) => runView(run));
    return context.json(paging.shown({ ...page, items }), 200);
  });

  app.openapi(listAll, async (context) =>
    context.json(await listedOfAll(ports, context.req.url, context.req.valid('query')), 200),
  );

  app.openapi(read, async (context) => {
    const { id: sync, run } = context.req.valid('param');
    const { wait } = context.req.valid('query');
    const known = context.req.header('if-none-match');
    const view = await waited(ports, { seconds: Number(wait ?? 0), known }, async () => {
      const found = await existing(sync, run);
      const progress = await runWithProgress(runs, found);
      const reasons = await namedReasons(ports.state, found);
      return reasons.length > 0 ? { ...progress, reasons } : progress;
    });
    // Examples are members' keys.
    return view.reasons ? context.json(view, 200, notToBeKept) : context.json(view, 200);
  });

  app.openapi(report, async (context) => {
    const { id: sync, run } = context.req.valid('param');
    await existing(sync, run);
    const name = reportObject(sync, run);
    const found = await ports.state.get(name);
    if (!found) throw notFound(`report of the run "${run}": it is no dry run, or not over yet`);
    const look = { kind: 'run', thing: `${sync}/${run}/report` } as const;
    const headers = await membersShown(ports, callerOf(context), look);
    return context.json(readObject(DryRunReport, found, name), 200, headers);
  });

  addDecisions(app, ports, existing);
  return app;
}

/** What a person decides of a run. */
function addDecisions(
  app: OpenAPIHono<ApiEnvironment>,
  ports: ApiPorts,
  existing: (sync: string, id: string) => Promise<Run>,
): void {
  app.openapi(cancel, async (context) => {
    const { id: sync, run: id } = context.req.valid('param');
    // One that can't be read can be cancelled, too.
    const isThere = await ports.runs
      .getRun(sync, id)
      .catch((error: unknown) => error instanceof StoredError);
    if (!isThere) throw notFound(`run "${id}" of the sync "${sync}"`);
    const change = { what: 'run-cancelled', ...auditedRun(sync, id) };
    await audited(ports, callerOf(context), change, async () => {
      if (await cancelRun(ports, sync, id)) return;
      const { phase } = await existing(sync, id);
      throw new Refusal(409, {
        code: phase === 'closed' ? 'run-closed' : 'run-closing',
        detail: `The run "${id}" is ${phase}, so there is nothing left to cancel. Look at how it ends; one that can not be closed can be cancelled after three tries.`,
      });
    });
    return context.json(runView(await existing(sync, id)), 202);
  });

  app.openapi(approve, async (context) => {
    const { id: sync, run: held } = context.req.valid('param');
    await existing(sync, held);
    const id = await idToStart(ports, context, sync);
    const open = (each: OpenRun) => beginRun(ports, each);
    const change = { what: 'run-approved', ...auditedRun(sync, held) };
    const approved = (await ports.runs.getRun(sync, id))
      ? id
      : await audited(ports, callerOf(context), change, () =>
          approveRun({ ...ports, ids: { next: () => id }, open }, sync, held),
        );
    const run = runView(await existing(sync, approved));
    return context.json(run, 202, placeOf(run));
  });
}

interface AskedOfAll extends RunFilter {
  readonly limit: string;
  readonly after?: string | undefined;
  readonly sync?: string | undefined;
}

async function listedOfAll(
  { runs, digest }: ApiPorts,
  url: string,
  { limit, after, sync, ...wanted }: AskedOfAll,
) {
  const paging = pagingOf(digest, url, { limit, after });
  const page = await filteredPage(
    paging,
    (size, from) => runs.pageRuns(size, from),
    ({ id, sync: of }) => `${id}#${of}`,
    (found) => found.filter((run) => (sync ?? run.sync) === run.sync && isWanted(run, wanted)),
    (run) => isBefore(run, wanted),
  );
  return paging.shown({ ...page, items: page.items.map((run) => runView(run)) });
}
