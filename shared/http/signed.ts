/** HMAC signatures over a request, and the assertions that a service account signs. */
import { createHash, createHmac, sign } from 'node:crypto';
import type { OAuth2, Signature } from '../contracts/authentication.ts';
import type { HttpRequest } from '../contracts/http.ts';
import { unsignedAssertion } from '../domain/platform/access-token.ts';
import { ConfigurationError } from '../domain/words/errors.ts';

export type SignedRequest = Pick<HttpRequest, 'method' | 'url' | 'body'>;

/** The headers of a signature, made at `now` in epoch milliseconds. */
export function signatureHeaders(
  signature: Signature,
  request: SignedRequest,
  key: string,
  now: number,
): Record<string, string> {
  const timestamp = timestampOf(signature, now);
  const hmac = createHmac(signature.algorithm, key);
  for (const [before, place] of piecesOf(signature.signs)) {
    hmac.update(before);
    if (place === 'body') {
      if (request.body) hmac.update(request.body);
    } else hmac.update(textAt(place, request, timestamp));
  }
  const digest = hmac.digest(signature.encoding);
  const value = signature.value
    .replaceAll(/\{\{ *signature *\}\}/g, digest)
    .replaceAll(/\{\{ *timestamp *\}\}/g, timestamp);
  return {
    ...(signature.timestampHeader !== null && {
      [signature.timestampHeader.toLowerCase()]: timestamp,
    }),
    [signature.header.toLowerCase()]: value,
  };
}

function timestampOf({ timestamp }: Signature, now: number): string {
  switch (timestamp) {
    case 'seconds':
      return Math.floor(now / 1_000).toString();
    case 'milliseconds':
      return now.toString();
    case 'iso':
      return new Date(now).toISOString();
  }
}

/** Each piece of text with the name of the place after it; the last has none. */
function piecesOf(signs: string): (readonly [string, string])[] {
  const parts = signs.split(/\{\{ *(\w+) *\}\}/);
  return Array.from({ length: Math.ceil(parts.length / 2) }, (_, at) => [
    parts[at * 2] ?? '',
    parts[at * 2 + 1] ?? '',
  ]);
}

function textAt(place: string, { method, url, body }: SignedRequest, timestamp: string): string {
  const { host, pathname, search } = new URL(url);
  switch (place) {
    case 'timestamp':
      return timestamp;
    case 'method':
      return method;
    case 'host':
      return host;
    case 'path':
      return pathname + search;
    case 'bodyHash':
      return createHash('sha256')
        .update(body ?? '')
        .digest('hex');
    default:
      return '';
  }
}

/**
 * RFC 7515 with the key of a service account in PEM.
 * @throws ConfigurationError `secret-unreadable`
 */
export function signedAssertion(oauth2: OAuth2, key: string, secret: string, now: number): string {
  const text = unsignedAssertion(oauth2, now);
  try {
    // A key in JSON often comes with its line breaks written as two characters.
    const pem = key.replaceAll('\\n', '\n');
    const signature = sign('sha256', Buffer.from(text), { key: pem, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  } catch {
    throw new ConfigurationError(
      'secret-unreadable',
      `The field "privateKey" of the secret "${secret}" is no private key in PEM. Store the key of the service account as it was given, from -----BEGIN PRIVATE KEY----- on.`,
    );
  }
}
