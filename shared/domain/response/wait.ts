/**
 * Waits that an answer names in its headers: Retry-After (RFC 9110, section 10.2.3), its forms in milliseconds, the
 * RateLimit fields of the IETF (draft-ietf-httpapi-ratelimit-headers, with and without structured values), and the reset
 * headers that platforms had before them, in seconds from now or as a moment.
 */

type Headers = Readonly<Record<string, string>>;

const longestMs = 86_400_000;

const millisecondHeaders = ['retry-after-ms', 'x-ms-retry-after-ms'];
const remainingHeaders = ['ratelimit-remaining', 'x-ratelimit-remaining', 'x-rate-limit-remaining'];
const resetHeaders = [
  'ratelimit-reset',
  'x-ratelimit-reset',
  'x-rate-limit-reset',
  'x-ratelimit-reset-after',
];

/** Milliseconds from now, at most a day; undefined where no header names a wait. `now`: epoch milliseconds. */
export function waitIn(headers: Headers, now: number): number | undefined {
  const asked = waitOf(headers['retry-after'], now);
  if (asked !== undefined) return asked;
  for (const name of millisecondHeaders) {
    const milliseconds = numberOf(headers[name]);
    if (milliseconds !== undefined) return bounded(milliseconds);
  }
  const { remaining, reset } = rateLimit(headers);
  // A window that is not used up is not the one to wait for.
  return reset === undefined || (remaining ?? 0) > 0 ? undefined : untilReset(reset, now);
}

/** Of Retry-After: milliseconds from now, at most a day; undefined where the header is absent or unreadable. */
export function waitOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const text = retryAfter.trim();
  // An engine makes a date of nearly any text with a number in it; the dates of HTTP begin with the name of a day.
  const isDate = /^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?[ ,]/i.test(text);
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(isDate ? text : '') - now;
  return Number.isNaN(wait) ? undefined : bounded(wait);
}

interface RateLimit {
  readonly remaining: number | undefined;
  readonly reset: number | undefined;
}

function rateLimit(headers: Headers): RateLimit {
  const first = (names: readonly string[]) =>
    names.map((name) => numberOf(headers[name])).find((value) => value !== undefined);
  const field = headers['ratelimit'] ?? '';
  // `"default";r=0;t=30`, and `limit=100, remaining=0, reset=30` before it.
  const within = (names: string) =>
    numberOf(new RegExp(`(?:^|[;,\\s])(?:${names})\\s*=\\s*(\\d+)`, 'i').exec(field)?.[1]);
  return {
    remaining: within('r|remaining') ?? first(remainingHeaders),
    reset: within('t|reset') ?? first(resetHeaders),
  };
}

/** The first of several; digits with a fraction. */
function numberOf(text: string | undefined): number | undefined {
  const [first = ''] = (text ?? '').split(',', 1);
  const digits = first.trim();
  return /^\d{1,14}(\.\d{1,9})?$/.test(digits) ? Number(digits) : undefined;
}

/** No platform asks for a wait of thirty years: a number that large is a moment, in seconds or milliseconds. */
const leastMoment = 1_000_000_000;

const longestWaitSeconds = 86_400;
const lastMoment = 1e13;

/** Of what a rule gives: at most a day in seconds, or a moment. */
export const isWaitOrMoment = (value: number): boolean =>
  value <= longestWaitSeconds || (value >= leastMoment && value < lastMoment);

/** Milliseconds from now, at most a day. `reset`: seconds from now, or a moment in seconds or milliseconds. */
export function untilReset(reset: number, now: number): number {
  if (reset < leastMoment) return bounded(reset * 1_000);
  return bounded((reset < leastMoment * 1_000 ? reset * 1_000 : reset) - now);
}

const bounded = (wait: number): number => Math.min(Math.max(wait, 0), longestMs);
