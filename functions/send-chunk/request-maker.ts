/** Makes the requests of a chunk, and the next one while the platform works on this one. */

import type { ActionName } from '../../shared/contracts/destination.ts';
import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import type { ChunkAccount } from '../../shared/domain/request/account.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import { idempotencyKey, type Range } from '../../shared/domain/request/request.ts';
import { BodyMemory } from '../../shared/domain/template/output.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { Asked } from './asked.ts';

export interface MakerSettings {
  readonly delivery: Pick<Delivery, 'compose'>;
  readonly address: ChunkAddress;
  readonly lines: readonly ChunkLine[];
  readonly account: Pick<ChunkAccount, 'hasNamed' | 'openIn'>;
}

/** Of a request that cannot be made of so many. */
const tooLarge = new Set(['body-too-large', 'url-too-long']);

export class RequestMaker {
  readonly #settings: MakerSettings;
  /** Of the body under way, and of the one rendered ahead: they change places as its turn comes. */
  #memory = new BodyMemory();
  #memoryAhead = new BodyMemory();
  #prepared: Pick<Asked, 'range' | 'composed'> | undefined;

  constructor(settings: MakerSettings) {
    this.#settings = settings;
  }

  /** A fault where a body of ours cannot hold these records. */
  asked(range: Range, action: ActionName): Asked | Fault {
    const prepared = this.#isPrepared(range) ? this.#prepared : undefined;
    this.#prepared = undefined;
    try {
      if (prepared) [this.#memory, this.#memoryAhead] = [this.#memoryAhead, this.#memory];
      const composed = prepared?.composed ?? this.compose(range);
      return { range, action, composed, key: this.#keyOf(range) };
    } catch (error) {
      if (!(error instanceof ConfigurationError) || !tooLarge.has(error.code)) throw error;
      return { code: error.code, reason: error.message };
    }
  }

  compose(range: Range, memory = this.#memory): Composed {
    return this.#settings.delivery.compose(this.#linesOf(range), this.#keyOf(range), memory);
  }

  /** The same member in another request: as an update, since the platform has them already, or by another id. */
  instead(
    { range }: Pick<Asked, 'range'>,
    mark: string,
    other: (line: ChunkLine) => ChunkLine,
  ): Asked {
    const key = `${this.#keyOf(range)}-${mark}`;
    const lines = this.#linesOf(range).map(other);
    const composed = this.#settings.delivery.compose(lines, key, this.#memory);
    return { range, action: lines[0]?.action ?? 'insert', key, composed, mark };
  }

  /** What goes wrong here goes wrong again when the request's turn comes, and is told there. */
  ahead(following: Range | undefined): void {
    if (!following || this.#isPrepared(following)) return;
    this.#prepared = undefined;
    try {
      this.#prepared = { range: following, composed: this.compose(following, this.#memoryAhead) };
    } catch {
      // Told when its turn comes.
    }
  }

  #keyOf(range: Range): string {
    const { account, address } = this.#settings;
    const open = account.hasNamed(range) ? account.openIn(range) : undefined;
    return idempotencyKey(address, range, open);
  }

  #isPrepared({ from, to }: Range): boolean {
    return this.#prepared?.range.from === from && this.#prepared.range.to === to;
  }

  #linesOf(range: Range): readonly ChunkLine[] {
    const { account, lines } = this.#settings;
    if (!account.hasNamed(range)) return lines.slice(range.from, range.to);
    return account.openIn(range).flatMap((at) => lines[at] ?? []);
  }
}
