/**
 * Lists come in pages: `{items, next?}`; `next` goes into `after` of the next request. It is opaque: it names the list
 * and its filters by a check, so that one of another list, or one that was altered, is refused and not guessed at.
 */
import { z } from '@hono/zod-openapi';
import type { Unreadable } from '../../shared/ports/listed.ts';
import { type FieldProblem, requestInvalid } from './problem.ts';

const maxPage = 100;

export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, `use a number from 1 to ${maxPage}`)
    .default('50')
    .describe(`Items of a page at most, from 1 to ${maxPage}.`)
    .meta({ examples: ['20'] }),
  after: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe(
      'What `next` of the page before said, for the very same list; without it the list begins.',
    ),
});

const unreadable = z
  .array(
    z
      .strictObject({ id: z.string(), code: z.string(), message: z.string() })
      .meta({ id: 'Unreadable' }),
  )
  .optional()
  .describe(
    'What is stored in the place of this page and can not be read: it is left as it is. Absent where all can be read.',
  );

/** The field of a page, where there is something to tell. */
const unreadableView = (found: readonly Unreadable[]) =>
  found.length === 0 ? {} : { unreadable: found.map(({ id, error }) => ({ id, ...error })) };

export const pageSchema = <T extends z.ZodType>(item: T, id: string) =>
  z
    .strictObject({
      items: z.array(item).describe('In order. With filters a page may have fewer than asked for.'),
      next: z.string().optional().describe('For `after` of the next page; absent on the last.'),
      unreadable,
    })
    .meta({ id, description: 'A page of a list.' });

export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
  readonly unreadable?: { id: string; code: string; message: string }[];
}

/** Where a list goes on, as its store names it: an id, a number. */
export interface Paging {
  readonly limit: number;
  readonly after: string | undefined;
  /** The same page with its place as a cursor. */
  shown<T>(page: StorePage<T>): Page<T>;
}

interface StorePage<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
  readonly unreadable?: readonly Unreadable[];
}

type Digest = (text: string) => string;

/** @throws Refusal 400 where `after` is none of this list */
export function pagingOf(
  digest: Digest,
  url: string,
  { limit, after }: { readonly limit: string; readonly after?: string | undefined },
): Paging {
  const check = (place: string) => digest(`${listOf(url)}\n${place}`).slice(0, checkLength);
  return {
    limit: Number(limit),
    after: after === undefined ? undefined : placeOf(after, check),
    shown: ({ items, next, unreadable: aside = [] }) => ({
      items: [...items],
      ...unreadableView(aside),
      ...(next !== undefined && { next: encoded(`${check(next)}${next}`) }),
    }),
  };
}

const checkLength = 12;

/** The list with its filters. */
function listOf(url: string): string {
  const { pathname, searchParams } = new URL(url);
  const filters = [...searchParams].filter(([name]) => name !== 'limit' && name !== 'after');
  return JSON.stringify([pathname, filters.sort()]);
}

function placeOf(cursor: string, check: Digest): string {
  const text = decoded(cursor);
  const place = text.slice(checkLength);
  if (text.length > checkLength && text.slice(0, checkLength) === check(place)) return place;
  throw requestInvalid([cursorInvalid]);
}

const cursorInvalid: FieldProblem = {
  pointer: '',
  path: 'query.after',
  code: 'setting-invalid',
  message:
    'This is not what `next` of a page of this list said, with these filters. Take that as it is, or leave `after` out to begin anew.',
};

/** Places are ASCII. */
const encoded = (text: string) =>
  btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

function decoded(cursor: string): string {
  try {
    return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}

/** From one item more than the page takes: whether there is another page shows by it. */
export async function pageOf<T>(
  { limit, after }: Pick<Paging, 'limit' | 'after'>,
  list: (limit: number, after: string | undefined) => Promise<StorePage<T>>,
  placeOfItem: (item: T) => string,
): Promise<StorePage<T>> {
  const { items: found, unreadable = [] } = await list(limit + 1, after);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined
    ? { items, unreadable, next: placeOfItem(last) }
    : { items, unreadable };
}

/** Items looked at for one page at most: a filter that fits nothing must not read everything at once. */
const mostLookedAt = 2_000;

/**
 * Those that fit, from as many pages of the store as it takes to fill one. Looks at no more than some thousands: then
 * the page is short, and `next` goes on from there. `over`: from this item on nothing fits any more.
 */
export async function filteredPage<T>(
  { limit, after }: Pick<Paging, 'limit' | 'after'>,
  read: (limit: number, after: string | undefined) => Promise<StorePage<T>>,
  placeOfItem: (item: T) => string,
  fits: (items: readonly T[]) => Promise<readonly T[]> | readonly T[],
  over: (item: T) => boolean = () => false,
): Promise<StorePage<T>> {
  const found: T[] = [];
  const unreadable: Unreadable[] = [];
  let from = after;
  // Where all of them fit, not one more is read than is shown.
  let size = limit;
  for (let seen = 0; seen < mostLookedAt; size = Math.min(size * 2, maxPage)) {
    const page = await read(size, from);
    unreadable.push(...(page.unreadable ?? []));
    const end = page.items.findIndex(over);
    const whole = end < 0 ? page.items : page.items.slice(0, end);
    for (const item of await fits(whole)) {
      const last = found.at(-1);
      if (found.length === limit && last !== undefined)
        return { items: found, unreadable, next: placeOfItem(last) };
      found.push(item);
    }
    if (end >= 0 || page.next === undefined) return { items: found, unreadable };
    from = page.next;
    if (found.length === limit) break;
    seen += page.items.length;
  }
  return { items: found, unreadable, ...(from !== undefined && { next: from }) };
}
