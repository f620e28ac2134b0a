/**
 * The OpenAPI 3.1 document of the routes. Its schemas are the contracts' own, as zod writes them: the generator
 * that comes with the routes makes wrong patterns and enumerations of some.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import type { ApiEnvironment } from './asked.ts';
import { isReading } from './declared.ts';
import { refusals } from './problem.ts';

type Definition = OpenAPIHono<ApiEnvironment>['openAPIRegistry']['definitions'][number];
type RouteDefinition = Extract<Definition, { type: 'route' }>['route'];
type Response = Exclude<RouteDefinition['responses'][string], { $ref: string }>;
type Json = Record<string, unknown>;

const info = {
  title: 'Audience Mirror',
  version: '1',
  description: 'Destinations, syncs and their runs. docs/api.md explains how to call it.',
  license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
  contact: { name: 'Whoever runs this deployment' },
};

const servers = [{ url: '/v1', description: 'Below the address of the API.' }];

const tags = {
  Destinations: 'How platforms are called.',
  Syncs: 'Audiences that are kept equal.',
  Configurations: 'Destinations and syncs together.',
  Runs: 'Passes from snapshot to platform, and what became of each record.',
  Repair: 'For when the account and the platform have come apart, or a person is to be forgotten.',
  Preview: 'Requests as they would be made.',
  Audit: 'Who changed what, and who looked at members.',
  Webhooks: 'Who is told of the ends of runs, and of alerts.',
  API: 'The API itself.',
};

const securitySchemes = {
  sigv4: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    description: 'AWS Signature Version 4, service execute-api; where the stack uses IAM.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of the OIDC issuer that the stack names, or of the local system.',
  },
};

export function openApiDocument(routes: readonly RouteDefinition[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info,
    servers,
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    paths,
    components: { schemas, securitySchemes },
  };
}

function operation(route: RouteDefinition, schemas: Json): Json {
  const { operationId, summary, description, tags, request = {}, responses } = route;
  const [[type = '', { schema: body } = { schema: undefined }] = []] = kinds(request.body?.content);
  return {
    operationId,
    summary,
    description: description ?? `${summary}.`,
    tags,
    // What a caller needs: of a JWT the scope that the stack names so, with IAM that managed policy.
    'x-scope': isReading(route) ? 'read' : 'write',
    parameters: [
      ...parameters('path', request.params, schemas),
      ...parameters('query', request.query, schemas),
      ...parameters(
        'header',
        Array.isArray(request.headers) ? undefined : request.headers,
        schemas,
      ),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: request.body?.required ?? false,
        content: { [type]: { schema: schemaOf(body, 'input', schemas) } },
      },
    }),
    // Of any body: a text that nothing here can keep.
    responses: Object.fromEntries(
      Object.entries({ ...(body !== undefined && { 422: refusals[422] }), ...responses }).map(
        ([status, response]) => [status, '$ref' in response ? response : answer(response, schemas)],
      ),
    ),
  };
}

function answer({ description, content, headers }: Response, schemas: Json): Json {
  const bodies = kinds(content).map(([type, { schema }]) => [
    type,
    { schema: schemaOf(schema, 'output', schemas) },
  ]);
  return {
    description,
    ...(isZod(headers) && { headers: headersOf(headers, schemas) }),
    ...(bodies.length > 0 && { content: Object.fromEntries(bodies) }),
  };
}

/** By media type. */
const kinds = (content: object | undefined): [string, { readonly schema: unknown }][] =>
  Object.entries(content ?? {});

const isZod = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

function headersOf(headers: z.ZodType, schemas: Json): Json {
  const given = parameters('header', headers, schemas);
  return Object.fromEntries(given.map(({ name, in: _, ...header }) => [String(name), header]));
}

function parameters(where: 'path' | 'query' | 'header', given: unknown, schemas: Json): Json[] {
  if (!isZod(given)) return [];
  const { properties = {}, required = [] } = z
    .object({
      properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
      required: z.array(z.string()).optional(),
    })
    .parse(schemaOf(given, 'input', schemas));
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

/** Named schemas go to the components, under their own name. */
function schemaOf(schema: unknown, io: 'input' | 'output', schemas: Json): Json {
  if (!isZod(schema)) throw new InvariantError('A route is described by something else than zod.');
  const { $schema: _, $defs = {}, ...whole } = z.toJSONSchema(schema, { io });
  for (const [name, each] of Object.entries($defs)) keep(schemas, name, inComponents(each));
  const { id, ...unnamed } = inComponents(whole);
  if (typeof id !== 'string') return unnamed;
  keep(schemas, id, unnamed);
  return { $ref: `#/components/schemas/${id}` };
}

function keep(schemas: Json, name: string, schema: Json): void {
  const { id: _, ...unnamed } = schema;
  const before = schemas[name];
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(unnamed)) {
    throw new InvariantError(`Two schemas of the API are called ${name}.`);
  }
  schemas[name] = unnamed;
}

const Tree = z.record(z.string(), z.unknown());

const inComponents = (schema: object): Json =>
  Tree.parse(
    JSON.parse(
      JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'),
      (_name, each: unknown) => (isWithDefault(each) ? withPlainDefault(each) : each),
    ),
  );

/** Makers of clients take no default that is an object: it is told beside. */
function withPlainDefault({ default: usual, ...schema }: { readonly default: object }): Json {
  return { ...schema, 'x-default': usual };
}

const isWithDefault = (each: unknown): each is { readonly default: object } =>
  typeof each === 'object' &&
  each !== null &&
  ('type' in each || 'oneOf' in each || 'anyOf' in each || '$ref' in each) &&
  'default' in each &&
  typeof each.default === 'object' &&
  each.default !== null &&
  !Array.isArray(each.default);
