/** A request as the wire takes it: the last check before anything leaves, whatever was checked at save. */
import type { HttpRequest } from '../contracts/http.ts';
import {
  headerNameProblem,
  headerValueProblem,
  isFramingHeader,
} from '../domain/platform/headers.ts';
import { checkTarget, type TargetPolicy } from '../domain/platform/target.ts';
import type { Checked, Problem } from '../domain/words/problem.ts';
import { remembered } from '../domain/words/remembered.ts';

/** Where a URL leads, after its check. */
interface WireTarget {
  readonly origin: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

export interface WireRequest extends WireTarget {
  readonly method: HttpRequest['method'];
  /** Names and values by turns. */
  readonly headers: string[];
  readonly body: Uint8Array | null;
}

const METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']);
const MAX_TIMEOUT_MS = 120_000;

/** Checks requests. All requests of an action have one URL, which is checked with the first of them. */
export class WireRequests {
  readonly #target: (url: string) => Checked<WireTarget>;

  constructor(policy: TargetPolicy) {
    this.#target = remembered(64, (url) => targetOf(url, policy));
  }

  /** The request on the wire, or the first reason to refuse it. No reason holds a value, a query or a body. */
  check(request: HttpRequest): Checked<WireRequest> {
    const target = this.#target(request.url);
    if (!target.ok) return target;
    const problem = headersProblem(request.headers) ?? limitsProblem(request);
    if (problem !== undefined) return { ok: false, problems: [problem] };
    const headers = Object.entries(request.headers).flat();
    return {
      ok: true,
      value: {
        ...target.value,
        method: request.method,
        // Answers are small, and a compressed one costs its sender and us more than it saves.
        headers: [...headers, 'accept-encoding', 'identity'],
        body: request.body ?? null,
      },
    };
  }
}

function targetOf(text: string, policy: TargetPolicy): Checked<WireTarget> {
  const url = URL.parse(text);
  if (url === null || /[\p{Cc}\\ ]/u.test(text)) {
    return refuse(
      'invalid-url',
      'The URL of the request is not a valid absolute URL. Check the base URL and the path.',
    );
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return refuse(
      'invalid-url',
      'The URL of the request holds credentials or a fragment. Remove them from the base URL.',
    );
  }
  const problem = checkTarget(url, policy);
  if (problem !== undefined) return { ok: false, problems: [problem] };
  return {
    ok: true,
    value: { origin: url.origin, host: url.hostname, path: url.pathname + url.search },
  };
}

function headersProblem(headers: HttpRequest['headers']): Problem | undefined {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const problem = headerNameProblem(name) ?? headerValueProblem(name, value);
    if (problem !== undefined) return problem;
    if (isFramingHeader(name) || seen.has(name.toLowerCase())) {
      return {
        code: 'header-reserved',
        message: `The header ${name} is written by the sender, or stands twice. Remove it.`,
      };
    }
    seen.add(name.toLowerCase());
  }
  return undefined;
}

function limitsProblem(request: HttpRequest): Problem | undefined {
  const { method, timeoutMs, notAfter } = request;
  if (
    METHODS.has(method) &&
    timeoutMs >= 1 &&
    timeoutMs <= MAX_TIMEOUT_MS &&
    !Number.isNaN(notAfter)
  ) {
    return undefined;
  }
  return {
    code: 'invalid-request',
    message: `The request needs a method of ${[...METHODS].join(', ')}, 1 to ${MAX_TIMEOUT_MS} ms, and an instant until when it may be sent. Check the destination's method and time-out.`,
  };
}

function refuse(code: string, message: string): Checked<never> {
  return { ok: false, problems: [{ code, message }] };
}
