/** Which runs a list of runs shows. */
import { z } from '@hono/zod-openapi';
import { type Run, RunPhase } from '../../shared/contracts/run.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import { Moment } from './moment.ts';

export const RunFilter = z.strictObject({
  status: z
    .enum([...RunStatus.options, 'open'])
    .optional()
    .describe('How they ended; `open`: those that go on.'),
  since: Moment.optional().describe('Started at this moment or later.'),
});
export type RunFilter = z.infer<typeof RunFilter>;

export const idOf = ({ id }: { readonly id: string }): string => id;

export const isWanted = ({ status, phase }: Run, wanted: RunFilter): boolean =>
  wanted.status === undefined ||
  (wanted.status === 'open' ? phase !== RunPhase.enum.closed : status === wanted.status);

/** Newest first: from this one on none is wanted. */
export const isBefore = ({ startedAt }: Run, { since }: RunFilter): boolean =>
  since !== undefined && startedAt < Date.parse(since);
