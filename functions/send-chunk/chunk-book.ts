/** What a sender keeps of its chunk, and stores before it lets go: the account, and the platform's ids. */

import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ItemLine } from '../../shared/contracts/plan.ts';
import { ChunkAccount, neverTried } from '../../shared/domain/request/account.ts';
import { runsOf } from '../../shared/domain/request/request.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { LearntIds } from '../../shared/flow/chunk-ids.ts';
import { accountOf, storeProgress } from '../../shared/flow/chunk-objects.ts';
import type { StateStore } from '../../shared/ports/objects.ts';

export interface BookSettings {
  readonly state: StateStore;
  readonly address: ChunkAddress;
  readonly pending: PendingChunk;
  /** Of this turn. */
  readonly sender: string;
  /** Whether the destination learns the platform's ids. */
  readonly learns: boolean;
}

export class ChunkBook {
  /** Undefined: the destination learns none. */
  readonly learnt: LearntIds | undefined;
  readonly #settings: BookSettings;
  #account: ChunkAccount;
  readonly #questions: { readonly bytes: number; readonly isRetry: boolean }[] = [];

  private constructor(settings: BookSettings, account: ChunkAccount) {
    this.#settings = settings;
    this.#account = account;
    this.learnt = settings.learns ? new LearntIds() : undefined;
  }

  static async open(settings: BookSettings): Promise<ChunkBook> {
    const { state, address, pending } = settings;
    const isFirst = pending.tries === 0;
    const account = isFirst
      ? new ChunkAccount(pending.changes, pending.clean, [])
      : await accountOf(state, address, pending);
    const book = new ChunkBook(settings, account);
    if (!isFirst) await book.learnt?.read(state, address);
    return book;
  }

  get account(): ChunkAccount {
    return this.#account;
  }

  /** One question went out, with a body of so many bytes. */
  noteQuestion(bytes: number, isRetry: boolean): void {
    this.#questions.push({ bytes, isRetry });
    this.#account.noteSent(bytes, isRetry);
  }

  /** From here on the account is of items. */
  async itemise(items: readonly ItemLine[]): Promise<void> {
    const { state, address, pending } = this.#settings;
    const account = await accountOf(state, address, pending, items);
    for (const { bytes, isRetry } of this.#questions) account.noteSent(bytes, isRetry);
    const told = Map.groupBy(
      [...items.keys()].filter((at) => items[at]?.outcome),
      (at) => JSON.stringify([items[at]?.outcome, items[at]?.code, items[at]?.reason]),
    );
    for (const places of told.values()) {
      const { outcome, code, reason = '' } = items[places[0] ?? 0] ?? {};
      const fault: Fault | undefined = code === undefined ? undefined : { code, reason };
      if (!outcome) continue;
      for (const range of runsOf(places)) account.settle(range, outcome, fault, neverTried);
    }
    this.#account = account;
  }

  /** Ids first: what counts as delivered has them. */
  async store(): Promise<void> {
    const { state, address, sender } = this.#settings;
    await this.storeIds();
    await storeProgress(state, address, sender, this.#account);
  }

  async storeIds(): Promise<void> {
    const { state, address, sender } = this.#settings;
    await this.learnt?.store(state, address, sender);
  }
}
