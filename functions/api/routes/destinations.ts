/** Destinations: create, read, list, change, delete, validate; their secrets, and the fields of their templates. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { SecretSettings } from '../../../shared/contracts/authentication.ts';
import type { Destination } from '../../../shared/contracts/destination.ts';
import { Id } from '../../../shared/contracts/json.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { foresee } from '../audited.ts';
import { readScope } from '../declared.ts';
import { DestinationBody, DestinationView, destinationView, inputOf } from '../destination-view.ts';
import { DryRunQuery, foreseen, orForeseen } from '../dry-run.ts';
import { parsedBody, refuseInvalid } from '../invalid.ts';
import { mergePatch, patchBody } from '../merge-patch.ts';
import { PageQuery, pageSchema } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, editing, FieldProblem, refusals, writing } from '../problem.ts';
import { type Resource, resourceOf } from '../resource.ts';
import { removeDestination, saveDestination } from '../save-destination.ts';
import { putSecret, SecretsView, secretsView } from '../secrets.ts';
import { ActionFields, fieldsOf } from '../template-fields.ts';
import {
  asMatched,
  CreatedHeaders,
  ETag,
  IfMatch,
  MayMatch,
  PutHeaders,
  sameId,
} from '../versions.ts';
import { orWreck, removeDestinationWreck, wreck } from '../wrecks.ts';

const tags = ['Destinations'];
const OfDestination = z.object({ id: Id });
const body = {
  required: true,
  content: { 'application/json': { schema: DestinationBody } },
} as const;
const one = (description: string) => ({
  description,
  headers: ETag,
  content: { 'application/json': { schema: DestinationView } },
});
const created = { ...one('Created'), headers: CreatedHeaders };
const changed = {
  ...one('Changed; or, with `dryRun=true`, what would be'),
  content: { 'application/json': { schema: orForeseen(DestinationView) } },
};

const list = createRoute({
  method: 'get',
  path: '/destinations',
  operationId: 'listDestinations',
  summary: 'Destinations, by id',
  tags,
  request: { query: PageQuery },
  responses: {
    200: {
      description: 'A page of destinations',
      content: { 'application/json': { schema: pageSchema(DestinationView, 'Destinations') } },
    },
    ...always,
  },
});

const create = createRoute({
  method: 'post',
  path: '/destinations',
  operationId: 'createDestination',
  summary: 'Create a destination',
  tags,
  request: { query: DryRunQuery, body },
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
  path: '/destinations/validate',
  ...readScope,
  operationId: 'validateDestination',
  summary: 'Say what saving would say, and save nothing',
  tags,
  request: { body },
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
  path: '/destinations/{id}',
  operationId: 'readDestination',
  summary: 'A destination',
  tags,
  request: { params: OfDestination },
  responses: { 200: one('The destination'), ...always, 404: refusals[404] },
});

const update = createRoute({
  method: 'put',
  path: '/destinations/{id}',
  operationId: 'putDestination',
  summary: 'Change a destination, or create it under this id',
  description:
    'The whole of its settings. Syncs that are enabled must still fit; runs that are open go on with what they began with.',
  tags,
  request: { params: OfDestination, headers: PutHeaders, query: DryRunQuery, body },
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
  path: '/destinations/{id}',
  operationId: 'patchDestination',
  summary: 'Change some settings of a destination',
  description: 'What comes of it is checked and saved as with PUT.',
  tags,
  request: { params: OfDestination, headers: IfMatch, query: DryRunQuery, body: patchBody },
  responses: { 200: changed, ...editing, 409: refusals[409], 422: refusals[422] },
});

const remove = createRoute({
  method: 'delete',
  path: '/destinations/{id}',
  operationId: 'deleteDestination',
  summary: 'Delete a destination that no sync uses, and its secret',
  tags,
  request: { params: OfDestination, headers: IfMatch, query: DryRunQuery },
  responses: {
    200: foreseen,
    204: { description: 'Deleted' },
    ...editing,
    409: refusals[409],
  },
});

const secret = createRoute({
  method: 'put',
  path: '/destinations/{id}/secret',
  operationId: 'putSecret',
  summary: 'Set secret values of a destination',
  description:
    'A value that is left out stays, null takes it away. They never come back. They are for this destination and its origins alone: for another origin, values that stay have to be given again.',
  tags,
  request: {
    params: OfDestination,
    headers: MayMatch,
    body: {
      required: true,
      content: { 'application/json': { schema: SecretSettings.meta({ id: 'SecretSettings' }) } },
    },
  },
  responses: {
    200: {
      description: 'Which values are set',
      content: { 'application/json': { schema: SecretsView } },
    },
    ...writing,
    404: refusals[404],
    409: refusals[409],
    412: refusals[412],
    422: refusals[422],
  },
});

const fields = createRoute({
  method: 'get',
  path: '/destinations/{id}/fields',
  operationId: 'listFields',
  summary: 'The fields of the templates, by action, with their settings',
  tags,
  request: { params: OfDestination },
  responses: {
    200: {
      description: 'The actions the destination has',
      content: { 'application/json': { schema: pageSchema(ActionFields, 'Fields') } },
    },
    ...always,
    404: refusals[404],
    422: refusals[422],
  },
});

const invalid = refuseInvalid('destination');

export function destinationRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  const { configs, book } = ports;
  const kept = resourceOf(ports, {
    noun: 'destination',
    path: '/v1/destinations',
    get: (id) => configs.getDestination(id),
    page: (limit, after) => configs.pageDestinations(limit, after),
    view: (found, warnings) => destinationView(book, found, warnings),
  });
  app.openapi(list, async (context) =>
    context.json(await kept.list(context.req.url, context.req.valid('query')), 200),
  );

  app.openapi(
    create,
    async (context) => {
      const input = inputOf(context.req.valid('json'));
      const saved = await saveDestination(ports, callerOf(context), input, undefined);
      const { view } = await kept.shown(saved.destination, saved.warnings);
      return context.json(view, 201, kept.placed(saved.destination));
    },
    invalid,
  );

  app.openapi(
    validate,
    async (context) => {
      const input = inputOf(context.req.valid('json'));
      const before = await configs.getDestination(input.id);
      const caller = { ...callerOf(context), onlyTries: true };
      const { warnings } = await foresee(() => saveDestination(ports, caller, input, before));
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
      const [before, replaces] = found === wreck ? [undefined, true] : [found, false];
      const saved = await saveDestination(ports, callerOf(context), input, before, replaces);
      const { view, headers } = await kept.shown(saved.destination, saved.warnings);
      if (found) return context.json(view, 200, headers);
      return context.json(view, 201, kept.placed(saved.destination));
    },
    invalid,
  );

  app.openapi(patch, async (context) => {
    const { id } = context.req.valid('param');
    const before = await kept.expected(id, context.req.valid('header'));
    const { version: _, ...settings } = before;
    const merged = mergePatch(settings, context.req.valid('json'));
    const input = sameId(id, inputOf(parsedBody(DestinationBody, merged, 'destination')));
    const saved = await saveDestination(ports, callerOf(context), input, before);
    const { view, headers } = await kept.shown(saved.destination, saved.warnings);
    return context.json(view, 200, headers);
  });

  addParts(app, ports, kept);
  return app;
}

/** Its removal, and what belongs to it: its secret, and the fields of its templates. */
function addParts(
  app: OpenAPIHono<ApiEnvironment>,
  ports: ApiPorts,
  kept: Resource<Destination, DestinationView>,
): void {
  app.openapi(remove, async (context) => {
    const { id } = context.req.valid('param');
    const match = context.req.valid('header');
    const found = await orWreck(match, () => kept.expected(id, match));
    if (found === wreck) await removeDestinationWreck(ports, callerOf(context), id);
    else await removeDestination(ports, callerOf(context), found);
    return context.body(null, 204);
  });

  app.openapi(secret, async (context) => {
    const found = asMatched(
      await kept.existing(context.req.valid('param').id),
      context.req.valid('header'),
    );
    const changes = context.req.valid('json');
    return context.json(
      secretsView(await putSecret(ports, callerOf(context), found, changes)),
      200,
    );
  });

  app.openapi(fields, async (context) => {
    const found = await kept.existing(context.req.valid('param').id);
    return context.json({ items: fieldsOf(found) }, 200);
  });
}
