/** How each sync fares, as the API tells it. */
import { z } from 'zod';
import { ErrorSummary } from '../../shared/contracts/counts.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import { plights } from '../../shared/domain/run/plight.ts';
import type { Api } from './client.ts';
import { pagesOf } from './pages.ts';

const count = z.number();

export const Fare = z.object({
  id: z.string(),
  name: z.string(),
  destination: z.string(),
  enabled: z.boolean(),
  status: z.object({
    state: z.enum(plights),
    error: ErrorSummary.optional(),
    lastRun: z
      .object({ id: z.string(), status: RunStatus.optional(), error: ErrorSummary.optional() })
      .optional(),
    openRun: z.string().optional(),
    heldRun: z.string().optional(),
    waiting: z
      .object({ since: z.string(), code: z.string(), reason: z.string(), nextAt: z.string() })
      .optional(),
    guards: z.array(z.object({ code: z.string(), message: z.string() })).optional(),
    data: z.object({ mirroredAt: z.string().optional() }),
    members: count,
    failing: z
      .object({
        refused: count,
        uncertain: count,
        unsent: count,
        invalid: count,
        reasons: z.array(z.object({ code: z.string(), reason: z.string(), count })),
      })
      .optional(),
    nextRuns: z.array(z.string()),
  }),
});
export type Fare = z.infer<typeof Fare>;

const Page = z.object({
  items: z.array(Fare),
  unreadable: z
    .array(z.object({ id: z.string(), code: z.string(), message: z.string() }))
    .default([]),
  next: z.string().optional(),
});
export type Unreadable = z.infer<typeof Page>['unreadable'][number];

export interface Fares {
  readonly items: readonly Fare[];
  /** What is stored of them can't be read. */
  readonly unreadable: readonly Unreadable[];
}

/** From what needs a person most, then by id. */
export async function listFares(api: Api): Promise<Fares> {
  const pages = [];
  for await (const page of pagesOf(api, '/syncs', Page, { limit: '100' })) pages.push(page);
  const rank = ({ status }: Fare) => plights.indexOf(status.state);
  const items = pages
    .flatMap((page) => page.items)
    .sort((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
  return { items, unreadable: pages.flatMap((page) => page.unreadable) };
}
