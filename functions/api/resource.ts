/** What destinations and syncs have in common: they are found by id, come in pages, and are shown with their version. */
import type { z } from '@hono/zod-openapi';
import type { Page } from '../../shared/ports/listed.ts';
import { type Page as PageView, pagingOf } from './paging.ts';
import type { ApiPorts } from './ports.ts';
import { type FieldProblem, notFound } from './problem.ts';
import {
  asExpected,
  etagOf,
  expectedVersion,
  type IfMatch,
  type PutHeaders,
  replacedBy,
} from './versions.ts';

interface Saved {
  readonly id: string;
  readonly version: number;
}

interface ResourceParts<T, View> {
  /** As it is called, and below which path it lies. */
  readonly noun: string;
  readonly path: string;
  readonly get: (id: string) => Promise<T | undefined>;
  readonly page: (limit: number, after?: string) => Promise<Page<T>>;
  readonly view: (found: T, warnings?: readonly FieldProblem[]) => Promise<View>;
}

export interface Resource<T, View> {
  /** @throws Refusal 404 */
  existing(id: string): Promise<T>;
  /** Of those that are saved, in order of their ids. */
  list(
    url: string,
    query: { readonly limit: string; readonly after?: string | undefined },
  ): Promise<PageView<View>>;
  /** What a change of some settings, or its removal, begins with. @throws Refusal 404, 412, 428 */
  expected(id: string, headers: z.infer<typeof IfMatch>): Promise<T>;
  /** What a PUT replaces; undefined where it creates. @throws Refusal 400, 404, 412, 428 */
  replaced(id: string, headers: z.infer<typeof PutHeaders>): Promise<T | undefined>;
  /** The answer's body and headers. */
  shown(
    found: T,
    warnings?: readonly FieldProblem[],
  ): Promise<{ readonly view: View; readonly headers: { readonly etag: string } }>;
  /** Of what was created: where it is, too. */
  placed(found: T): { readonly etag: string; readonly location: string };
}

export function resourceOf<T extends Saved, View>(
  { digest }: Pick<ApiPorts, 'digest'>,
  { noun, path, get, page, view }: ResourceParts<T, View>,
): Resource<T, View> {
  const missing = (id: string) => notFound(`${noun} "${id}"`);
  const existing = async (id: string) => {
    const found = await get(id);
    if (!found) throw missing(id);
    return found;
  };
  return {
    existing,
    async list(url, query) {
      const paging = pagingOf(digest, url, query);
      const { items, ...rest } = await page(paging.limit, paging.after);
      return paging.shown({ ...rest, items: await Promise.all(items.map((each) => view(each))) });
    },
    expected: async (id, headers) => asExpected(await existing(id), expectedVersion(headers)),
    replaced: async (id, headers) => replacedBy(id, await get(id), headers, () => missing(id)),
    shown: async (found, warnings) => ({
      view: await view(found, warnings),
      headers: etagOf(found),
    }),
    placed: (found) => ({ ...etagOf(found), location: `${path}/${found.id}` }),
  };
}
