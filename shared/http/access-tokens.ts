/** Access tokens in the memory of a warm function: one for each destination and version, asked for once however many wait. */
import type { AccessToken } from '../domain/access-token.ts';

/** Destinations a function has tokens of at once; the one that was fetched longest ago goes first. */
const mostTokens = 200;

export class AccessTokens {
  readonly #held = new Map<string, AccessToken>();
  readonly #underWay = new Map<string, Promise<AccessToken>>();

  /** `now`: epoch milliseconds. What `fetch` throws, all that wait for it throw. */
  async get(key: string, now: number, fetch: () => Promise<AccessToken>): Promise<string> {
    const held = this.#held.get(key);
    if (held && now < held.renewAt) return held.value;
    const underWay = this.#underWay.get(key) ?? this.#fetch(key, fetch);
    return (await underWay).value;
  }

  /** Only that very token: another request may have renewed it meanwhile. */
  forget(key: string, value: string): void {
    if (this.#held.get(key)?.value === value) this.#held.delete(key);
  }

  #fetch(key: string, fetch: () => Promise<AccessToken>): Promise<AccessToken> {
    const fetching = fetch()
      .then((token) => this.#keep(key, token))
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
