/** What every answer has: its request's id, how long it may be kept, and a tag by which it is not sent twice. */
import type { MiddlewareHandler } from 'hono';
import type { ApiEnvironment } from './asked.ts';
import type { ApiPorts } from './ports.ts';

export const tellRequestId =
  ({ access, ids }: Pick<ApiPorts, 'access' | 'ids'>): MiddlewareHandler<ApiEnvironment> =>
  async (context, next) => {
    const id = access.requestIdOf?.(context.env) ?? ids.next();
    context.set('requestId', id);
    await next();
    context.res.headers.set('x-request-id', id);
  };

/** For answers that show members: no cache on the way, and none in a browser, may keep them. */
export const notToBeKept = { 'cache-control': 'no-store' } as const;

/**
 * Answers 304 to who has the very same already. The tag of a thing with versions begins with its version, which is what
 * If-Match goes by; behind it stands what else the answer tells.
 */
export const tagAnswers =
  (digest: (text: string) => string): MiddlewareHandler<ApiEnvironment> =>
  async (context, next) => {
    await next();
    const { res, req } = context;
    if (req.method !== 'GET' && req.method !== 'HEAD') return;
    if (!res.headers.has('cache-control')) res.headers.set('cache-control', 'private, no-cache');
    if (res.status !== 200 || !/^application\/json/.test(res.headers.get('content-type') ?? ''))
      return;
    const tag = tagOf(digest(await res.clone().text()), res.headers.get('etag'));
    res.headers.set('etag', tag);
    if (isKnown(req.header('if-none-match'), tag)) {
      const headers = new Headers(res.headers);
      headers.delete('content-type');
      headers.delete('content-length');
      context.res = undefined;
      context.res = new Response(null, { status: 304, headers });
    }
  };

const tagLength = 24;

export function tagOf(digest: string, versionTag: string | null = null): string {
  const short = digest.slice(0, tagLength);
  const version = /^"(\d+)"$/.exec(versionTag ?? '')?.[1];
  return version === undefined ? `W/"${short}"` : `"${version}-${short}"`;
}

/** RFC 9110, 13.1.2: weakly compared. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const bare = (each: string) => each.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((each) => bare(each) === bare(tag) || each.trim() === '*');
}
