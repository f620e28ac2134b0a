/** Gathers the beginning of a body, byte by byte if need be, without ever holding more than twice the limit. */
export class BoundedBody {
  readonly #limit: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False where the chunk did not fit: its beginning is kept, the rest is not. */
  append(chunk: Uint8Array): boolean {
    const end = Math.min(this.#length + chunk.byteLength, this.#limit);
    if (end > this.#buffer.byteLength) this.#grow(end);
    this.#buffer.set(chunk.subarray(0, end - this.#length), this.#length);
    const fits = this.#length + chunk.byteLength <= this.#limit;
    this.#length = end;
    return fits;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#length);
  }

  #grow(needed: number): void {
    const size = Math.min(this.#limit, Math.max(needed, this.#buffer.byteLength * 2));
    const larger = Buffer.alloc(size);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
