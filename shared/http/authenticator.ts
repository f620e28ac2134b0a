/** The headers that prove who sends a request. Secrets are read when they are needed, and stay in here. */

import { createHmac } from 'node:crypto';
import type { OAuth2, SecretField, Signature } from '../contracts/authentication.ts';
import type { Destination } from '../contracts/destination.ts';
import { readToken, tokenRequest } from '../domain/platform/access-token.ts';
import {
  basicCredentials,
  secretHeader,
  secretNameOf,
  secretValue,
} from '../domain/platform/authentication.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import type { Secrets } from '../ports/configurations.ts';
import type { Clock, HttpSender } from '../ports/world.ts';
import { AccessTokens } from './access-tokens.ts';

type Headers = Readonly<Record<string, string>>;

export interface Authenticator {
  /**
   * Lower-case names; anew at each try. `timeoutMs`: what fetching a token may take.
   * @throws ConfigurationError where nothing can be sent before someone mends it
   * @throws PassingError where another try may succeed
   */
  headersFor(request: { body: Uint8Array | undefined; timeoutMs: number }): Promise<Headers>;
  /**
   * A request with these headers was answered 401: what they were made of is asked for anew.
   * True where another try at once makes sense; make one at most.
   */
  renew(refused: Headers): boolean;
}

export interface AuthenticatorPorts {
  readonly secrets: Secrets;
  /** By which tokens are fetched. */
  readonly sender: HttpSender;
  readonly clock: Pick<Clock, 'now'>;
}

export type Authenticated = Pick<
  Destination,
  'id' | 'version' | 'headers' | 'authentication' | 'signature' | 'secret'
>;

/** Tokens outlive the authenticators: one cache for all turns of a warm function. */
export function createAuthenticators(
  ports: AuthenticatorPorts,
): (destination: Authenticated) => Authenticator {
  const tokens = new AccessTokens();
  return (destination) => new DestinationAuthenticator(ports, tokens, destination);
}

class DestinationAuthenticator implements Authenticator {
  readonly #ports: AuthenticatorPorts;
  readonly #tokens: AccessTokens;
  readonly #destination: Authenticated;
  readonly #secret: string;

  constructor(ports: AuthenticatorPorts, tokens: AccessTokens, destination: Authenticated) {
    this.#ports = ports;
    this.#tokens = tokens;
    this.#destination = destination;
    this.#secret = secretNameOf(destination);
  }

  async headersFor(request: { body: Uint8Array | undefined; timeoutMs: number }): Promise<Headers> {
    const { signature } = this.#destination;
    const credentials = await this.#credentials(request.timeoutMs);
    return signature
      ? { ...credentials, ...(await this.#signed(signature, request.body)) }
      : credentials;
  }

  renew(refused: Headers): boolean {
    this.#ports.secrets.forget(this.#secret);
    if (this.#destination.authentication.type !== 'oauth2') return false;
    this.#tokens.forget(this.#tokenKey, (refused['authorization'] ?? '').slice(bearer.length));
    return true;
  }

  get #tokenKey(): string {
    return `${this.#destination.id}@${this.#destination.version}`;
  }

  async #credentials(timeoutMs: number): Promise<Headers> {
    const { authentication } = this.#destination;
    switch (authentication.type) {
      case 'none':
        return {};
      case 'basic': {
        const password = await this.#value('password');
        return { authorization: basicCredentials(authentication.userName, password) };
      }
      case 'bearer': {
        const token = await this.#value('token');
        return secretHeader('authorization', bearer + token, 'token', this.#secret);
      }
      case 'apiKey': {
        const key = await this.#value('apiKey');
        return secretHeader(authentication.header, key, 'apiKey', this.#secret);
      }
      case 'oauth2':
        return { authorization: bearer + (await this.#token(authentication, timeoutMs)) };
    }
  }

  #token(oauth2: OAuth2, timeoutMs: number): Promise<string> {
    const { clock, sender } = this.#ports;
    return this.#tokens.get(this.#tokenKey, clock.now(), async () => {
      const request = tokenRequest(oauth2, await this.#value('clientSecret'));
      const askedAt = clock.now();
      // It carries no record, so no fence is needed beyond its own time.
      const answer = await sender.send({ ...request, timeoutMs, notAfter: askedAt + timeoutMs });
      try {
        return readToken(answer, oauth2.tokenUrl, askedAt);
      } catch (error) {
        if (error instanceof ConfigurationError) this.#ports.secrets.forget(this.#secret);
        throw error;
      }
    });
  }

  async #signed(signature: Signature, body: Uint8Array | undefined): Promise<Headers> {
    const key = await this.#value('signingKey');
    const timestamp = Math.floor(this.#ports.clock.now() / 1_000).toString();
    const hmac = createHmac('sha256', key).update(`${timestamp}.`);
    if (body) hmac.update(body);
    return {
      [signature.timestampHeader.toLowerCase()]: timestamp,
      [signature.header.toLowerCase()]: hmac.digest('hex'),
    };
  }

  async #value(field: SecretField) {
    return secretValue(await this.#ports.secrets.get(this.#secret), field, this.#secret);
  }
}

const bearer = 'Bearer ';
