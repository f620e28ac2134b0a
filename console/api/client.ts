/** The API by its document: what is refused is thrown in the API's own words. */
import createClient, { type Middleware } from 'openapi-fetch';
import { say } from '../words/text.ts';
import { answered, notReached } from './reach.ts';
import type { FieldProblem, paths } from './schema.d.ts';
import { storedToken } from './session.ts';

/** What a request was refused for. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly FieldProblem[];

  constructor(
    status: number,
    code: string,
    detail: string,
    problems: readonly FieldProblem[] = [],
  ) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

const watching: Middleware = {
  onRequest({ request }) {
    const token = storedToken();
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok || response.status === 304) {
      answered(response.status);
      return;
    }
    const error = await problemOf(response);
    answered(response.status, error.code);
    throw error;
  },
  onError() {
    notReached();
    return new ApiError(0, 'not-reached', say('error.notReached'));
  },
};

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, detail, problems } = (body ?? {}) as {
    code?: string;
    detail?: string;
    problems?: FieldProblem[];
  };
  const said = detail ?? say('error.unexplained', { status: String(response.status) });
  return new ApiError(response.status, code ?? 'unexpected', said, problems);
}

export const api = createClient<paths>({ baseUrl: '/v1' });
api.use(watching);

/** The body of an answer that was no refusal. */
export function given<T>({ data }: { data?: T }): T {
  if (data === undefined) throw new ApiError(0, 'unexpected', say('error.empty'));
  return data;
}

/** The API's own words; of anything else that it happened. */
export const errorOf = (error: unknown): { code: string; message: string } =>
  error instanceof ApiError
    ? { code: error.code, message: error.message }
    : { code: 'unexpected', message: say('error.page') };
