/** Headers a user may set on the requests of a destination: checked at save, by name and by value. */
import type { BodyKind } from '../../contracts/call.ts';
import type { Problem } from '../words/problem.ts';
import { hasSecret, secretProblems } from './secret-places.ts';

/** `authentication`: the header that carries the API key; its value is a secret and its name may be Authorization. */
export type HeaderPurpose = 'custom' | 'authentication';

/** What every request says it comes from. */
export const userAgent = 'audience-mirror/0.1';

const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 8_192;

/** They decide where one message ends and the next begins, or belong to a single connection (RFC 9110, 7.6.1). */
const FRAMING = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
  'accept-encoding',
]);

const OURS = 'It is set for every request. Remove it.';
const PROXIES = 'Only proxies write it. Remove it.';
const AWS =
  'It belongs to requests signed with AWS credentials, which no platform is given. Remove it.';
const SECRET =
  'Choose the authentication of the destination instead, whose secret is kept in the secret store; or write {{secret.apiKey}} for its value.';

const RESERVED = new Map([
  ['user-agent', OURS],
  ['idempotency-key', OURS],
  ['content-encoding', OURS],
  ['authorization', SECRET],
  ['cookie', SECRET],
  ['cookie2', SECRET],
  ['set-cookie', 'Only answers carry it. Remove it.'],
  ['forwarded', PROXIES],
  ['via', PROXIES],
  ['__proto__', 'It means something else in JavaScript. Choose another name.'],
  ['constructor', 'It means something else in JavaScript. Choose another name.'],
  ['prototype', 'It means something else in JavaScript. Choose another name.'],
]);

/** Headers that carry keys wherever they are used. As the API key of the authentication they are what they should be. */
const CREDENTIALS =
  /^(x-)?((access|api|auth|private|secret)[-_]?(key|token)|apikey|auth|token|secret|password|client-secret|[a-z]+-api-key|[a-z-]+-subscription-key)$/;

/** Credentials as they stand in Authorization, and JSON web tokens: secrets, whatever header they are in. */
const CREDENTIAL_VALUE = /^((bearer|basic) +\S|eyJ[\w-]+\.eyJ[\w-]+\.)/i;

const RESERVED_PREFIXES = [
  ['proxy-', PROXIES],
  ['x-forwarded-', PROXIES],
  ['x-amz-', AWS],
  ['x-aws-', AWS],
  ['x-audience-mirror-', OURS],
] as const;

/** All headers of a destination; two names that differ only in case are one header, and so a problem. */
export function checkHeaders(headers: Readonly<Record<string, string>>): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (seen.has(key)) {
      problems.push(problem('header-duplicate', name, 'stands twice. Keep one.'));
    }
    seen.add(key);
    problems.push(...checkHeader(name, value));
  }
  return problems;
}

/** Problems of one header; no message holds its value. */
export function checkHeader(
  name: string,
  value: string,
  purpose: HeaderPurpose = 'custom',
): Problem[] {
  // The value of one that names a secret is none that is kept or shown.
  const isSecret = purpose === 'authentication' || hasSecret(value);
  const nameProblem = headerNameProblem(name) ?? reservedProblem(name, isSecret);
  if (nameProblem !== undefined) return [nameProblem];
  const valueProblem =
    headerValueProblem(name, value) ??
    contentTypeProblem(name, value) ??
    (isSecret ? undefined : credentialProblem(name, value));
  return valueProblem === undefined
    ? secretProblems(`The header ${JSON.stringify(name)}`, value)
    : [valueProblem];
}

/** Headers that no caller of ours may set either: the sender itself writes them. */
export function isFramingHeader(name: string): boolean {
  const key = name.toLowerCase();
  return FRAMING.has(key) || key.startsWith('proxy-') || key === '__proto__';
}

export function headerNameProblem(name: string): Problem | undefined {
  if (name.length > MAX_NAME_LENGTH) {
    return problem(
      'header-name',
      name,
      `has a name of more than ${MAX_NAME_LENGTH} characters. Shorten it.`,
    );
  }
  if (/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)) return undefined;
  return problem(
    'header-name',
    name,
    'has a name with characters no header may have. Use letters, digits and hyphens.',
  );
}

export function headerValueProblem(name: string, value: string): Problem | undefined {
  const wrong = (what: string) => problem('header-value', name, what);
  if (/[\r\n\0]/.test(value)) {
    return wrong(
      'has a value with a line break or NUL, which would begin another header. Remove it.',
    );
  }
  if (/[^\t\x20-\x7e\xa0-\xff]/.test(value)) {
    return wrong(
      'has a value with characters outside Latin-1, or control characters. Encode it in ASCII.',
    );
  }
  if (value !== value.trim()) {
    return wrong('has a value with space around it, which is lost on the way. Remove the space.');
  }
  if (value.length > MAX_VALUE_LENGTH) {
    return wrong(`has a value of more than ${MAX_VALUE_LENGTH} characters. Shorten it.`);
  }
  return undefined;
}

function reservedProblem(name: string, isSecret: boolean): Problem | undefined {
  const key = name.toLowerCase();
  if (FRAMING.has(key)) {
    return problem(
      'header-reserved',
      name,
      'belongs to the connection and is written by the sender. Remove it.',
    );
  }
  if (key === 'authorization' && isSecret) return undefined;
  const reason =
    RESERVED.get(key) ?? RESERVED_PREFIXES.find(([prefix]) => key.startsWith(prefix))?.[1];
  return reason === undefined
    ? undefined
    : problem('header-reserved', name, `is reserved. ${reason}`);
}

function credentialProblem(name: string, value: string): Problem | undefined {
  if (!CREDENTIALS.test(name.toLowerCase()) && !CREDENTIAL_VALUE.test(value)) return undefined;
  return problem('header-secret', name, `looks like a secret. ${SECRET}`);
}

/** Of what bodies are written as: what we call it, and what a platform may call it instead. */
export const contentTypes: Readonly<
  Record<Exclude<BodyKind, 'none'>, { readonly usual: string; readonly own: RegExp }>
> = {
  json: {
    usual: 'application/json',
    own: /^application\/([a-z0-9.+_-]+\+)?json(; *charset=utf-8)?$/i,
  },
  form: {
    usual: 'application/x-www-form-urlencoded',
    own: /^application\/x-www-form-urlencoded(; *charset=utf-8)?$/i,
  },
  ndjson: {
    usual: 'application/x-ndjson',
    own: /^application\/(x-)?(nd-?json|json-?l|json-?lines|json-seq)(; *charset=utf-8)?$/i,
  },
};

/** Bodies are in UTF-8; a platform may ask for a media type of its own on top of it. */
function contentTypeProblem(name: string, value: string): Problem | undefined {
  if (name.toLowerCase() !== 'content-type') return undefined;
  if (Object.values(contentTypes).some(({ own }) => own.test(value))) return undefined;
  return problem(
    'header-value',
    name,
    'names something other than JSON, a form or lines of JSON. Remove it, or use application/json or application/vnd.example+json.',
  );
}

function problem(code: string, name: string, rest: string): Problem {
  // A name that is no token may be a value pasted into the wrong field: shown in part and escaped.
  const shown = JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
  return { code, message: `The header ${shown} ${rest}` };
}
