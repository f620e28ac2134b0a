/** Who calls, and what they may: reading is GET and HEAD, everything else is writing. */
import type { Context, MiddlewareHandler } from 'hono';
import { Refusal } from './problem.ts';

export interface Caller {
  /** Stands in the audit trail. */
  readonly name: string;
  readonly mayWrite: boolean;
}

/** Tells who a request comes from, by what the gateway or the local server vouches for; undefined: nobody. */
export interface Access {
  callerOf(request: Request, environment: unknown): Caller | undefined;
}

export interface ApiEnvironment {
  Variables: { caller: Caller };
}

const reading = new Set(['GET', 'HEAD']);

export function guardAccess(access: Access): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const caller = access.callerOf(context.req.raw, context.env);
    if (!caller) {
      throw new Refusal(401, {
        code: 'not-authenticated',
        detail:
          'The request does not say who it comes from. Sign it, or send a token: docs/api.md says how.',
      });
    }
    if (!caller.mayWrite && !reading.has(context.req.method)) {
      throw new Refusal(403, {
        code: 'read-only',
        detail: 'These credentials may only read. Use credentials that may write.',
      });
    }
    context.set('caller', caller);
    await next();
  };
}

export const callerOf = (context: Context<ApiEnvironment>): Caller => context.get('caller');
