/** Authentication of a destination: what it needs, what it sets, and what is wrong with it. */

import type {
  Authentication,
  OAuth2,
  SecretField,
  SecretValues,
  Signature,
} from '../../contracts/authentication.ts';
import type { Destination } from '../../contracts/destination.ts';
import { ConfigurationError } from '../words/errors.ts';
import { type ConfigurationProblem, type Problem, pathTo } from '../words/problem.ts';
import { checkHeader, headerValueProblem } from './headers.ts';
import { masked } from './masked-headers.ts';
import { hasSecret, secretProblems } from './secret-places.ts';
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
    set.push({ path: `${path}.header`, name: signature.header });
    if (signature.timestampHeader !== null) {
      set.push({ path: `${path}.timestampHeader`, name: signature.timestampHeader });
    }
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
      return [{ path, name: 'authorization' }];
    case 'oauth2': {
      const { header } = tokenPlaceOf(authentication);
      return header === undefined ? [] : [{ path: `${path}.tokenPlace.header`, name: header }];
    }
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
  const { authentication, signature } = destination;
  if (authentication.type === 'oauth2') problems.push(...oauth2Problems(authentication, policy));
  if (signature) problems.push(...signatureProblems(signature));
  return problems;
}

/** Where the token of a destination goes: a header with a scheme, or a parameter of the query. */
export function tokenPlaceOf({ tokenPlace }: OAuth2): {
  readonly header: string | undefined;
  readonly scheme: string;
  readonly query: string | undefined;
} {
  if (tokenPlace && 'query' in tokenPlace) {
    return { header: undefined, scheme: '', query: tokenPlace.query };
  }
  const { header = 'authorization', scheme = 'Bearer' } = tokenPlace ?? {};
  return { header, scheme, query: undefined };
}

/** Set by the grant itself. */
const grantParameters = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'refresh_token',
  'assertion',
]);
const secretParameter = /secret|password|token|key/i;

function oauth2Problems(oauth2: OAuth2, policy: TargetPolicy): ConfigurationProblem[] {
  const place = 'destination.authentication';
  const problems: ConfigurationProblem[] = [];
  const url = tokenUrlProblem(oauth2.tokenUrl, policy);
  if (url) problems.push({ ...url, path: `${place}.tokenUrl` });
  for (const [name, value] of Object.entries(oauth2.parameters)) {
    const path = pathTo(`${place}.parameters`, name);
    if (grantParameters.has(name)) {
      const message = `The parameter ${name} is written by the grant. Take it out, and choose the grant and clientAuthentication that are meant.`;
      problems.push({ code: 'token-parameter', path, message });
    } else if (secretParameter.test(name) && !hasSecret(value)) {
      const message = `The parameter ${name} looks like a secret. Store it in the secret, and write {{secret.apiKey}} for its value.`;
      problems.push({ code: 'token-parameter', path, message });
    }
    const named = secretProblems(`The parameter ${name}`, value);
    problems.push(...named.map((problem) => ({ ...problem, path })));
  }
  if (oauth2.assertion && oauth2.grant !== 'jwtBearer') {
    const message =
      'An assertion is sent by the grant jwtBearer alone. Take it out, or choose that grant.';
    problems.push({ code: 'token-assertion', path: `${place}.assertion`, message });
  }
  return problems;
}

function signatureProblems({ signs, value }: Signature): ConfigurationProblem[] {
  const places = [
    ['signs', signs, signedPlaces],
    ['value', value, valuePlaces],
  ] as const;
  return places.flatMap(([name, text, known]) =>
    [...text.matchAll(/\{\{ *([^{}]*?) *\}\}/g)]
      .filter(([, place = '']) => !known.includes(place))
      .map(([, place]) => ({
        code: 'signature-placeholder',
        path: `destination.signature.${name}`,
        message: `{{${place}}} stands for nothing in ${name} of a signature. Write one of ${known.map((each) => `{{${each}}}`).join(', ')}.`,
      })),
  );
}

const signedPlaces: readonly string[] = ['timestamp', 'method', 'host', 'path', 'body', 'bodyHash'];
const valuePlaces: readonly string[] = ['signature', 'timestamp'];

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
