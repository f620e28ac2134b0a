/** Where an NDJSON file breaks the rules: the line, for the people who have to mend the export. */
import { isUtf8 } from 'node:buffer';
import { type BrokenLine, linesOf, maxRowBytes, textBlocks, tooLong } from './text-blocks.ts';

/** The first line that is no JSON object. */
export async function findBrokenNdjsonLine(path: string): Promise<BrokenLine | undefined> {
  for await (const block of textBlocks(path)) {
    for (const { line, bytes } of linesOf(block)) {
      const what = brokenBy(bytes);
      if (what !== undefined) return { line, what };
    }
  }
  return undefined;
}

function brokenBy(line: Buffer): string | undefined {
  if (line.length > maxRowBytes) return tooLong;
  if (!isUtf8(line)) return 'is not UTF-8';
  const text = line.toString().trim();
  if (text === '') return undefined;
  const value = parse(text);
  if (value === undefined) return 'is not valid JSON';
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) return 'is no JSON object';
  return namesOf(text).length === Object.keys(value).length ? undefined : 'names a member twice';
}

/** The names of an object's own members, as often as they stand there. The text is valid. */
function namesOf(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let last = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ':' && depth === 1) names.push(last);
    last = token;
  }
  return names;
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
