/**
 * Headers as they may be shown. Secrets belong to a destination's authentication, but a key pasted into a plain
 * header is as secret, so whatever is called like one or looks like one is masked: rather one too many.
 */

/** No header can hold it, so it is never taken for a value. */
export const masked = '••••';

/** Set by us for every request. */
const ours = new Set(['content-type', 'user-agent', 'idempotency-key']);

const secretName = /auth|cookie|credential|key|passw|secret|session|signature|token/i;

/** A key is one long word of letters and digits. */
const shortestKey = 16;

export const maskHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecret(name, value) ? masked : value]),
  );

const isSecret = (name: string, value: string): boolean =>
  !ours.has(name) && (secretName.test(name) || value.split(/[^\w+/=-]+/).some(looksLikeKey));

const looksLikeKey = (word: string): boolean =>
  word.length >= shortestKey && /\d/.test(word) && /[a-z]/i.test(word);
