/**
 * OAuth 2.0: client credentials (RFC 6749, section 4.4), refresh tokens (section 6) and assertions (RFC 7523): the request for
 * a token, and the reading of its answer.
 */

import { z } from 'zod';
import type { OAuth2 } from '../../contracts/authentication.ts';
import type { HttpAnswer, HttpRequest } from '../../contracts/http.ts';
import { isRedirect, redirectTarget } from '../response/fate.ts';
import { waitOf } from '../response/wait.ts';
import { ConfigurationError, PassingError } from '../words/errors.ts';
import { basicCredentials } from './authentication.ts';
import { headerValueProblem, userAgent } from './headers.ts';

export interface AccessToken {
  readonly value: string;
  /** Epoch milliseconds from which it is not used any more. */
  readonly renewAt: number;
  /** The one that takes the place of the refresh token used, where the server gave one. */
  readonly refreshToken?: string;
}

/** Before it expires: a request may be on its way for a while. */
const marginMs = 60_000;
/** Where the answer names no lifetime; a 401 renews it earlier. */
const assumedLifetimeMs = 300_000;
const longestLifetimeMs = 86_400_000;

/** What of a secret a grant takes; `assertion` is made of the private key. */
export interface GrantValues {
  readonly clientSecret?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly assertion?: string | undefined;
  /** The destination's own parameters, with the values of the secret in them. */
  readonly parameters: Readonly<Record<string, string>>;
}

export function tokenRequest(
  oauth2: OAuth2,
  values: GrantValues,
): Pick<HttpRequest, 'method' | 'url' | 'headers'> & { readonly body: Uint8Array } {
  const { clientId, scope, audience, clientAuthentication, tokenUrl } = oauth2;
  const form = new URLSearchParams(grantForm(oauth2, values));
  // RFC 7523: of an assertion the scope is a claim; a form has it, too, for the servers that look there.
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  for (const [name, value] of Object.entries(values.parameters)) form.set(name, value);
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    'user-agent': userAgent,
  };
  const { clientSecret } = values;
  if (clientSecret === undefined) {
    if (oauth2.grant !== 'jwtBearer') form.set('client_id', clientId);
  } else if (clientAuthentication === 'basic') {
    headers['authorization'] = basicCredentials(formEncoded(clientId), formEncoded(clientSecret));
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  const body = new TextEncoder().encode(form.toString());
  return { method: 'POST', url: tokenUrl, headers, body };
}

function grantForm(
  { grant }: OAuth2,
  { refreshToken = '', assertion = '' }: GrantValues,
): Record<string, string> {
  switch (grant) {
    case 'clientCredentials':
      return { grant_type: 'client_credentials' };
    case 'refreshToken':
      return { grant_type: 'refresh_token', refresh_token: refreshToken };
    case 'jwtBearer':
      return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  }
}

/** An hour is the most that authorization servers take. */
const assertionSeconds = 3_600;

/** Header and claims of an assertion (RFC 7519, RFC 7523 section 3), each in base64url and joined: what is signed. */
export function unsignedAssertion(
  { clientId, scope, tokenUrl, assertion }: OAuth2,
  now: number,
): string {
  const { algorithm = 'RS256', keyId, subject, audience = tokenUrl } = assertion ?? {};
  const issuedAt = Math.floor(now / 1_000);
  const header = { alg: algorithm, typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) };
  const claims = {
    iss: clientId,
    sub: subject ?? clientId,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + assertionSeconds,
    ...(scope !== undefined && { scope }),
  };
  return `${base64Url(JSON.stringify(header))}.${base64Url(JSON.stringify(claims))}`;
}

const base64Url = (text: string): string => Buffer.from(text).toString('base64url');

