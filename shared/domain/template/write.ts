/**
 * JSON as bytes, written into one growing buffer. Every byte is what JSON.stringify and UTF-8 give for the same value.
 * The two ways for texts are measured: a loop wins up to some 20 characters, the engine's own copy above.
 */
import { ConfigurationError } from '../errors.ts';
import type { JsonValue } from './template.ts';

/** A body above this is refused: a function has no room for several of them at once. */
const MAX_BYTES = 256 * 1024 * 1024;
/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const MAX_UNIT = 3;
const SHORT = 20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** 1 for bytes that JSON escapes in a text, and for those that are no character of their own in UTF-8. */
const SPECIAL = new Uint8Array(256).map((_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH || byte > 0x7e ? 1 : 0,
);

export class JsonWriter {
  #bytes: Buffer;
  #length = 0;

  /** `size`: bytes expected; a good guess saves copying. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, 64));
  }

  get length(): number {
    return this.#length;
  }

  /** What has been written, in memory of its own. The writer must not be used after. */
  finish(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    return this.#length * 2 < this.#bytes.length ? Uint8Array.from(bytes) : bytes;
  }

  /** JSON that is bytes already. */
  raw(bytes: Uint8Array): void {
    const count = bytes.length;
    this.#ensure(count);
    const target = this.#bytes;
    const at = this.#length;
    if (count > 8) target.set(bytes, at);
    else for (let i = 0; i < count; i++) target[at + i] = bytes[i] ?? 0;
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
    else this.json(JSON.stringify(value));
  }

  text(text: string): void {
    const written = text.length <= SHORT ? this.#short(text) : this.#long(text);
    if (!written) this.json(JSON.stringify(text));
  }

  /** JSON that is text already. */
  json(json: string): void {
    this.#ensure(json.length * MAX_UNIT);
    this.#length += this.#bytes.utf8Write(json, this.#length);
  }

  /** Gives up, having written nothing that counts, at the first character that is not its own byte. */
  #short(text: string): boolean {
    const count = text.length;
    this.#ensure(count + 2);
    const target = this.#bytes;
    const start = this.#length + 1;
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7e || SPECIAL[unit] === 1) return false;
      target[start + i] = unit;
    }
    this.#quote(start, count);
    return true;
  }

  /** The same, with the engine's copy: it wrote as many bytes as there are units if all of them are ASCII. */
  #long(text: string): boolean {
    const count = text.length;
    this.#ensure(count * MAX_UNIT + 2);
    const target = this.#bytes;
    const start = this.#length + 1;
    if (target.utf8Write(text, start) !== count) return false;
    let special = 0;
    for (let i = start; i < start + count; i++) special |= SPECIAL[target[i] ?? 0] ?? 0;
    if (special !== 0) return false;
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
  }
}
