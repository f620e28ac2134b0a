/** The rows of chunks, plan and outcomes. */

import { z } from 'zod';
import { Outcome, Sent } from './counts.ts';
import { Instant } from './json.ts';

export const ChangeAction = z.enum(['insert', 'update', 'delete']);
export type ChangeAction = z.infer<typeof ChangeAction>;

/** One line of a chunk: gzip NDJSON, in key order; a line's number is the change's position. */
export const ChunkLine = z.strictObject({
  key: z.string(),
  action: ChangeAction,
  /** The record as JSON text. */
  record: z.string(),
  /** By which the platform knows the record, as far as the mirror has them. */
  ids: z.array(z.string()).min(1).optional(),
});
export type ChunkLine = z.infer<typeof ChunkLine>;

/** As `ChunkLine`, in a tenth of the time for lines that are right: a chunk has thousands. */
export const QuickChunkLine = {
  parse: (line: unknown): ChunkLine => (isChunkLine(line) ? line : ChunkLine.parse(line)),
};

const isChunkLine = (line: unknown): line is ChunkLine =>
  typeof line === 'object' &&
  line !== null &&
  'key' in line &&
  typeof line.key === 'string' &&
  'record' in line &&
  typeof line.record === 'string' &&
  'action' in line &&
  (line.action === 'insert' || line.action === 'update' || line.action === 'delete') &&
  Object.keys(line).length === 3;

/** One line of what a sender learnt of the platform's ids: those of the change at this position; none: it lacks the record. */
export const IdsLine = z.strictObject({
  position: z.number().int().nonnegative(),
  ids: z.array(z.string()),
  /** Of several lines for one position the latest counts. */
  at: Instant,
});
export type IdsLine = z.infer<typeof IdsLine>;

/**
 * One line of the items of a chunk, in their order: a change with one of the platform's ids, or one that is an insert now, or
 * is not sent.
 */
export const ItemLine = z.strictObject({
  position: z.number().int().nonnegative(),
  id: z.string().optional(),
  /** An update of whom the platform lacks. */
  as: z.literal('insert').optional(),
  /** Of what no request is made. */
  outcome: z.enum(['delivered', 'uncertain', 'rejected', 'invalid']).optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
});
export type ItemLine = z.infer<typeof ItemLine>;

/** One line of an outcomes object: positions `from` (inclusive) to `to` (exclusive) of a chunk with one outcome. */
export const OutcomeLine = z.strictObject({
  from: z.number().int().nonnegative(),
  to: z.number().int().positive(),
  outcome: Outcome,
  code: z.string(),
  /** Empty where there is nothing to explain. */
  reason: z.string(),
  /** HTTP status of the last answer; 0 where there was none. */
  status: z.number().int().nonnegative(),
  /** The request's idempotency key; empty where nothing was sent. */
  request: z.string(),
  attempts: z.number().int().nonnegative(),
  firstAt: Instant,
  lastAt: Instant,
  /** On the first line: of the whole object. In progress: by this sender alone. */
  sent: Sent.optional(),
});
export type OutcomeLine = z.infer<typeof OutcomeLine>;

/** Why a request is not made again as it is, but in halves. */
export const Halved = z.enum(['refused', 'too-large']);
export type Halved = z.infer<typeof Halved>;

/** A request that the platform accepted as a job, and of which it has not yet said what became of it. */
export const OpenJob = z.strictObject({
  id: z.string().min(1).max(1_000),
  /** The action whose request it was. */
  uses: ChangeAction,
  acceptedAt: Instant,
  /** When it is asked about next. */
  askAt: Instant,
  /** Its deadline. */
  until: Instant,
  /** It is accepted within the phase's session, whose id this is: its commit decides. */
  inSession: z.literal(true).optional(),
  /** Questions in a row that nobody could read an answer from. */
  failures: z.number().int().nonnegative(),
  /** Positions of the chunk that the request held, in its order, each part from (inclusive) to (exclusive). */
  parts: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().positive()])).min(1),
});
export type OpenJob = z.infer<typeof OpenJob>;

/** One line of a progress object. `open`: tried, and to be tried again; its outcome is what it would be if not. */
export const ProgressLine = OutcomeLine.extend({
  open: z.boolean(),
  halved: Halved.optional(),
  /** How often an answer named some of its records, which are settled: it goes on as one request without them. */
  named: z.number().int().positive().optional(),
  /** Accepted, and not yet known: it is not made again, but asked about. */
  job: OpenJob.optional(),
  /** Its places are those of the chunk's items. */
  items: z.literal(true).optional(),
  /** Tries that failed; a wait the platform asked for is none. */
  failures: z.number().int().nonnegative(),
});
export type ProgressLine = z.infer<typeof ProgressLine>;
