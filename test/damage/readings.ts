/** What strict readers make of a text, written for these tests alone. */
import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { type Cells, columns } from './sound.ts';

/**
 * The rows that stand in a text. `strict`: it keeps to every rule, so it has to be read; else it may as well be
 * refused. `vague`: readers may differ on a cell, so only the number of rows counts. Undefined: the text is broken,
 * and has to be refused.
 */
export interface Reading {
  readonly rows: readonly Cells[];
  readonly strict: boolean;
  readonly vague: boolean;
  /** A column stands in none of its lines. */
  readonly lacks: boolean;
}

/** Undefined: no whole gzip file. What does not begin as one is taken as it is. */
export function unpacked(body: Buffer): Buffer | undefined {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return gunzipSync(body);
  } catch {
    return undefined;
  }
}

/** What replaces bytes that are no UTF-8; no sound file holds it. */
const replacement = '\ufffd';

/** RFC 4180, any of the three line ends, a byte order mark. */
export function readCsv(body: Buffer): Reading | undefined {
  const text = body.toString().replace(/^\ufeff/, '');
  const parsed = new CsvText(text).parse();
  const [header, ...rows] = parsed?.rows ?? [];
  if (!parsed || !header) return undefined;
  const at = columns.map((name) => header.indexOf(name));
  if (at.includes(-1) || new Set(header).size < header.length) return undefined;
  const isOneTooMany = (row: readonly string[]) =>
    row.length === header.length + 1 && row.at(-1) === '';
  if (!rows.every((row) => row.length === header.length || isOneTooMany(row))) return undefined;
  const cells = rows.map((row) => at.map((index) => row[index] || null));
  // Put together from several: the names would pass for a member.
  if (cells.some((row) => row.join() === columns.join())) return undefined;
  if (cells.flat().some((cell) => cell?.includes(replacement))) return undefined;
  const strict = parsed.strict && isUtf8(body) && !text.includes('\0') && !rows.some(isOneTooMany);
  return { rows: cells, strict, vague: parsed.vague, lacks: false };
}

class CsvText {
  readonly #text: string;
  #at = 0;
  #strict = true;
  #vague = false;
  readonly #ends = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  parse(): { rows: string[][]; strict: boolean; vague: boolean } | undefined {
    const rows: string[][] = [];
    while (this.#at < this.#text.length) {
      const row = this.#row();
      if (!row) return undefined;
      // A blank line says nothing, though it should not be there.
      if (row.length > 1 || row[0] !== '') rows.push(row);
      else if (rows.length === 0) return undefined;
      else this.#strict = false;
    }
    return { rows, strict: this.#strict && this.#ends.size < 2, vague: this.#vague };
  }

  #row(): string[] | undefined {
    const cells: string[] = [];
    for (;;) {
      const cell = this.#cell();
      if (cell === undefined) return undefined;
      cells.push(cell);
      if (this.#text[this.#at] === ',') {
        this.#at += 1;
        continue;
      }
      const end = /\r\n|\r|\n/y;
      end.lastIndex = this.#at;
      const [found] = end.exec(this.#text) ?? [];
      if (found !== undefined) this.#ends.add(found);
      this.#at += found?.length ?? 0;
      return cells;
    }
  }

  #cell(): string | undefined {
    const [blanks = ''] = /^ */.exec(this.#text.slice(this.#at, this.#at + 40)) ?? [];
    if (this.#text[this.#at + blanks.length] !== '"') return this.#plain();
    if (blanks !== '') this.#lax();
    this.#at += blanks.length + 1;
    return this.#quoted();
  }

  #plain(): string {
    const end = /[,\r\n]|$/g;
    end.lastIndex = this.#at;
    const to = end.exec(this.#text)?.index ?? this.#text.length;
    const cell = this.#text.slice(this.#at, to);
    this.#at = to;
    if (cell.includes('"')) this.#strict = false;
    return cell;
  }

  #quoted(): string | undefined {
    let cell = '';
    for (;;) {
      const quote = this.#text.indexOf('"', this.#at);
      if (quote < 0) return undefined;
      cell += this.#text.slice(this.#at, quote);
      this.#at = quote + 1;
      if (this.#text[this.#at] !== '"') break;
      cell += '"';
      this.#at += 1;
    }
    while (this.#text[this.#at] === ' ') {
      this.#lax();
      this.#at += 1;
    }
    const next = this.#text[this.#at];
    return next === undefined || /[,\r\n]/.test(next) ? cell : undefined;
  }

  /** Blanks around quotes: some readers keep them. */
  #lax(): void {
    this.#strict = false;
    this.#vague = true;
  }
}

/** Each line a JSON object, or blank. */
export function readNdjson(body: Buffer): Reading | undefined {
  const lines = body
    .toString()
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const objects = lines.map(objectIn);
  const rows: Cells[] = [];
  let vague = false;
  let strict = isUtf8(body);
  for (const [at, found] of objects.entries()) {
    if (!found) return undefined;
    const line = lines[at] ?? '';
    strict &&= found.strict;
    const cells = columns.map((name) => found.object[name] ?? null);
    if (cells.some((cell) => JSON.stringify(cell).includes(replacement))) return undefined;
    // Of a name that stands twice readers take either value. Whose it is, the object's or one's within it, is not told here.
    const names = namesIn(line);
    const isNested = Object.values(found.object).some(
      (value) => typeof value === 'object' && value !== null,
    );
    if (new Set(names).size < names.length) {
      if (!isNested) return undefined;
      vague = true;
    }
    // Numbers have a form of their own.
    vague ||= cells.some((cell) => cell !== null && typeof cell !== 'string');
    rows.push(cells.map((cell) => (cell === null ? null : String(cell))));
  }
  const lacks = columns.some((name) => !objects.some((each) => each && name in each.object));
  return { rows, strict: strict && !vague, vague, lacks };
}

/** Strings that a colon follows. */
const namesIn = (line: string) =>
  [...line.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].flatMap(([text, colon]) =>
    colon ? [JSON.parse(text.slice(0, -colon.length))] : [],
  );

interface Found {
  readonly object: Readonly<Record<string, unknown>>;
  readonly strict: boolean;
}

function objectIn(line: string): Found | undefined {
  // Beyond JSON, and no harm: NaN and the infinities, a comma at the end, any blank around the object.
  const loose = line
    .trim()
    .replace(/-?\b(NaN|Infinity|inf)\b/gi, '0')
    .replace(/,(\s*[\]}])/g, '$1');
  for (const each of [line, loose]) {
    try {
      const value: unknown = JSON.parse(each);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      return { object: value as Record<string, unknown>, strict: each === line };
    } catch {}
  }
  return undefined;
}
