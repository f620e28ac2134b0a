/** The bytes of one body as they come to be. */
import { ConfigurationError } from '../words/errors.ts';

/** A body above this is refused: a function holds two of them at once, and each doubles as it grows. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A guess at a size reserves at most this. */
const MAX_GUESS = 16 * 1024 * 1024;
/** UTF-8 needs at most three bytes for a UTF-16 unit. */
export const UNIT_BYTES = 3;

/**
 * Where one body after the other is written: a body lasts until the next one begins. Whoever makes many spares the
 * process the fresh memory, whose pages and whose collection cost more than the writing.
 */
export class BodyMemory {
  #bytes = Buffer.alloc(0);

  /** `size`: bytes expected. */
  atLeast(size: number): Buffer {
    if (size > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(size);
    return this.#bytes;
  }

  /** Room for `needed` bytes, 64 MB at most, of which the first `length` are there already. */
  grown(length: number, needed: number): Buffer {
    // Never above the limit, which else would depend on the bodies before.
    const doubled = Math.min(this.#bytes.length * 2, MAX_BYTES);
    const bytes = Buffer.allocUnsafeSlow(Math.max(doubled, needed));
    this.#bytes.copy(bytes, 0, 0, length);
    this.#bytes = bytes;
    return bytes;
  }
}

/** Its parts are open because the loop over a record's operations keeps them in variables of its own. */
export class Output {
  bytes: Buffer;
  view: DataView;
  length = 0;
  readonly #memory: BodyMemory;

  /** `size`: bytes expected; a good guess saves copying. */
  constructor(size: number, memory: BodyMemory) {
    this.#memory = memory;
    this.bytes = memory.atLeast(Math.min(Math.max(size, 64), MAX_GUESS));
    this.view = new DataView(this.bytes.buffer);
  }

  /**
   * Makes room; `bytes` and `view` may be others afterwards.
   *
   * @throws ConfigurationError if the body would grow above 64 MB
   */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_BYTES) {
      throw tooLarge('A request body would be larger than 64 MB');
    }
    this.bytes = this.#memory.grown(this.length, needed);
    this.view = new DataView(this.bytes.buffer);
  }

  /** JSON that is bytes already. */
  raw(json: Uint8Array): void {
    this.reserve(json.length);
    this.bytes.set(json, this.length);
    this.length += json.length;
  }

  /** JSON that is text already. */
  json(json: string): void {
    this.reserve(json.length * UNIT_BYTES);
    this.length += this.bytes.write(json, this.length, 'utf8');
  }

  /**
   * What records wrote since `from` is whole: the separator after the last one goes.
   *
   * @throws ConfigurationError where it is more than may stand there
   */
  close({ cuts, most }: { readonly cuts: number; readonly most: number }, from: number): void {
    if (this.length > from) this.length -= cuts;
    if (this.length - from > most) throw tooLarge('A joined text would be larger than 8 MB');
  }

  /** What has been written, without a last byte that is `ending`. The output must not be used after. */
  finish(ending?: number): Uint8Array {
    const ends = ending !== undefined && this.bytes[this.length - 1] === ending;
    return this.bytes.subarray(0, ends ? this.length - 1 : this.length);
  }
}

/** For so many records. */
export const outputFor = (records: number, bytesEach: number, memory: BodyMemory): Output =>
  new Output(Math.ceil(records * bytesEach * 1.1) + 256, memory);

const tooLarge = (what: string) =>
  new ConfigurationError('body-too-large', `${what}. Lower the batch size, or send fewer fields.`);
