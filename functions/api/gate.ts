/**
 * Who asks for much waits in order, and whoever only looks is answered at once: a process that serves many callers does
 * a few dear requests at a time.
 */
import type { MiddlewareHandler } from 'hono';
import type { ApiEnvironment } from './asked.ts';

/** At once; more would only share the same processor. */
const most = 2;

/** Reads that look into snapshots or logs. */
const dearReads = /\/(columns|samples|records(\/\{place\})?|report)$/;

export function gateDear(): MiddlewareHandler<ApiEnvironment> {
  let free = most;
  const waiting: (() => void)[] = [];
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async (context, next) => {
    const { method, path } = context.get('route');
    if (method === 'GET' && !dearReads.test(path)) return next();
    await enter();
    try {
      await next();
    } finally {
      leave();
    }
  };
}
