/** What became of each record of a run, as the API tells from the sync log. */

import { z } from 'zod';
import { Outcome } from '../../shared/contracts/counts.ts';
import { LogAction } from '../../shared/contracts/sync-log.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Api } from './client.ts';
import { pagesOf } from './pages.ts';
import { runPath } from './runs.ts';

/** Moments are ISO 8601. */
export const RecordView = z.object({
  key: z.string().nullish(),
  action: LogAction,
  outcome: Outcome,
  code: z.string().nullish(),
  reason: z.string().nullish(),
  httpStatus: z.number().nullish(),
  request: z.string().nullish(),
  attempts: z.number().default(0),
  firstAt: z.string().nullish(),
  lastAt: z.string().nullish(),
  rows: z.number().default(1),
  file: z.string().nullish(),
});
export type RecordView = z.infer<typeof RecordView>;

const Page = z.object({
  items: z.array(RecordView),
  next: z.string().optional(),
  /** Why there is no log. */
  none: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** A run has no log: nothing was to be logged, or it is not kept. */
export class NoLog extends ConfigurationError {}

export interface RecordFilter {
  readonly outcome?: string | undefined;
  readonly action?: string | undefined;
  readonly key?: string | undefined;
  readonly code?: string | undefined;
}

/**
 * Page by page, so that a log of any size can be read.
 * @throws NoLog where the run has no log
 */
export async function* listRecords(
  api: Api,
  sync: string,
  run: string,
  filter: RecordFilter,
): AsyncGenerator<RecordView> {
  const path = `${runPath(sync, run)}/records`;
  for await (const { none, items } of pagesOf(api, path, Page, { ...filter, limit: '100' })) {
    if (none) throw new NoLog(none.code, none.message);
    yield* items;
  }
}
