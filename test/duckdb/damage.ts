/** Files of a small audience, ways to damage them, and what a strict reader makes of the damage. */
import { isUtf8 } from 'node:buffer';
import type { Random } from '../simulation/random.ts';

export const columns = ['key', 'value', 'city'] as const;
export type Cells = readonly (string | null)[];

/** Letters that no message of ours puts beside one another: a cell in an error text shows. */
const letters = 'qzxjvk';

export function audience(random: Random, rows: number): Cells[] {
  const word = (length: number) =>
    Array.from({ length }, () => letters[random.between(0, letters.length - 1)]).join('');
  const spiced = () => random.pick(['', '', '', ',', '"', '\n', ' ', 'é', '😀', '\\', "'"]);
  return Array.from({ length: rows }, (_, i) => [
    `${word(8)}${i}`,
    random.chance(0.1) ? null : `${word(4)}${spiced()}${word(4)}`,
    random.chance(0.3) ? null : word(6),
  ]);
}

const quoted = (cell: string | null, random: Random) =>
  cell !== null && (random.chance(0.3) || /[",\n]/.test(cell))
    ? `"${cell.replaceAll('"', '""')}"`
    : (cell ?? '');

export const asCsv = (rows: readonly Cells[], random: Random): Buffer => {
  const end = random.pick(['\n', '\r\n']);
  const lines = rows.map((row) => row.map((cell) => quoted(cell, random)).join(','));
  return Buffer.from([columns.join(','), ...lines].map((line) => line + end).join(''));
};

export const asNdjson = (rows: readonly Cells[]): Buffer =>
  Buffer.from(
    rows
      .map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])))
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  );

/** What a bad disk, a broken transfer or a careless script does to a file. */
const damages: Readonly<Record<string, (body: Buffer, random: Random) => Buffer>> = {
  'bits flipped': (body, random) => {
    const next = Buffer.from(body);
    for (let i = random.between(1, 3); i > 0; i--) {
      const at = random.between(0, body.length - 1);
      next[at] = (next[at] ?? 0) ^ (1 << random.between(0, 7));
    }
    return next;
  },
  'cut short': (body, random) => body.subarray(0, random.between(0, body.length - 1)),
  'piece lost': (body, random) => {
    const from = random.between(0, body.length - 1);
    const to = Math.min(body.length, from + random.between(1, 200));
    return Buffer.concat([body.subarray(0, from), body.subarray(to)]);
  },
  'piece twice': (body, random) => {
    const from = random.between(0, body.length - 1);
    const to = Math.min(body.length, from + random.between(1, 200));
    return Buffer.concat([body.subarray(0, to), body.subarray(from)]);
  },
  'bytes inserted': (body, random) => {
    const at = random.between(0, body.length);
    const some = random.chance(0.6)
      ? Buffer.from(random.pick(['"', ',', '\n', '\r', '\r\n', '\\', '{', '}', '\0', '""', ' ']))
      : Buffer.from(Array.from({ length: random.between(1, 8) }, () => random.between(0, 255)));
    return Buffer.concat([body.subarray(0, at), some, body.subarray(at)]);
  },
  'zeros written': (body, random) => {
    const from = random.between(0, body.length - 1);
    const next = Buffer.from(body);
    return next.fill(0, from, Math.min(body.length, from + random.between(1, 64)));
  },
};
const kinds = Object.keys(damages);

export function damage(body: Buffer, random: Random): { kind: string; body: Buffer } {
  const kind = random.pick(kinds);
  return { kind, body: damages[kind]?.(body, random) ?? body };
}

/** Rows as a strict reader reads them; undefined: the file is broken. `vague`: readers may differ on its cells. */
export interface Reading {
  readonly rows: readonly Cells[];
  readonly vague: boolean;
}

/** RFC 4180, and what is known to do no harm: blank lines, one delimiter too many at the end of a row. */
export function readCsv(body: Buffer): Reading | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString().replace(/^\ufeff/, '');
  const field = /\s*"(?:[^"]|"")*"|[^,\r\n]*/y;
  const rows: string[][] = [];
  const ends = new Set<string>();
  let vague = text.includes('\0');
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    field.lastIndex = at;
    const raw = field.exec(text)?.[0] ?? '';
    at += raw.length;
    // A quote that is never closed, or blanks around one.
    if (/^ *"/.test(raw) && !/^ *"(?:[^"]|"")*"$/.test(raw)) return undefined;
    if (/^ +"/.test(raw) || (/^ *"/.test(raw) && text[at] === ' ')) vague = true;
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    const end = /\r\n|\r|\n/y;
    end.lastIndex = at;
    const ending = end.exec(text)?.[0];
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      row.push('');
    } else if (ending !== undefined) {
      at += ending.length;
      ends.add(ending);
    } else if (at < text.length) {
      if (text[at] !== ' ') return undefined;
      at += text.slice(at).search(/[^ ]|$/);
      if (at < text.length && !/[,\r\n]/.test(text[at] ?? '')) return undefined;
      row.pop();
      continue;
    }
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  if (ends.size > 1) return undefined;
  const [header, ...data] = rows;
  if (!header) return undefined;
  const isWhole = data.every(
    (each) =>
      each.length === header.length || (each.length === header.length + 1 && each.at(-1) === ''),
  );
  const at = columns.map((name) => header.indexOf(name));
  if (!isWhole || at.includes(-1) || new Set(header).size < header.length) return undefined;
  return { rows: data.map((each) => at.map((index) => each[index] || null)), vague };
}

/** Also what DuckDB takes beyond JSON: NaN, infinities, a comma at the end. */
export function readNdjson(body: Buffer): Reading | undefined {
  if (!isUtf8(body)) return undefined;
  const rows: Cells[] = [];
  let vague = false;
  for (const line of body
    .toString()
    .replace(/^\ufeff/, '')
    .split('\n')) {
    if (line.trim() === '') continue;
    const value = parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const cells = columns.map((name) => (value as Record<string, unknown>)[name] ?? null);
    // Numbers have a form of their own, and of a name that stands twice readers take either value.
    vague ||= cells.some((cell) => cell !== null && typeof cell !== 'string');
    vague ||= columns.some((name) => line.split(`"${name}"`).length > 2);
    rows.push(cells.map((cell) => (cell === null ? null : String(cell))));
  }
  return { rows, vague };
}

function parse(line: string): unknown {
  const loose = line.replace(/-?\b(NaN|Infinity|inf)\b/gi, '0').replace(/,(\s*[\]}])/g, '$1');
  for (const each of [line, loose]) {
    try {
      return JSON.parse(each);
    } catch {}
  }
  return undefined;
}
