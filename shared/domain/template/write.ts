/**
 * JSON as bytes, written into one growing buffer. Every byte is what JSON.stringify and UTF-8 give for the same value.
 * The two ways for texts are measured: a loop wins up to 16 characters, the engine's own copy above.
 */
import { ConfigurationError } from '../errors.ts';
import type { JsonValue } from './template.ts';

/** A body above this is refused: a function has no room for several of them at once. */
const MAX_BYTES = 256 * 1024 * 1024;
/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const MAX_UNIT = 3;
const SHORT = 16;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

export interface Raw {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}
export function raw(text: string): Raw {
  const bytes = Buffer.from(text, 'utf8');
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, i) =>
    view.getInt32(i * 4, true),
  );
  return { bytes, words };
}

export class JsonWriter {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  /** `size`: bytes expected; a good guess saves copying. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, 64));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** What has been written, in memory of its own. The writer must not be used after. */
  finish(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    return this.#length * 2 < this.#bytes.length ? Uint8Array.from(bytes) : bytes;
  }

  /** JSON that is bytes already. Short ones four at a time, which may spill over the end: what comes next is put there. */
  raw(raw: Raw): void {
    const count = raw.bytes.length;
    this.#ensure(count + 3);
    const at = this.#length;
    if (count > 48) this.#bytes.set(raw.bytes, at);
    else {
      const { words } = raw;
      const view = this.#view;
      for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i] ?? 0, true);
    }
    this.#length = at + count;
  }

  comma(): void {
    this.#ensure(1);
    this.#bytes[this.#length++] = COMMA;
  }

  dropComma(): void {
    if (this.#bytes[this.#length - 1] === COMMA) this.#length--;
  }

  value(value: JsonValue): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.digits(JSON.stringify(value));
    else this.json(JSON.stringify(value));
  }

  text(text: string): void {
    const written = text.length <= SHORT ? this.#short(text) : this.#long(text);
    if (!written) this.json(JSON.stringify(text));
  }

  /** A number's JSON. */
  digits(json: string): void {
    const count = json.length;
    this.#ensure(count);
    for (let i = 0; i < count; i++) this.#bytes[this.#length + i] = json.charCodeAt(i);
    this.#length += count;
  }

  /** JSON that is text already. */
  json(json: string): void {
    this.#ensure(json.length * MAX_UNIT);
    this.#length += this.#bytes.write(json, this.#length, 'utf8');
  }

  /** Gives up, having written nothing that counts, at the first character that is not written as it is. */
  #short(text: string): boolean {
    const count = text.length;
    this.#ensure(count + 2);
    const target = this.#bytes;
    const start = this.#length + 1;
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x20 || unit > 0x7f || unit === QUOTE || unit === BACKSLASH) return false;
      target[start + i] = unit;
    }
    this.#quote(start, count);
    return true;
  }

  /**
   * The same with the engine's copy. It has written as many bytes as there are units only if all of them are ASCII;
   * then four bytes at a time are looked at, the last ones twice.
   */
  #long(text: string): boolean {
    const count = text.length;
    this.#ensure(count * MAX_UNIT + 2);
    const start = this.#length + 1;
    if (this.#bytes.write(text, start, 'utf8') !== count) return false;
    const view = this.#view;
    const last = start + count - 4;
    let escapes = escapesIn(view.getInt32(last, true));
    for (let at = start; at < last; at += 4) escapes |= escapesIn(view.getInt32(at, true));
    if (escapes !== 0) return false;
    this.#quote(start, count);
    return true;
  }

  #quote(start: number, count: number): void {
    this.#bytes[start - 1] = QUOTE;
    this.#bytes[start + count] = QUOTE;
    this.#length = start + count + 1;
  }

  #ensure(more: number): void {
    if (this.#length + more > this.#bytes.length) this.#grow(more);
  }

  #grow(more: number): void {
    const needed = this.#length + more;
    if (needed > MAX_BYTES) {
      throw new ConfigurationError(
        'body_too_large',
        'A request body would be larger than 256 MB. Lower the batch size, or send fewer fields.',
      );
    }
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/**
 * Not 0 if one of four ASCII bytes is below 0x20, a quote or a backslash: taking away 0x20, or 1 after these have been
 * made 0, then borrows into the byte's free top bit.
 */
function escapesIn(four: number): number {
  const control = four - 0x20202020;
  const quote = (four ^ 0x22222222) - 0x01010101;
  const backslash = (four ^ 0x5c5c5c5c) - 0x01010101;
  return (control | quote | backslash) & 0x80808080;
}
