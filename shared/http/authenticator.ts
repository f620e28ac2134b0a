/** What proves who sends a request: headers, and what stands in its URL. Secrets are read when they are needed, and stay in here. */

import {
  type OAuth2,
  type SecretField,
  type SecretValues,
  secretFields,
} from '../contracts/authentication.ts';
import type { Destination } from '../contracts/destination.ts';
import type { HttpRequest } from '../contracts/http.ts';
import { type AccessToken, readToken, tokenRequest } from '../domain/platform/access-token.ts';
import {
  basicCredentials,
  secretHeader,
  secretNameOf,
  secretValue,
  tokenPlaceOf,
} from '../domain/platform/authentication.ts';
import { bindingFault } from '../domain/platform/secret-binding.ts';
import { hasSecret, secretsIn, withSecrets } from '../domain/platform/secret-places.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import type { Secrets } from '../ports/configurations.ts';
import type { Clock, HttpSender } from '../ports/world.ts';
import { AccessTokens } from './access-tokens.ts';
import { type RefreshPorts, RefreshTokens } from './refreshed.ts';
import { signatureHeaders, signedAssertion } from './signed.ts';

type Headers = Readonly<Record<string, string>>;

export type Unauthenticated = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

/** `headers`: lower-case names, over those of the request. `token`: the access token that they or the URL hold. */
export interface Authenticated {
  readonly url: string;
  readonly headers: Headers;
  readonly token: string | undefined;
  /** Values that headers and URL hold or were made of: nobody may be shown them. */
  readonly secrets: readonly string[];
}

export interface Authenticator {
  /**
   * Anew at each try. `timeoutMs`: what fetching a token may take.
   * @throws ConfigurationError where nothing can be sent before someone mends it
   * @throws PassingError where another try may succeed
   */
  authenticate(request: Unauthenticated, timeoutMs: number): Promise<Authenticated>;
  /**
   * A request that was authenticated so was answered 401: what it was made of is asked for anew.
   * True where another try at once makes sense; make one at most.
   */
  renew(refused: Authenticated): boolean;
}

export interface AuthenticatorPorts {
  readonly secrets: Secrets;
  /** By which tokens are fetched. */
  readonly sender: HttpSender;
  readonly clock: Pick<Clock, 'now'>;
  /** Where a refresh token that rotates is kept. */
  readonly keep: Pick<RefreshPorts, 'book' | 'vault' | 'randomId'>;
}

export type AuthenticatedDestination = Pick<
  Destination,
  'id' | 'version' | 'headers' | 'authentication' | 'signature' | 'secret'
>;

/** Tokens outlive the authenticators: one cache for all turns of a warm function. */
export function createAuthenticators(
  ports: AuthenticatorPorts,
): (destination: AuthenticatedDestination) => Authenticator {
  const tokens = new AccessTokens();
  const refreshed = new RefreshTokens({ ...ports, ...ports.keep });
  return (destination) => new DestinationAuthenticator(ports, tokens, refreshed, destination);
}

class DestinationAuthenticator implements Authenticator {
  readonly #ports: AuthenticatorPorts;
  readonly #tokens: AccessTokens;
  readonly #refreshed: RefreshTokens;
  readonly #destination: AuthenticatedDestination;
  readonly #secret: string;

  constructor(
    ports: AuthenticatorPorts,
    tokens: AccessTokens,
    refreshed: RefreshTokens,
    destination: AuthenticatedDestination,
  ) {
    this.#ports = ports;
    this.#tokens = tokens;
    this.#refreshed = refreshed;
    this.#destination = destination;
    this.#secret = secretNameOf(destination);
  }

  async authenticate(request: Unauthenticated, timeoutMs: number): Promise<Authenticated> {
    const { signature } = this.#destination;
    const values = await this.#valuesFor(request.url);
    const credentials = await this.#credentials(values, timeoutMs);
    const named = this.#namedHeaders(values, request.headers);
    const url = withQuery(this.#namedUrl(values, request.url), credentials.query);
    const headers = { ...named, ...credentials.headers };
    const { token } = credentials;
    const secrets = secretsOf(values, credentials);
    if (!signature) return { url, headers, token, secrets };
    const key = this.#of(values, 'signingKey');
    const now = this.#ports.clock.now();
    const signed = signatureHeaders(signature, { ...request, url }, key, now);
    return { url, headers: { ...headers, ...signed }, token, secrets };
  }

  renew({ token }: Authenticated): boolean {
    this.#ports.secrets.forget(this.#secret);
    if (token === undefined) return false;
    this.#tokens.forget(this.#tokenKey, token);
    return true;
  }

  get #tokenKey(): string {
    return `${this.#destination.id}@${this.#destination.version}`;
  }

