/** Gzip NDJSON: how chunks, progress and outcomes lie in the state bucket. The first line bears the format's number. */
import { promisify } from 'node:util';
import { gunzipSync, gzip, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { InvariantError } from './domain/words/errors.ts';
import { jsonOf, readStored, storedFormat, unreadable } from './stored.ts';

interface LineSchema<T> {
  parse(line: unknown): T;
}

/**
 * Level 1: a tenth of the time of the default for a few percent of size.
 * @throws InvariantError where a line could not be read again
 */
export const writeLines = <T extends object>(
  schema: LineSchema<T>,
  lines: readonly T[],
  name: string,
): Uint8Array => gzipSync(lineTexts(schema, lines, name), { level });

/** Compresses as `writeLines` does, on another thread. */
export const gzipBeside = async (text: Uint8Array): Promise<Uint8Array> =>
  await promisify(gzip)(text, { level });

const level = 1;

/**
 * What `writeLines` compresses.
 * @throws InvariantError where a line could not be read again
 */
export function lineTexts<T extends object>(
  schema: LineSchema<T>,
  lines: readonly T[],
  name: string,
): Buffer {
  const texts = lines.map((line, index) => {
    try {
      schema.parse(line);
    } catch (cause) {
      const what = `Line ${index + 1} of what was to be stored as "${name}" could not be read again, so nothing was stored.`;
      throw new InvariantError(what, { cause });
    }
    return `${JSON.stringify(index === 0 ? { format: storedFormat, ...line } : line)}\n`;
  });
  return Buffer.from(texts.join(''));
}

/** @throws StoredError `format-newer`, `stored-unreadable` */
export function readLines<T>(schema: LineSchema<T>, object: Uint8Array, name: string): T[] {
  return linesOf(object, name).map((text, index) => {
    const line = jsonOf(text, name);
    if (index === 0) return readStored(schema, line, name);
    try {
      return schema.parse(line);
    } catch (error) {
      throw unreadable(name, `line ${index + 1}`, error instanceof z.ZodError ? undefined : error);
    }
  });
}

function linesOf(object: Uint8Array, name: string): string[] {
  let text: string;
  try {
    text = gunzipSync(object).toString('utf8');
  } catch (error) {
    throw unreadable(name, 'it is no whole gzip', error);
  }
  return text === '' ? [] : text.trimEnd().split('\n');
}
