/** What became of each record of a run. */

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Outcome } from '../../../shared/contracts/counts.ts';
import { Id } from '../../../shared/contracts/json.ts';
import { LogAction, LogRecord } from '../../../shared/contracts/sync-log.ts';
import { csvHeader, csvLine } from '../../../shared/domain/run/record-csv.ts';
import type { LoggedRecord } from '../../../shared/ports/record-log.ts';
import { type ApiEnvironment, callerOf } from '../asked.ts';
import { type Page, PageQuery, pageSchema, pagingOf } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { always, notFound, refusals } from '../problem.ts';
import { runRecords } from '../run-records.ts';
import { membersShown } from '../shown-members.ts';
import { RunId } from './runs.ts';

const mostRecords = 5_000;

const Query = PageQuery.extend({
  limit: z
    .string()
    .regex(/^([1-9]\d{0,2}|[1-4]\d{3}|5000)$/, `use a number from 1 to ${mostRecords}`)
    .default('50')
    .describe(`Records of a page at most, from 1 to ${mostRecords}.`)
    .meta({ examples: ['100'] }),
  outcome: z
    .enum([...Outcome.options, 'failed'])
    .optional()
    .describe('What became of it; `failed`: any but delivered.'),
  action: LogAction.optional().describe('`none`: rows of which no change could be made.'),
  key: z
    .string()
    .min(1)
    .max(2_048)
    .optional()
    .describe(
      'A member by the plain key, also where the log has keys hashed. Of several columns: a JSON array, as the log has it.',
    ),
  code: z.string().min(1).max(128).optional().describe('Why it failed.'),
  format: z
    .enum(['json', 'csv', 'ndjson'])
    .default('json')
    .describe(
      'CSV has a header line (RFC 4180); NDJSON an object a line. The header Link then names the next page.',
    ),
});

const Moment = z.iso.datetime().nullable();

export const RecordView = LogRecord.extend({
  place: z
    .int()
    .nonnegative()
    .describe('In the log of its run, from 0: it names the record for as long as the log is kept.'),
  httpStatus: z.int().nullable().describe('Of the last answer; null where there was none.'),
  request: z.string().nullable().describe("The request's idempotency key."),
  firstAt: Moment,
  lastAt: Moment,
  rows: z.int().describe('Rows of the snapshot it stands for.'),
  file: z.string().nullable().describe('Where the rows stand that have no key.'),
}).meta({ id: 'Record' });
export type RecordView = z.infer<typeof RecordView>;

const Records = pageSchema(RecordView, 'RecordPage')
  .extend({
    none: z
      .strictObject({ code: z.string(), message: z.string() })
      .optional()
      .describe('Why the run has no log; absent where it has one.'),
  })
  .meta({ id: 'Records' });

const list = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs/{run}/records',
  operationId: 'listRecords',
  summary: 'What became of each record of a run',
  description:
    'In the order of the keys as the log has them. Members whose record had not changed are not logged.',
  tags: ['Runs'],
  request: { params: z.object({ id: Id, run: RunId }), query: Query },
  responses: {
    200: {
      description: 'A page of records',
      headers: z.object({
        link: z.string().optional().describe('Of CSV and NDJSON: the next page, if there is one.'),
      }),
      content: {
        'application/json': { schema: Records },
        'text/csv': { schema: z.string().describe('A header line, and a line of each record.') },
        'application/x-ndjson': { schema: z.string().describe('A `Record` a line.') },
      },
    },
    ...always,
    404: refusals[404],
  },
});

export function recordRoutes(ports: ApiPorts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.openapi(list, async (context) => {
    const { id: sync, run: id } = context.req.valid('param');
    const { limit, after, format, ...asked } = context.req.valid('query');
    const paging = pagingOf(ports.digest, context.req.url, { limit, after });
    const run = await ports.runs.getRun(sync, id);
    if (!run) throw notFound(`run "${id}" of the sync "${sync}"`);
    const found = await runRecords(ports, run, {
      ...asked,
      limit: paging.limit,
      after: paging.after === undefined ? undefined : Number(paging.after),
    });
    const { records, next } = 'none' in found ? nothing : found.page;
    const items = records.map(recordView);
    const page = paging.shown({ items, next: next === undefined ? undefined : String(next) });
    const look = { kind: 'run', thing: `${sync}/${id}/records` } as const;
    const headers = await membersShown(ports, callerOf(context), look);
    if (format !== 'json') return lines(context.req.url, id, page, format, headers);
    const none = 'none' in found ? { none: found.none } : {};
    return context.json({ ...page, ...none }, 200, headers);
  });
  return app;
}

const nothing = { records: [], next: undefined };

const types = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/** A page as a file: its own place goes on in a header. */
function lines(
  url: string,
  run: string,
  { items, next }: Page<RecordView>,
  format: keyof typeof types,
  kept: Readonly<Record<string, string>>,
): Response {
  const all =
    format === 'csv'
      ? [csvHeader, ...items.map((item) => csvLine(run, item))]
      : items.map((item) => JSON.stringify({ run, ...item }));
  const end = format === 'csv' ? '\r\n' : '\n';
  const headers = new Headers({ 'content-type': types[format], ...kept });
  if (next !== undefined) headers.set('link', `<${nextOf(url, next)}>; rel="next"`);
  return new Response(all.map((line) => `${line}${end}`).join(''), { headers });
}

function nextOf(url: string, next: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set('after', next);
  return `${pathname}?${searchParams}`;
}

const moment = (at: number | null) => (at === null ? null : new Date(at).toISOString());

export const recordView = (record: LoggedRecord): RecordView => ({
  ...record,
  firstAt: moment(record.firstAt),
  lastAt: moment(record.lastAt),
});
