/** The physical lines of a text file, for looking at it in Node: its first line, or the place of a fault. */
import { createReadStream } from 'node:fs';

/**
 * Bytes of one row of CSV or one line of NDJSON that are read for certain: a cell of 10 MB fits with room to
 * spare. DuckDB keeps blocks of twice this size in memory for each thread, and may read rows up to that.
 */
export const maxRowBytes = 32 * 1_024 * 1_024;

export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** With its line end; cut off at `maxRowBytes`. */
  readonly bytes: Buffer;
}

export async function* textLines(path: string): AsyncGenerator<TextLine> {
  let number = 1;
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
    const bytes: Buffer = chunk;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start) + 1 || bytes.length;
      if (size <= maxRowBytes) parts.push(bytes.subarray(start, end));
      size += end - start;
      if (bytes[end - 1] === 0x0a) {
        yield { number, bytes: Buffer.concat(parts) };
        number += 1;
        parts = [];
        size = 0;
      }
      start = end;
    }
  }
  if (size > 0) yield { number, bytes: Buffer.concat(parts) };
}

/** Where a text file goes wrong, and how: never with its text. */
export interface TextFault {
  readonly line: number;
  readonly what: string;
}
