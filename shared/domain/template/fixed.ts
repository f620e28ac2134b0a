/** JSON that does not depend on a record. */
export interface Fixed {
  readonly bytes: Uint8Array;
  /** The same as little-endian words, the last one filled up: short bytes are copied faster by four. */
  readonly words: Int32Array;
}

export function fixed(...parts: readonly (string | Uint8Array)[]): Fixed {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = new Int32Array(padded.length / 4).map((_, index) => view.getInt32(index * 4, true));
  return { bytes, words };
}
