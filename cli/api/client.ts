/** One request to the API and what it answered; what it refuses becomes an error that says so in its words. */
import type { request } from 'undici';
import { z } from 'zod';
import { ConfigurationError, PassingError } from '../../shared/domain/words/errors.ts';
import type { PathProblem } from '../yaml/read.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the version, from `/`, with its ids encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** ETag of what is changed. */
  readonly ifMatch?: string;
}

export interface ApiAnswer {
  readonly body: unknown;
  /** Undefined where the answer has none. */
  readonly etag: string | undefined;
}

/** @throws ApiRefusal, PassingError `api-unreachable`, `api-failed`, `api-unreadable` */
export interface Api {
  readonly url: string;
  send(request: ApiRequest): Promise<ApiAnswer>;
}

/** `pointer`: where in the body. */
export interface PointedProblem extends PathProblem {
  readonly pointer: string;
}

/** The API understood and said no. */
export class ApiRefusal extends ConfigurationError {
  readonly status: number;
  readonly problems: readonly PointedProblem[];

  constructor(status: number, code: string, message: string, problems: readonly PointedProblem[]) {
    super(code, message);
    this.status = status;
    this.problems = problems;
  }
}

/** A request as it is about to be sent; gives the headers that prove who sends it. */
export type Authorise = (request: {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}) => Promise<Readonly<Record<string, string>>>;

const ProblemDetails = z.object({
  detail: z.string().optional(),
  /** API Gateway's own words. */
  message: z.string().optional(),
  code: z.string().default('refused'),
  problems: z
    .array(
      z.object({
        pointer: z.string().default(''),
        path: z.string().default(''),
        code: z.string(),
        message: z.string(),
      }),
    )
    .default([]),
});

/** A run may take long, a request of it may not. */
const timeoutMs = 60_000;
const tries = 4;
const pauseMs = 500;

/** Of the API that this command line speaks. */
const version = '/v1';

export function createApi(
  url: string,
  authorise: Authorise,
  sleep: (ms: number) => Promise<unknown>,
  send: Send = overHttp,
): Api {
  return {
    url,
    async send(wanted) {
      for (let attempt = 1; ; attempt++) {
        const answer = await exchange({ url, authorise, send }, wanted);
        const isPassing =
          answer.status === 429 || (answer.status === 503 && wanted.method === 'GET');
        if (isPassing && attempt < tries) await sleep(pauseMs * 2 ** attempt);
        else return taken(wanted, answer);
      }
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly text: string;
}

interface Way {
  readonly url: string;
  readonly authorise: Authorise;
  readonly send: Send;
}

async function exchange({ url: base, authorise, send }: Way, wanted: ApiRequest) {
  const url = urlOf(base, wanted);
  const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
  const headers = {
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(wanted.ifMatch && { 'if-match': wanted.ifMatch }),
  };
  const { method } = wanted;
  const proof = await authorise({ method, url, headers, body });
  return send(url, { method, headers: { ...headers, ...proof }, body: body ?? null });
}

function urlOf(base: string, { path, query = {} }: ApiRequest): URL {
  const url = new URL(`${base.replace(/\/+$/, '')}${version}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

export interface SentRequest {
  readonly method: ApiRequest['method'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** How requests reach the API. */
export type Send = (url: URL, sent: SentRequest) => Promise<RawAnswer>;

type Options = NonNullable<Parameters<typeof request>[1]>;

async function overHttp(
  url: URL,
  { method, headers: given, body: sent }: SentRequest,
): Promise<RawAnswer> {
  // Loaded when asked, and by its one export: a bundle of such a package knows no other.
  const { default: undici } = await import('undici');
  const options: Options = { method, headers: given, body: sent };
  try {
    const { statusCode, headers, body } = await undici.request(url, {
      ...options,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const { etag } = headers;
    return {
      status: statusCode,
      etag: typeof etag === 'string' ? etag : undefined,
      text: await body.text(),
    };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
    throw new PassingError(
      'api-unreachable',
      `The API at ${url.origin} did not answer (${reason}). Check that it is running and that this machine reaches it.`,
    );
  }
}

function taken({ method, path }: ApiRequest, { status, etag, text }: RawAnswer): ApiAnswer {
  const body = parseJson(text);
  if (status < 300 && body !== unreadable) return { body, etag };
  const problem = ProblemDetails.safeParse(body);
  if (status >= 300 && status < 500) {
    const { detail, message, code, problems } = problem.data ?? {};
    const said = detail ?? message ?? 'without a word why';
    throw new ApiRefusal(status, code ?? 'refused', refused(status, said), problems ?? []);
  }
  throw new PassingError(
    status < 300 ? 'api-unreadable' : 'api-failed',
    status >= 500 && problem.data?.detail
      ? problem.data.detail
      : `The API answered ${method} ${path} with ${status} and nothing that could be read. Try again; if it persists, check that the address is that of Audience Mirror.`,
  );
}

/** The gateway refuses before our API sees the request, and says little. */
function refused(status: number, said: string): string {
  if (status === 401 || (status === 403 && /^(forbidden|unauthorized)$/i.test(said))) {
    return `The API does not take these credentials (${said}). Check which ones are used, and that they may call it (execute-api:Invoke).`;
  }
  return said;
}

const unreadable = Symbol('unreadable');

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return unreadable;
  }
}
