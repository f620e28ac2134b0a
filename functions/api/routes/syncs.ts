/** Syncs: create, read, list, change, delete, validate, enable, disable; and the columns of their snapshots. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Id } from '../../../shared/contracts/json.ts';
import type { Sync } from '../../../shared/contracts/sync.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { foresee } from '../audited.ts';
import { ColumnsView, columnsOf } from '../columns.ts';
import { readScope } from '../declared.ts';
import { DryRunQuery, foreseen, orForeseen } from '../dry-run.ts';
import { type FaringRead, faringsOf } from '../faring.ts';
import { GroundQuery } from '../ground.ts';
import { parsedBody, refuseInvalid } from '../invalid.ts';
import { mergePatch, patchBody } from '../merge-patch.ts';
import { filteredPage, PageQuery, pageSchema, pagingOf } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, editing, FieldProblem, refusals, writing } from '../problem.ts';
import { type Resource, resourceOf } from '../resource.ts';
import { removeSync, saveSync } from '../save-sync.ts';
import { membersShown } from '../shown-members.ts';
import { faresAs, isOfSettings, SyncFilter } from '../sync-filter.ts';
import { inputOf, SyncBody, SyncView, syncView, viewOf } from '../sync-view.ts';
import {
  asMatched,
  CreatedHeaders,
  ETag,
  IfMatch,
  MayMatch,
  PutHeaders,
  sameId,
} from '../versions.ts';
import { orWreck, removeSyncWreck, wreck } from '../wrecks.ts';

const tags = ['Syncs'];
const OfSync = z.object({ id: Id });
const body = { required: true, content: { 'application/json': { schema: SyncBody } } } as const;
const one = (description: string) => ({
  description,
  headers: ETag,
  content: { 'application/json': { schema: SyncView } },
});
const created = { ...one('Created'), headers: CreatedHeaders };
const changed = {
  ...one('Changed; or, with `dryRun=true`, what would be'),
  content: { 'application/json': { schema: orForeseen(SyncView) } },
};

const ForSave = GroundQuery.extend(DryRunQuery.shape);
const { members, shared } = GroundQuery.shape;

const list = createRoute({
  method: 'get',
  path: '/syncs',
  operationId: 'listSyncs',
  summary: 'Syncs, by id, with how they fare',
  tags,
  request: { query: PageQuery.extend(SyncFilter.shape) },
  responses: {
    200: {
      description: 'A page of syncs',
      content: { 'application/json': { schema: pageSchema(SyncView, 'Syncs') } },
    },
    ...always,
  },
});

const create = createRoute({
  method: 'post',
  path: '/syncs',
  operationId: 'createSync',
  summary: 'Create a sync',
  description:
    'An enabled sync must be able to run: it fits its destination, and its newest snapshot has the columns it names. What is wrong with a disabled one is told as warnings.',
  tags,
  request: { query: ForSave, body },
  responses: {
    200: foreseen,
    201: created,
    ...writing,
    409: refusals[409],
    422: refusals[422],
  },
});

const validate = createRoute({
  method: 'post',
  path: '/syncs/validate',
  ...readScope,
  operationId: 'validateSync',
  summary: 'Say what saving would say, and save nothing',
  tags,
  request: { query: GroundQuery, body },
  responses: {
    200: {
      description: 'It can be saved',
      content: {
        'application/json': { schema: z.strictObject({ warnings: z.array(FieldProblem) }) },
      },
    },
    ...writing,
    409: refusals[409],
    422: refusals[422],
  },
});

const read = createRoute({
  method: 'get',
  path: '/syncs/{id}',
  operationId: 'readSync',
  summary: 'A sync, with how it fares',
  tags,
  request: { params: OfSync },
  responses: { 200: one('The sync'), ...always, 404: refusals[404] },
});

const update = createRoute({
  method: 'put',
  path: '/syncs/{id}',
  operationId: 'putSync',
  summary: 'Change a sync, or create it under this id',
  description:
    'The whole of its settings; an open run goes on with what it began with. Another destination, audience or key is refused while a run is open (409); over members that were mirrored it needs a word, too: run `empty` first, or say `members=leave`.',
  tags,
  request: { params: OfSync, headers: PutHeaders, query: ForSave, body },
  responses: {
    200: changed,
    201: created,
    ...editing,
    409: refusals[409],
    422: refusals[422],
  },
});

const patch = createRoute({
  method: 'patch',
  path: '/syncs/{id}',
  operationId: 'patchSync',
  summary: 'Change some settings of a sync',
  description: 'What comes of it is checked and saved as with PUT.',
  tags,
  request: { params: OfSync, headers: IfMatch, query: ForSave, body: patchBody },
  responses: { 200: changed, ...editing, 409: refusals[409], 422: refusals[422] },
});

const remove = createRoute({
  method: 'delete',
  path: '/syncs/{id}',
  operationId: 'deleteSync',
  summary: 'Delete a sync',
  description:
    'Members that were mirrored need a word (409): run `empty` first, or say `members=leave`. Runs and logs stay until their time is over.',
  tags,
  request: {
    params: OfSync,
    headers: IfMatch,
    query: DryRunQuery.extend({ members }),
  },
  responses: {
    200: foreseen,
    204: { description: 'Deleted' },
    ...editing,
    409: refusals[409],
  },
});

const switched = {
  200: changed,
  ...writing,
  404: refusals[404],
  409: refusals[409],
  412: refusals[412],
  422: refusals[422],
} as const;

const enable = createRoute({
  method: 'post',
  path: '/syncs/{id}/enable',
  operationId: 'enableSync',
  summary: 'Let the schedule start runs',
  description: 'It must be able to run, as at creation.',
  tags,
  request: { params: OfSync, headers: MayMatch, query: DryRunQuery.extend({ shared }) },
  responses: switched,
});

const disable = createRoute({
  method: 'post',
  path: '/syncs/{id}/disable',
  operationId: 'disableSync',
  summary: 'Let the schedule start no runs',
  description: 'An open run goes on; a person may still start one.',
  tags,
  request: { params: OfSync, headers: MayMatch, query: DryRunQuery },
  responses: switched,
});

const columns = createRoute({
  method: 'get',
  path: '/syncs/{id}/columns',
  operationId: 'listColumns',
  summary: 'Columns, types and a few rows of the newest snapshot',
  description: 'The beginning of its first file is looked at. Rows are as the export holds them.',
  tags,
  request: {
    params: OfSync,
    query: z.strictObject({
      rows: z
        .string()
        .regex(/^(1?\d|20)$/, 'use a number from 0 to 20')
        .default('5')
        .describe('Rows, from 0 to 20.'),
    }),
  },
  responses: {
    200: {
      description: 'What the snapshot has',
      content: { 'application/json': { schema: ColumnsView } },
    },
    ...always,
    404: refusals[404],
    422: refusals[422],
  },
});

const invalid = refuseInvalid('');

const syncsOf = (ports: ApiPorts) =>
  resourceOf(ports, {
    noun: 'sync',
    path: '/v1/syncs',
    get: (id) => ports.configs.getSync(id),
    page: (limit, after) => ports.configs.pageSyncs(limit, after),
    view: (found, warnings) => syncView(ports, found, warnings),
  });

export function syncRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { configs } = ports;
  const kept = syncsOf(ports);

  app.openapi(list, async (context) =>
    context.json(await listed(ports, context.req.url, context.req.valid('query')), 200),
  );

  app.openapi(
    create,
    async (context) => {
      const input = inputOf(context.req.valid('json'));
      const words = context.req.valid('query');
      const saved = await saveSync(ports, callerOf(context), input, undefined, words);
      const { view } = await kept.shown(saved.sync, saved.warnings);
      return context.json(view, 201, kept.placed(saved.sync));
    },
    invalid,
  );

  app.openapi(
    validate,
    async (context) => {
      const input = inputOf(context.req.valid('json'));
      const before = await configs.getSync(input.id);
      const words = context.req.valid('query');
      const caller = { ...callerOf(context), onlyTries: true };
      const { warnings } = await foresee(() => saveSync(ports, caller, input, before, words));
      return context.json({ warnings }, 200);
    },
    invalid,
  );

  app.openapi(read, async (context) => {
    const { view, headers } = await kept.shown(await kept.existing(context.req.valid('param').id));
    return context.json(view, 200, headers);
  });

  app.openapi(
    update,
    async (context) => {
      const { id } = context.req.valid('param');
      const match = context.req.valid('header');
      const found = await orWreck(match, () => kept.replaced(id, match));
      const input = sameId(id, inputOf(context.req.valid('json')));
      const words = context.req.valid('query');
      const [before, replaces] = found === wreck ? [undefined, true] : [found, false];
      const saved = await saveSync(ports, callerOf(context), input, before, words, { replaces });
      const { view, headers } = await kept.shown(saved.sync, saved.warnings);
      if (found) return context.json(view, 200, headers);
      return context.json(view, 201, kept.placed(saved.sync));
    },
    invalid,
  );

  app.openapi(patch, async (context) => {
    const { id } = context.req.valid('param');
    const before = await kept.expected(id, context.req.valid('header'));
    const { version: _, ...settings } = before;
    const merged = mergePatch(settings, context.req.valid('json'));
    const input = sameId(id, inputOf(parsedBody(SyncBody, merged, '')));
    const words = context.req.valid('query');
    const saved = await saveSync(ports, callerOf(context), input, before, words);
    const { view, headers } = await kept.shown(saved.sync, saved.warnings);
    return context.json(view, 200, headers);
  });

  addSwitches(app, ports, kept);
  return app;
}

/** What a person removes and switches, and what there is to map. */
function addSwitches(
  app: OpenAPIHono<ApiEnvironment>,
  ports: ApiPorts,
  kept: Resource<Sync, SyncView>,
): void {
  app.openapi(remove, async (context) => {
    const { id } = context.req.valid('param');
    const match = context.req.valid('header');
    const found = await orWreck(match, () => kept.expected(id, match));
    const words = context.req.valid('query');
    if (found === wreck) await removeSyncWreck(ports, callerOf(context), id, words);
    else await removeSync(ports, callerOf(context), found, words);
    return context.body(null, 204);
  });

  app.openapi(enable, async (context) => {
    const found = await kept.existing(context.req.valid('param').id);
    const before = asMatched(found, context.req.valid('header'));
    const { version: _, ...settings } = before;
    const input = { ...settings, enabled: true };
    const words = context.req.valid('query');
    const saved = await saveSync(ports, callerOf(context), input, before, words, {
      what: 'enabled',
    });
    const { view, headers } = await kept.shown(saved.sync, saved.warnings);
    return context.json(view, 200, headers);
  });

  app.openapi(disable, async (context) => {
    const found = await kept.existing(context.req.valid('param').id);
    const before = asMatched(found, context.req.valid('header'));
    const { version: _, ...settings } = before;
    const input = { ...settings, enabled: false };
    const saved = await saveSync(ports, callerOf(context), input, before, {}, { what: 'disabled' });
    const { view, headers } = await kept.shown(saved.sync, saved.warnings);
    return context.json(view, 200, headers);
  });

  app.openapi(columns, async (context) => {
    const found = await kept.existing(context.req.valid('param').id);
    const { rows } = context.req.valid('query');
    const seen = await columnsOf(ports, found, Number(rows));
    if (Number(rows) === 0) return context.json(seen, 200);
    const look = { kind: 'sync', thing: `${found.id}/columns` } as const;
    return context.json(seen, 200, await membersShown(ports, callerOf(context), look));
  });
}

async function listed(
  ports: ApiPorts,
  url: string,
  { limit, after, ...wanted }: { limit: string; after?: string | undefined } & SyncFilter,
) {
  const paging = pagingOf(ports.digest, url, { limit, after });
  const at = { now: ports.clock.now(), nextTimes: ports.nextTimes };
  const fit = new Map<Sync, FaringRead>();
  const page = await filteredPage(
    paging,
    (size, from) => ports.configs.pageSyncs(size, from),
    ({ id }) => id,
    async (found) => {
      // How they fare is read of those alone whose settings fit.
      const syncs = found.filter((each) => isOfSettings(each, wanted));
      const farings = await faringsOf(ports, syncs);
      for (const each of farings) if (faresAs(each, wanted, at)) fit.set(each.sync, each);
      return syncs.filter((each) => fit.has(each));
    },
  );
  const items = page.items.flatMap((sync) => {
    const faring = fit.get(sync);
    return faring ? [viewOf(ports, faring, faring.error)] : [];
  });
  return paging.shown({ ...page, items });
}
