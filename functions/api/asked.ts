/** What is known of a request while it is answered. */
import type { Context } from 'hono';

export interface Caller {
  /** Stands in the audit trail. */
  readonly name: string;
  readonly mayWrite: boolean;
  /** Wants to know what would be done: everything is looked at, and nothing is changed. */
  readonly onlyTries?: boolean;
}

export interface DeclaredRoute {
  /** Upper case. */
  readonly method: string;
  /** `/syncs/{id}` */
  readonly path: string;
  readonly query: ReadonlySet<string>;
  /** Lower case. */
  readonly headers: ReadonlySet<string>;
  /** Media types of its body; none: it takes no body. */
  readonly bodies: readonly string[];
  /** Reading is enough to call it. */
  readonly reads: boolean;
}

export interface ApiEnvironment {
  Variables: {
    caller: Caller;
    /** Of this request: on the answer, in problems and in logs. */
    requestId: string;
    route: DeclaredRoute;
  };
}

export const callerOf = (context: Context<ApiEnvironment>): Caller => context.get('caller');
