/** Problem details (RFC 9457): how every request that fails is answered. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import {
  ConfigurationError,
  PassingError,
  SnapshotError,
  summarise,
} from '../../shared/domain/words/errors.ts';
import type { ApiEnvironment } from './asked.ts';

/** One field that is wrong. */
export const FieldProblem = z
  .strictObject({
    pointer: z
      .string()
      .describe('Where in the body (RFC 6901); empty for the whole, and for what is not in it.'),
    path: z
      .string()
      .describe('The same place in words: `mappings.EMAIL`, `query.limit`, `header.if-match`.'),
    code: z.string().describe('Stable; `GET /v1/problems/{code}` explains it.'),
    message: z.string().describe('What is wrong, and what to do. Holds no value of a person.'),
    line: z.int().positive().optional().describe('Of a template or rule: the line, from 1.'),
    column: z
      .int()
      .positive()
      .optional()
      .describe('In that line, from 1, in UTF-16 units as editors count them.'),
  })
  .meta({ id: 'FieldProblem', description: 'One field that is wrong.' });
export type FieldProblem = z.infer<typeof FieldProblem>;

const ProblemDetails = z
  .strictObject({
    type: z.string().describe('Where the code is explained, below the address of the API.'),
    title: z.string().describe('Of the status.'),
    status: z.int().describe('Of the answer.'),
    detail: z.string().describe('What is wrong, and what to do. Holds no value of a person.'),
    code: z.string().describe('Stable; the runbook has a section for each.'),
    requestId: z.string().describe('Of this request, as in the header X-Request-Id and the logs.'),
    problems: z.array(FieldProblem).optional().describe('All fields that are wrong, at most 100.'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });
type ProblemDetails = z.infer<typeof ProblemDetails>;

const titles = {
  400: 'The request is not as it must be',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not a method of this path',
  409: 'In conflict with what is there',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Not JSON in UTF-8',
  422: 'Can not be done as it stands',
  428: 'A condition is missing',
  429: 'Too many requests',
  500: 'A fault of Audience Mirror',
  503: 'Not available at the moment',
} as const;
export type ProblemStatus = keyof typeof titles;

export interface RefusalDetails {
  readonly code: string;
  /** Ends with the mend; holds no secret and no person's value. */
  readonly detail: string;
  readonly problems?: readonly FieldProblem[] | undefined;
  /** Of the answer; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that is answered with a problem. */
export class Refusal extends Error {
  readonly status: ProblemStatus;
  readonly details: RefusalDetails;

  constructor(status: ProblemStatus, details: RefusalDetails) {
    super(details.detail);
    this.name = 'Refusal';
    this.status = status;
    this.details = details;
  }
}

export const notFound = (what: string): Refusal =>
  new Refusal(404, { code: 'not-found', detail: `There is no ${what}. Check its id.` });

/** Errors that say that the sync or its run is in another state than the request takes it to be. */
const conflicts = new Set([
  'run-open',
  'run-not-held',
  'approval-outdated',
  'stored-unreadable',
  'format-newer',
]);

/** What any error is answered with; of those that are not ours, nothing but that they happened. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof HTTPException) return error.status === 415 ? notJson() : unreadable();
  const { code, message: detail } = summarise(error);
  if (conflicts.has(code)) return new Refusal(409, { code, detail });
  if (error instanceof ConfigurationError || error instanceof SnapshotError) {
    const problems =
      code === 'name-taken'
        ? [{ pointer: '/name', path: 'name', code, message: detail }]
        : undefined;
    return new Refusal(statusOf(code), { code, detail, problems });
  }
  if (error instanceof PassingError) return new Refusal(503, { code, detail });
  return new Refusal(500, {
    code: 'unexpected',
    detail:
      'Something unexpected happened here. Try again; if it persists, look for the requestId in the log of the function api.',
  });
}

/** Of errors whose author can mend something; what is there but can't be used is 422. */
function statusOf(code: string): ProblemStatus {
  switch (code) {
    case 'sync-unknown':
    case 'destination-unknown':
      return 404;
    case 'exists-already':
    case 'name-taken':
      return 409;
    case 'version-outdated':
      return 412;
    case 'configuration-too-large':
      return 413;
    default:
      return 422;
  }
}

export const notJson = (): Refusal =>
  new Refusal(415, {
    code: 'not-json',
    detail:
      'The body must be JSON in UTF-8, not compressed. Send it with the header Content-Type: application/json, or application/merge-patch+json where it is a patch.',
  });

/** @param problems at most those that are worth reading */
export const requestInvalid = (problems: readonly FieldProblem[]): Refusal =>
  new Refusal(400, {
    code: 'request-invalid',
    detail: 'The request can not be taken as it is. Correct what "problems" names.',
    problems,
  });

export const unreadable = (): Refusal =>
  new Refusal(400, {
    code: 'body-unreadable',
    detail: 'The body is no JSON in UTF-8. Correct it.',
  });

/** Whoever mends these sees the next. */
const mostProblems = 100;

export function answerProblem(
  context: Context<ApiEnvironment>,
  { status, details }: Refusal,
): Response {
  const { problems, headers, ...rest } = details;
  const problem: ProblemDetails = {
    type: `/v1/problems/${rest.code}`,
    title: titles[status],
    status,
    ...rest,
    requestId: context.get('requestId'),
    ...(problems && { problems: problems.slice(0, mostProblems) }),
  };
  return context.body(JSON.stringify(problem), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 503 && { 'retry-after': '5' }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...headers,
  });
}

const answer = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDetails } },
});

/** The problems by status, for the routes to say which they answer. */
export const refusals = {
  400: answer(titles[400]),
  401: answer(titles[401]),
  403: answer(titles[403]),
  404: answer(titles[404]),
  405: answer(titles[405]),
  409: answer(titles[409]),
  412: answer(titles[412]),
  413: answer(titles[413]),
  415: answer(titles[415]),
  422: answer(titles[422]),
  428: answer(titles[428]),
  429: answer(titles[429]),
  500: answer(titles[500]),
  503: answer(titles[503]),
} as const satisfies Record<ProblemStatus, unknown>;

/** What every route may answer. */
export const always = {
  400: refusals[400],
  401: refusals[401],
  429: refusals[429],
  500: refusals[500],
  503: refusals[503],
} as const;

/** What every route may answer that is not GET. */
export const writing = {
  ...always,
  403: refusals[403],
  413: refusals[413],
  415: refusals[415],
} as const;

/** What every change of an existing thing may answer. */
export const editing = {
  ...writing,
  404: refusals[404],
  412: refusals[412],
  428: refusals[428],
} as const;
