/** The API's lists come in pages. */
import type { z } from 'zod';
import type { Api } from './client.ts';

interface Page {
  /** Where the next one begins; absent on the last. */
  readonly next?: string | undefined;
}

/** One after the other, each asked for when the one before is read. */
export async function* pagesOf<P extends Page>(
  api: Api,
  path: string,
  page: z.ZodType<P>,
  query: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<P> {
  let after: string | undefined;
  do {
    const { body } = await api.send({ method: 'GET', path, query: { ...query, after } });
    const read: P = page.parse(body);
    yield read;
    after = read.next;
  } while (after !== undefined);
}

/** No page is asked for that is not needed for so many. */
export async function firstOf<T>(limit: number, items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of items) {
    if (found.push(each) >= limit) break;
  }
  return found;
}
