/**
 * What a route declares is taken, anything else is refused: a word that nobody reads would be done without. Of the
 * headers those are looked at that have a meaning here; the rest is between the caller and whoever stands in between.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnvironment, DeclaredRoute } from './asked.ts';
import { type FieldProblem, notFound, Refusal, requestInvalid } from './problem.ts';

type Definition = OpenAPIHono<ApiEnvironment>['openAPIRegistry']['definitions'][number];
type RouteDefinition = Extract<Definition, { type: 'route' }>['route'];

/** Of a route that changes nothing although it is a POST: reading is enough to call it. */
export const readScope = { 'x-scope': 'read' } as const;

export const declaredOf = (routes: readonly RouteDefinition[]): DeclaredRoute[] =>
  routes.map((route) => {
    const { method, path, request = {} } = route;
    return {
      method: method.toUpperCase(),
      path,
      query: new Set(namesOf(request.query)),
      headers: new Set(namesOf(request.headers)),
      bodies: Object.keys(request.body?.content ?? {}),
      reads: isReading(route),
    };
  });

export const isReading = (route: RouteDefinition): boolean =>
  route.method === 'get' || route['x-scope'] === readScope['x-scope'];

const namesOf = (schema: unknown): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

/** Finds the route of a request. @throws Refusal 404, 405 */
export class RouteTable {
  readonly #routes: readonly (DeclaredRoute & { readonly pattern: RegExp })[];

  constructor(routes: readonly DeclaredRoute[]) {
    this.#routes = routes.map((route) => ({
      ...route,
      pattern: new RegExp(`^${route.path.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  find(method: string, path: string): DeclaredRoute {
    const there = this.#routes.filter(({ pattern }) => pattern.test(path));
    if (there.length === 0) throw routeUnknown();
    const wanted = method === 'HEAD' ? 'GET' : method;
    // A path of fixed words goes before one in which an id may stand.
    const fitting = there.filter((route) => route.method === wanted);
    const found = fitting.find((route) => !route.path.endsWith('}')) ?? fitting[0];
    if (found) return found;
    const allowed = [...new Set(there.map((route) => route.method))];
    throw new Refusal(405, {
      code: 'method-unknown',
      detail: `There is no ${/^[A-Z]{1,10}$/.test(method) ? method : 'such method'} here. Use ${allowed.join(' or ')}.`,
      headers: { allow: allowed.flatMap(withHead).join(', ') },
    });
  }
}

const withHead = (method: string) => (method === 'GET' ? ['GET', 'HEAD'] : [method]);

export const routeUnknown = (): Refusal =>
  new Refusal(404, {
    code: 'route-unknown',
    detail: 'There is nothing here. GET /v1/openapi.json lists what there is.',
  });

/** Those that change what a request means. */
const meaningful = ['if-match', 'if-none-match', 'if-unmodified-since', 'idempotency-key'];

/** @throws Refusal 400 with all words that the route does not know */
export const refuseUndeclared: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  const route = context.get('route');
  const problems = [
    ...queryProblems(new URL(context.req.url).search.slice(1), route),
    ...headerProblems(context.req.raw.headers, route),
  ];
  if (problems.length > 0) throw requestInvalid(problems);
  await next();
};

function queryProblems(query: string, route: DeclaredRoute): FieldProblem[] {
  if (!isText(query)) {
    const message = 'The query holds bytes that are not UTF-8. Encode it as UTF-8.';
    return [{ pointer: '', path: 'query', code: 'setting-invalid', message }];
  }
  return [...new Set(new URLSearchParams(query).keys())]
    .filter((name) => !route.query.has(name))
    .slice(0, shownProblems)
    .map((name) => ({
      pointer: '',
      path: `query.${shortened(name)}`,
      code: 'setting-unknown',
      message: `There is no parameter of this name here. ${parametersOf(route, name)}`,
    }));
}

/** More say nothing new. */
export const shownProblems = 100;

const shortened = (name: string) => (name.length > 64 ? `${name.slice(0, 64)}…` : name);

function parametersOf({ query, bodies }: DeclaredRoute, name: string): string {
  if (name === 'dryRun' && bodies.length > 0) {
    return 'To see what a run would do, say {"dryRun": true} in the body.';
  }
  return query.size === 0
    ? 'Take it out: this request takes none.'
    : `Take it out, or correct its name: there are ${[...query].join(', ')}.`;
}

function isText(query: string): boolean {
  try {
    decodeURIComponent(query.replaceAll('+', ' '));
    return true;
  } catch {
    return false;
  }
}

function headerProblems(headers: Headers, route: DeclaredRoute): FieldProblem[] {
  return meaningful
    .filter((name) => headers.has(name) && !route.headers.has(name))
    .filter((name) => route.method !== 'GET' || name === 'if-match' || name === 'idempotency-key')
    .map((name) => ({
      pointer: '',
      path: `header.${name}`,
      code: 'setting-unknown',
      message: 'This header has no meaning here, and would be passed over. Take it out.',
    }));
}

/** Of an id that can be none. */
export const noSuchThing = (): Refusal => notFound('such thing');