  async #credentials(values: SecretValues, timeoutMs: number): Promise<Credentials> {
    const { authentication } = this.#destination;
    switch (authentication.type) {
      case 'none':
        return plain({});
      case 'basic': {
        const password = this.#of(values, 'password');
        return plain({ authorization: basicCredentials(authentication.userName, password) });
      }
      case 'bearer': {
        const token = this.#of(values, 'token');
        return plain(secretHeader('authorization', bearer + token, 'token', this.#secret));
      }
      case 'apiKey': {
        const key = this.#of(values, 'apiKey');
        return plain(secretHeader(authentication.header, key, 'apiKey', this.#secret));
      }
      case 'oauth2': {
        const token = await this.#token(authentication, timeoutMs);
        const { header, scheme, query } = tokenPlaceOf(authentication);
        const value = scheme === '' ? token : `${scheme} ${token}`;
        return {
          headers: header === undefined ? {} : { [header.toLowerCase()]: value },
          query: query === undefined ? undefined : [query, token],
          token,
        };
      }
    }
  }

  /** Headers of the destination that name values of the secret. */
  #namedHeaders(values: SecretValues, headers: Headers): Headers {
    const named = Object.entries(headers).filter(([, value]) => hasSecret(value));
    return Object.fromEntries(
      named.flatMap(([name, text]) => {
        const [field = 'token'] = secretsIn(text);
        const value = withSecrets(text, (each) => this.#of(values, each));
        return Object.entries(secretHeader(name, value, field, this.#secret));
      }),
    );
  }

  /** Values of the connection and of records are percent-encoded, and so no braces: what stands there is the destination's. */
  #namedUrl(values: SecretValues, url: string): string {
    if (!hasSecret(url)) return url;
    return withSecrets(url, (field) => encodeURIComponent(this.#of(values, field)));
  }

  #token(oauth2: OAuth2, timeoutMs: number): Promise<string> {
    const { clock } = this.#ports;
    return this.#tokens.get(this.#tokenKey, clock.now(), () =>
      oauth2.grant === 'refreshToken'
        ? this.#refreshed.refresh(this.#secret, timeoutMs, () => this.#ask(oauth2, timeoutMs))
        : this.#ask(oauth2, timeoutMs),
    );
  }

  async #ask(oauth2: OAuth2, timeoutMs: number): Promise<AccessToken> {
    const { clock, sender } = this.#ports;
    const askedAt = clock.now();
    const values = await this.#valuesFor(oauth2.tokenUrl);
    const request = tokenRequest(oauth2, this.#grantValues(oauth2, values, askedAt));
    // It carries no record, so no fence is needed beyond its own time.
    const answer = await sender.send({ ...request, timeoutMs, notAfter: askedAt + timeoutMs });
    try {
      return readToken(answer, oauth2.tokenUrl, askedAt);
    } catch (error) {
      if (error instanceof ConfigurationError) this.#ports.secrets.forget(this.#secret);
      throw error;
    }
  }

  #grantValues(oauth2: OAuth2, values: SecretValues, now: number) {
    const { grant, clientAuthentication, parameters } = oauth2;
    const hasClientSecret = grant !== 'jwtBearer' && clientAuthentication !== 'none';
    const own = Object.entries(parameters).map(
      ([name, text]) => [name, withSecrets(text, (field) => this.#of(values, field))] as const,
    );
    return {
      parameters: Object.fromEntries(own),
      ...(hasClientSecret && { clientSecret: this.#of(values, 'clientSecret') }),
      ...(grant === 'refreshToken' && { refreshToken: this.#of(values, 'refreshToken') }),
      ...(grant === 'jwtBearer' && {
        assertion: signedAssertion(oauth2, this.#of(values, 'privateKey'), this.#secret, now),
      }),
    };
  }

  /** Of the secret, which must have been set for this destination and where the URL leads; also where a token is held. */
  async #valuesFor(url: string): Promise<SecretValues> {
    const { secrets } = this.#ports;
    const secret = this.#secret;
    const use = { secret, destination: this.#destination.id, origins: [new URL(url).origin] };
    const values = await secrets.get(secret);
    if (!bindingFault(values.boundTo, use)) return values;
    // It may have been set anew since it was read.
    secrets.forget(secret);
    const fresh = await secrets.get(secret);
    const fault = bindingFault(fresh.boundTo, use);
    if (fault) throw fault;
    return fresh;
  }

  #of(values: SecretValues, field: SecretField): string {
    return secretValue(values, field, this.#secret);
  }
}

interface Credentials {
  readonly headers: Headers;
  readonly query: readonly [string, string] | undefined;
  readonly token: string | undefined;
}

const secretsOf = (values: SecretValues, { headers, token }: Credentials): string[] => [
  ...secretFields.flatMap((field) => values[field] ?? []),
  ...(token === undefined ? [] : [token]),
  // Without the scheme before it.
  ...Object.values(headers).map((value) => value.slice(value.indexOf(' ') + 1)),
];

const plain = (headers: Headers): Credentials => ({ headers, query: undefined, token: undefined });

function withQuery(url: string, parameter: Credentials['query']): string {
  if (parameter === undefined) return url;
  const [name, value] = parameter;
  return `${url}${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

const bearer = 'Bearer ';
