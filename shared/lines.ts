/** Gzip NDJSON: how chunks, progress and outcomes lie in the state bucket. */
import { gunzipSync, gzipSync } from 'node:zlib';

/** Level 1: a tenth of the time of the default for a few percent of size. */
export function writeLines(lines: readonly unknown[]): Uint8Array {
  return gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { level: 1 });
}

/** @throws what the schema does, where a line is not of it: an object of ours was damaged. */
export function readLines<T>(schema: { parse(line: unknown): T }, object: Uint8Array): T[] {
  const text = gunzipSync(object).toString('utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => schema.parse(JSON.parse(line)));
}
