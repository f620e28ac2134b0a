/** Who calls, and what they may: of each route the document says whether reading is enough for it. */
import type { MiddlewareHandler } from 'hono';
import type { ApiEnvironment, Caller } from './asked.ts';
import type { RouteTable } from './declared.ts';
import { Refusal } from './problem.ts';

/** Tells who a request comes from, by what the gateway or the local server vouches for; undefined: nobody. */
export interface Access {
  /** Where the system runs. */
  readonly ground: 'aws' | 'one-machine';
  callerOf(request: Request, environment: unknown): Caller | undefined;
  /** The name that the gateway has for the request; undefined where there is none. */
  requestIdOf?(environment: unknown): string | undefined;
}

/** Nobody learns which routes there are without credentials. */
export function guardAccess(
  access: Access,
  routes: () => RouteTable,
  base: string,
): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const caller = access.callerOf(context.req.raw, context.env);
    if (!caller) {
      throw new Refusal(401, {
        code: 'not-authenticated',
        detail:
          'The request does not say who it comes from. Sign it, or send a token: docs/api.md says how.',
      });
    }
    const path = new URL(context.req.url).pathname;
    const route = routes().find(context.req.method, path.slice(base.length));
    if (!caller.mayWrite && !route.reads) {
      throw new Refusal(403, {
        code: 'read-only',
        detail: 'These credentials may only read. Use credentials that may write.',
      });
    }
    context.set('caller', { ...caller, onlyTries: context.req.query('dryRun') === 'true' });
    context.set('route', route);
    await next();
  };
}
