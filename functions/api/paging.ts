/** Lists come in pages: `{items, next?}`; `next` goes into `after` of the next request. */
import { z } from '@hono/zod-openapi';

const maxPage = 100;

export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, `use a number from 1 to ${maxPage}`)
    .default('50')
    .describe(`Items of a page at most, from 1 to ${maxPage}.`),
  after: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('What `next` of the page before said; without it the list begins.'),
});
export type PageQuery = z.infer<typeof PageQuery>;

export const pageSchema = <T extends z.ZodType>(item: T, id: string) =>
  z
    .strictObject({
      items: z.array(item),
      next: z.string().optional().describe('Absent on the last page.'),
    })
    .meta({ id });

export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

/** From one item more than the page takes: whether there is another page shows by it. */
export async function pageOf<T>(
  { limit, after }: PageQuery,
  list: (limit: number, after: string | undefined) => Promise<readonly T[]>,
  cursorOf: (item: T) => string,
): Promise<Page<T>> {
  const size = Number(limit);
  const found = await list(size + 1, after);
  const items = found.slice(0, size);
  const last = items.at(-1);
  return found.length > size && last !== undefined ? { items, next: cursorOf(last) } : { items };
}
