/** Authentication of a destination: what it needs, what it sets, and what is wrong with it. */

import type {
  Authentication,
  SecretField,
  SecretValues,
  Signature,
} from '../../contracts/authentication.ts';
import type { Destination } from '../../contracts/destination.ts';
import { ConfigurationError } from '../words/errors.ts';
import type { ConfigurationProblem, Problem } from '../words/problem.ts';
import { checkHeader, headerValueProblem } from './headers.ts';
import { masked } from './masked-headers.ts';
import { checkTarget, type TargetPolicy } from './target.ts';

type Authenticated = Pick<Destination, 'id' | 'headers' | 'authentication'> & {
  readonly signature?: Signature | undefined;
  readonly secret?: string | undefined;
};

export const secretNameOf = ({ id, secret }: Authenticated): string => secret ?? id;

/** @throws ConfigurationError `secret-incomplete` */
export function secretValue(values: SecretValues, field: SecretField, secret: string): string {
  const value = values[field];
  if (value !== undefined) return value;
  throw new ConfigurationError(
    'secret-incomplete',
    `The secret "${secret}" has no field "${field}", which the destination's authentication or signature needs. Add it.`,
  );
}

/** A header made of a secret. @throws ConfigurationError `secret-unreadable` where no header can hold it */
export function secretHeader(
  name: string,
  value: string,
  field: SecretField,
  secret: string,
): Record<string, string> {
  if (headerValueProblem(name, value) === undefined) return { [name.toLowerCase()]: value };
  throw new ConfigurationError(
    'secret-unreadable',
    `The field "${field}" of the secret "${secret}" holds what no header can carry, such as a line break or a space at its end. Store it again without.`,
  );
}

/** RFC 7617, in UTF-8. */
export function basicCredentials(userName: string, password: string): string {
  const bytes = new TextEncoder().encode(`${userName}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

/** The headers that authentication and signature set, for previews: their names and nothing of their values. */
export const maskedHeaders = (destination: Authenticated): Record<string, string> =>
  Object.fromEntries(headersSet(destination).map(({ name }) => [name.toLowerCase(), masked]));

interface HeaderSet {
  readonly path: string;
  readonly name: string;
}

function headersSet({ authentication, signature }: Authenticated): HeaderSet[] {
  const set = credentialsHeader(authentication);
  if (signature) {
    const path = 'destination.signature';
    set.push(
      { path: `${path}.header`, name: signature.header },
      { path: `${path}.timestampHeader`, name: signature.timestampHeader },
    );
  }
  return set;
}

function credentialsHeader(authentication: Authentication): HeaderSet[] {
  const path = 'destination.authentication';
  switch (authentication.type) {
    case 'none':
      return [];
    case 'basic':
    case 'bearer':
    case 'oauth2':
      return [{ path, name: 'authorization' }];
    case 'apiKey':
      return [{ path: `${path}.header`, name: authentication.header }];
  }
}

/** All problems of authentication and signature, as they stand in the configuration. */
export function authenticationProblems(
  destination: Authenticated,
  policy: TargetPolicy,
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const taken = new Set(Object.keys(destination.headers).map((name) => name.toLowerCase()));
  for (const { path, name } of headersSet(destination)) {
    const found = checkHeader(name, '', 'authentication');
    if (found.length === 0 && taken.has(name.toLowerCase())) found.push(setTwice(name));
    problems.push(...found.map((problem) => ({ ...problem, path })));
    taken.add(name.toLowerCase());
  }
  const { authentication } = destination;
  if (authentication.type === 'oauth2') {
    const problem = tokenUrlProblem(authentication.tokenUrl, policy);
    if (problem) problems.push({ ...problem, path: 'destination.authentication.tokenUrl' });
  }
  return problems;
}

const setTwice = (name: string): Problem => ({
  code: 'header-duplicate',
  message: `The header ${JSON.stringify(name)} would be set twice, by authentication or signature and by something else. Keep one.`,
});

function tokenUrlProblem(text: string, policy: TargetPolicy): Problem | undefined {
  const url = URL.parse(text);
  // A URL parser drops or bends these without a word, so that what is saved would not be what is called.
  if (url === null || !/^https?:\/\/[^/]/i.test(text) || /[\p{Cc}\p{Cf}\p{Z}\\]/u.test(text)) {
    return {
      code: 'token-url-invalid',
      message:
        'The token URL is not a plain URL. Write it in full, such as https://login.example.com/oauth2/token.',
    };
  }
  if (url.username !== '' || url.password !== '' || /^[^?#]*\/\/[^/?#]*@/.test(text)) {
    return {
      code: 'token-url-credentials',
      message:
        'The token URL holds a user name or password. Remove everything up to the @; the client secret belongs to the secret store.',
    };
  }
  if (text.includes('#')) {
    return {
      code: 'token-url-fragment',
      message: 'The token URL has a fragment. Remove the # and what follows.',
    };
  }
  return checkTarget(url, policy);
}
