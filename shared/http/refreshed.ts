/**
 * Refresh tokens that rotate: the server takes each once, so two functions must not use one at the same time, and the next one
 * must be stored before what came with it is used. Whoever asks holds the secret meanwhile; what could not be stored is
 * kept in memory, and is stored before anything else.
 */
import type { AccessToken } from '../domain/platform/access-token.ts';
import { PassingError } from '../domain/words/errors.ts';
import type { SecretBook, Secrets, SecretVault } from '../ports/configurations.ts';
import type { Clock } from '../ports/world.ts';

export interface RefreshPorts {
  readonly secrets: Secrets;
  readonly book: Pick<SecretBook, 'claim' | 'release'>;
  readonly vault: Pick<SecretVault, 'put'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomId: () => string;
}

/** Above what the request for a token may take: reading and storing the secret. */
const claimReserveMs = 30_000;
const busyWaitMs = 2_000;

export class RefreshTokens {
  readonly #ports: RefreshPorts;
  /** By secret: given by a server and not stored yet. */
  readonly #unstored = new Map<string, string>();

  constructor(ports: RefreshPorts) {
    this.#ports = ports;
  }

  /**
   * `ask`: with the refresh token as it is now.
   * @throws PassingError `token-unavailable` where somebody else is at the secret, `secret-unavailable`
   */
  async refresh(
    secret: string,
    timeoutMs: number,
    ask: (refreshToken: string | undefined) => Promise<AccessToken>,
  ): Promise<AccessToken> {
    const { book, clock, secrets, randomId } = this.#ports;
    const now = clock.now();
    const claim = { by: randomId(), until: now + timeoutMs + claimReserveMs };
    const dates = await book.claim(secret, claim, now);
    if (!dates) throw busy(secret);
    let after = dates;
    const store = async (refreshToken: string) => {
      this.#unstored.set(secret, refreshToken);
      await this.#ports.vault.put(secret, { refreshToken });
      this.#unstored.delete(secret);
      secrets.forget(secret);
      after = { ...after, refreshToken: clock.now() };
    };
    try {
      const unstored = this.#unstored.get(secret);
      if (unstored !== undefined) await store(unstored);
      // Another function may have changed it since it was read.
      secrets.forget(secret);
      const { refreshToken } = await secrets.get(secret);
      const token = await ask(refreshToken);
      const next = token.refreshToken;
      if (next !== undefined && next !== refreshToken) await store(next);
      return token;
    } finally {
      await book.release(secret, claim, after);
    }
  }
}

const busy = (secret: string) =>
  new PassingError(
    'token-unavailable',
    `Somebody else is renewing or changing the secret "${secret}" at this moment, so the request was not sent. It is tried again.`,
    { waitMs: busyWaitMs },
  );
