/** Access tokens in the memory of a warm function: one for each destination and version, asked for once however many wait. */
import type { AccessToken } from '../domain/platform/access-token.ts';
import { PassingError } from '../domain/words/errors.ts';

/** Destinations a function has tokens of at once; the one that was fetched longest ago goes first. */
const mostTokens = 200;

export class AccessTokens {
  readonly #held = new Map<string, AccessToken>();
  readonly #underWay = new Map<string, Promise<AccessToken>>();
  /** Servers that asked to be left alone. */
  readonly #waiting = new Map<string, { readonly until: number; readonly error: PassingError }>();

  /**
   * `now`: epoch milliseconds. What `fetch` throws, all that wait for it throw; and where that asks for a wait, so do
   * all that come before it is over, without fetching.
   */
  async get(key: string, now: number, fetch: () => Promise<AccessToken>): Promise<string> {
    const held = this.#held.get(key);
    if (held && now < held.renewAt) return held.value;
    const waiting = this.#waiting.get(key);
    if (waiting && now < waiting.until) throw asked(waiting.error, waiting.until - now);
    this.#waiting.delete(key);
    const underWay = this.#underWay.get(key) ?? this.#fetch(key, now, fetch);
    return (await underWay).value;
  }

  /** Only that very token: another request may have renewed it meanwhile. */
  forget(key: string, value: string): void {
    if (this.#held.get(key)?.value === value) this.#held.delete(key);
  }

  #fetch(key: string, now: number, fetch: () => Promise<AccessToken>): Promise<AccessToken> {
    const fetching = fetch()
      .then((token) => this.#keep(key, token))
      .catch((error: unknown) => {
        if (error instanceof PassingError && error.waitMs) {
          this.#waiting.set(key, { until: now + error.waitMs, error });
        }
        throw error;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, fetching);
    return fetching;
  }

  #keep(key: string, token: AccessToken): AccessToken {
    this.#held.delete(key);
    this.#held.set(key, token);
    const [oldest] = this.#held.keys();
    if (this.#held.size > mostTokens && oldest !== undefined) this.#held.delete(oldest);
    return token;
  }
}

const asked = ({ code, message }: PassingError, waitMs: number) =>
  new PassingError(code, message, { waitMs });
