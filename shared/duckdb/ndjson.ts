/** NDJSON in Node: where a file breaks the rules. */
import { isUtf8 } from 'node:buffer';
import { maxRowBytes, type TextFault, textLines } from './text-lines.ts';

/** The first line that is no JSON object. */
export async function findNdjsonFault(path: string): Promise<TextFault | undefined> {
  for await (const { number: line, bytes } of textLines(path)) {
    if (bytes.length > maxRowBytes) {
      return { line, what: `is longer than ${maxRowBytes / 1_048_576} MiB` };
    }
    if (!isUtf8(bytes)) return { line, what: 'is not UTF-8' };
    const text = bytes.toString().trim();
    if (text === '') continue;
    const value = parse(text);
    if (value === undefined) return { line, what: 'is not valid JSON' };
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { line, what: 'is no JSON object' };
    }
  }
  return undefined;
}

function parse(text: string): unknown {
  // DuckDB also takes bare NaN and Infinity and commas at the end.
  const strict = text.replace(/-?\b(NaN|Infinity|inf)\b/gi, '0').replace(/,(\s*[\]}])/g, '$1');
  for (const each of [text, strict]) {
    try {
      return JSON.parse(each);
    } catch {}
  }
  return undefined;
}
