/** Webhooks, and what is on its way to them. Strongly consistent; all reject where the store can't be reached. */
import type { Delivery, Notice, Webhook, WebhookInput } from '../contracts/webhook.ts';
import type { Listed, Page } from './listed.ts';

export interface WebhookStore {
  /**
   * Counts the version up. `expected`: the version it replaces; 0: there must be none; undefined: whatever is there.
   * @throws ConfigurationError `version-outdated`, `exists-already`, `name-taken`
   */
  put(input: WebhookInput, expected?: number): Promise<Webhook>;
  /** Undefined where there is none, or it was deleted. @throws StoredError */
  get(id: string): Promise<Webhook | undefined>;
  /** @throws ConfigurationError `version-outdated` */
  delete(id: string, expected: number): Promise<void>;
  /** Takes away one that can't be read; false where it can, or there is none. */
  discard(id: string): Promise<boolean>;
  /** All, in byte order of their ids. */
  list(): Promise<Listed<Webhook>>;
  /** In byte order of their ids, at most `limit`; `after` an id. */
  page(limit: number, after?: string): Promise<Page<Webhook>>;
  /** Who bears a name, whatever its case and spaces. */
  nameHolder(name: string): Promise<string | undefined>;
}

/** A notice on its way, with what it is known by. */
export interface OnItsWay {
  readonly notice: Notice;
  readonly delivery: Delivery;
}

/** Notices on their way. One that nobody took goes by itself after a week. */
export interface Deliveries {
  /** Nothing where it is on its way already. `now`: epoch milliseconds. */
  add(webhook: string, notice: Notice, now: number): Promise<void>;
  /** Those on their way to a webhook, in byte order of their notices' ids; at most `limit`. */
  listFor(webhook: string, limit: number): Promise<OnItsWay[]>;
  /** Those that were given up, likewise. */
  givenUp(webhook: string, limit: number): Promise<OnItsWay[]>;
  /** One more try, which nobody else makes before `until`. False where another has begun one since it was read. */
  claim(webhook: string, found: OnItsWay, until: number): Promise<boolean>;
  /** It was not taken, and is tried again at `nextAt`. */
  later(
    webhook: string,
    found: OnItsWay,
    failure: Delivery['failure'],
    nextAt: number,
  ): Promise<void>;
  /** It was not taken, and is tried no more: it is kept to be looked at. */
  giveUp(
    webhook: string,
    found: OnItsWay,
    failure: Delivery['failure'],
    now: number,
  ): Promise<void>;
  /** It was taken, or is not to be told any more. */
  remove(webhook: string, notice: string): Promise<void>;
}

/** `code`, `reason`: hold nothing of the answer but its status. */
export type Taken =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly reason: string;
      /** The next notice would fare no better now. */
      readonly isDown: boolean;
      /** The receiver says that it will never take it. */
      readonly isOver: boolean;
      /** Milliseconds that the receiver asked to wait; 0 where it named none. */
      readonly waitMs: number;
    };

/** Sends one notice, and never throws. */
export interface NoticeSender {
  send(webhook: Webhook, notice: Notice): Promise<Taken>;
}