/** RFC 6749, section 2.3.1: both are encoded as in a form before they are joined. */
const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  // `BearerToken` and `bearer_token` are sent as Bearer, too: only another scheme is another way to send it.
  token_type: z
    .string()
    .regex(/bearer/i)
    .nullish(),
  refresh_token: z.string().min(1).max(8_192).optional().catch(undefined),
  // Seconds; some servers write a text, and 0 or -1 where they know of no end.
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});

/**
 * `askedAt`: epoch milliseconds.
 * @throws ConfigurationError `token-refused`, `token-unreadable`, or what the sender refused it for
 * @throws PassingError `token-unavailable`, with the wait the server asked for
 */
export function readToken(answer: HttpAnswer, tokenUrl: string, askedAt: number): AccessToken {
  const host = URL.parse(tokenUrl)?.host ?? '';
  if (answer.kind === 'none' || (answer.kind === 'refused' && passingRefusals.has(answer.code))) {
    throw unavailable(host, `gave no answer (${answer.code})`);
  }
  if (answer.kind === 'refused') {
    const message = `The token URL was not called. ${answer.reason}`;
    throw new ConfigurationError(answer.code, message);
  }
  const { status } = answer;
  if (passing.has(status) || status >= 500) {
    throw unavailable(host, `answered ${status}`, waitAskedFor(answer, askedAt));
  }
  if (isRedirect(status)) throw elsewhere(host, redirectTarget(answer.headers, tokenUrl));
  const json = parsed(answer.body);
  if (status < 200 || status > 299) throw refusal(host, status, json);
  const token = TokenAnswer.safeParse(json);
  if (!token.success || headerValueProblem('authorization', token.data.access_token)) {
    throw new ConfigurationError(
      'token-unreadable',
      `${host} answered ${status} without a bearer token in JSON. Check the token URL of the destination's authentication.`,
    );
  }
  const { access_token: value, expires_in: seconds, refresh_token: refreshToken } = token.data;
  const renewAt = askedAt + usableMs(seconds);
  return { value, renewAt, ...(refreshToken !== undefined && { refreshToken }) };
}

/** A short-lived token is used for half its life at least. */
function usableMs(seconds: number | undefined): number {
  if (seconds === undefined) return assumedLifetimeMs;
  const lifetime = Math.min(seconds * 1_000, longestLifetimeMs);
  return Math.max(lifetime - marginMs, lifetime / 2);
}

const passing = new Set([408, 425, 429]);
const passingRefusals = new Set(['too-late', 'closed']);

const tooMany = 429;

/** As a platform's own: Retry-After, and 429 is a wait even where it names none. */
function waitAskedFor(
  { status, headers }: Extract<HttpAnswer, { kind: 'answer' }>,
  now: number,
): number | undefined {
  return waitOf(headers['retry-after'], now) ?? (status === tooMany ? 0 : undefined);
}

const unavailable = (host: string, what: string, waitMs?: number) =>
  new PassingError(
    'token-unavailable',
    `${host} ${what} when it was asked for an access token, so the request was not sent. If it persists, ask those who run the authorization server.`,
    waitMs === undefined ? {} : { waitMs },
  );

/** Not followed: the client's secret goes to no address that the destination does not name. */
const elsewhere = (host: string, place: string) =>
  new ConfigurationError(
    'token-refused',
    `${host} sends whoever asks for an access token on to ${place}, and the client secret is sent nowhere but where the destination says, so nothing was sent. If that address is right, write it into the token URL of the destination's authentication.`,
  );

/** RFC 6749, section 5.2; any other text of the answer may repeat what it was sent. */
const ErrorAnswer = z.object({
  error: z.enum([
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
  ]),
});

function refusal(host: string, status: number, json: unknown): ConfigurationError {
  const known = ErrorAnswer.safeParse(json);
  const said = known.success ? `${status} (${known.data.error})` : `${status}`;
  return new ConfigurationError(
    'token-refused',
    `${host} answered ${said} when it was asked for an access token, so nothing was sent. Check the token URL, the client's id, scope and audience, and the client secret in the secret store.`,
  );
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
