/** Text files read in Node, for their first line or the first that is broken. */
import { createReadStream } from 'node:fs';

/**
 * Bytes of one row of CSV or one line of NDJSON that are read for certain: a cell of 10 MB fits with room to
 * spare. DuckDB keeps blocks of twice this size in memory for each thread, and may read rows up to that.
 */
export const maxRowBytes = 32 * 1_024 * 1_024;

export const tooLong = `is longer than ${maxRowBytes / 1_048_576} MiB`;

/** Some whole lines of a file; only the last line of the file may lack its end. */
export interface TextBlock {
  /** Number of the first line, from 1. */
  readonly line: number;
  readonly bytes: Buffer;
}

/** Where a text file goes wrong, and how: never with its text. */
export interface BrokenLine {
  readonly line: number;
  readonly what: string;
}

const newline = 0x0a;

/** About 1 MiB each, except where a line is longer; a line of more than twice `maxRowBytes` comes cut off and last. */
export async function* textBlocks(path: string): AsyncGenerator<TextBlock> {
  let line = 1;
  let kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
    const bytes: Buffer = chunk;
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) {
      const block = { line, bytes: Buffer.concat([...kept, bytes.subarray(0, end)]) };
      yield block;
      line += countLines(block.bytes);
      kept = [];
      size = 0;
    }
    kept.push(bytes.subarray(end));
    size += bytes.length - end;
    if (size > 2 * maxRowBytes) break;
  }
  if (size > 0) yield { line, bytes: Buffer.concat(kept) };
}

/** Line ends in the bytes. */
function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}

/** The lines of a block, without their ends. */
export function* linesOf({ line, bytes }: TextBlock): Generator<TextBlock> {
  let number = line;
  for (let start = 0; start < bytes.length; number += 1) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    yield { line: number, bytes: bytes.subarray(start, end) };
    start = end + 1;
  }
}
