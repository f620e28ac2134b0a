/** What bad disks, broken transfers and careless scripts do to a file. */
import { gzipSync } from 'node:zlib';
import type { Random } from '../simulation/random.ts';

export interface DamageInput {
  readonly body: Buffer;
  /** Another sound file of the same format. */
  readonly other: Buffer;
  /** How many the body has. */
  readonly rows: number;
}

export type Damage = (input: DamageInput, random: Random) => Buffer;

const place = (body: Buffer, random: Random) => random.between(0, Math.max(0, body.length - 1));

function piece(body: Buffer, random: Random): [from: number, to: number] {
  const from = place(body, random);
  const longest = random.pick([4, 40, 400, body.length]);
  return [from, Math.min(body.length, from + random.between(1, Math.max(1, longest)))];
}

/** Flips bits between the two places. */
function flip(body: Buffer, random: Random, from: number, to: number): Buffer {
  const next = Buffer.from(body);
  if (to <= from) return next;
  for (let count = random.between(1, 3); count > 0; count--) {
    const at = random.between(from, to - 1);
    next[at] = (next[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return next;
}

const inserted = (body: Buffer, at: number, some: Uint8Array) =>
  Buffer.concat([body.subarray(0, at), some, body.subarray(at)]);

/** Bytes that mean something to one reader or another. */
const loaded = [
  ...['"', '""', "'", ',', ';', '\n', '\r', '\r\n', '\\', '\\"', '{', '}', '[', ']', ':', '{}'],
  ...['\0', ' ', '\t', 'null', 'NaN', '\ufeff', '\u2028', '\u0085', '\u001a', '-', '.', '0'],
];

/** No UTF-8: a lone lead or tail byte, an overlong form, a surrogate, beyond the last character. */
const broken = ['\xe9', '\x80', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xff', '\xf0\x9f'];

/** For any file. */
const anywhere = {
  'bits flipped': ({ body }, random) => flip(body, random, 0, body.length),
  'bytes overwritten': ({ body }, random) => {
    const [from, to] = piece(body, random);
    return Buffer.from(body).fill(
      random.pick([0, 0, 0xff, 0x20, random.between(0, 255)]),
      from,
      to,
    );
  },
  'cut short': ({ body }, random) => body.subarray(0, place(body, random)),
  'beginning lost': ({ body }, random) => body.subarray(place(body, random)),
  'piece lost': ({ body }, random) => {
    const [from, to] = piece(body, random);
    return Buffer.concat([body.subarray(0, from), body.subarray(to)]);
  },
  'piece twice': ({ body }, random) => {
    const [from, to] = piece(body, random);
    return Buffer.concat([body.subarray(0, to), body.subarray(from)]);
  },
  'piece moved': ({ body }, random) => {
    const [from, to] = piece(body, random);
    const rest = Buffer.concat([body.subarray(0, from), body.subarray(to)]);
    return inserted(rest, place(rest, random), body.subarray(from, to));
  },
  'piece of another file over it': ({ body, other }, random) => {
    const [from, to] = piece(other, random);
    const at = random.chance(0.5) ? from : place(body, random);
    return Buffer.concat([
      body.subarray(0, at),
      other.subarray(from, to),
      body.subarray(at + to - from),
    ]);
  },
  'piece of another file in it': ({ body, other }, random) =>
    inserted(body, place(body, random), other.subarray(...piece(other, random))),
  'bytes inserted': ({ body }, random) =>
    inserted(
      body,
      place(body, random),
      Buffer.from(Array.from({ length: random.between(1, 8) }, () => random.between(0, 255))),
    ),
  'put together': ({ body, other }) => Buffer.concat([body, other]),
  'written twice': ({ body }) => Buffer.concat([body, body]),
  emptied: () => Buffer.alloc(0),
  'none at all': ({ body }) => body,
} satisfies Readonly<Record<string, Damage>>;

/** At the end of a line, where no reader can miss the rest. */
function lineEnd(body: Buffer, random: Random): number {
  return Math.max(0, body.indexOf('\n', place(body, random)) + 1);
}

/** For text before it is compressed. */
const inText = {
  'cut at a line end': ({ body }, random) => body.subarray(0, lineEnd(body, random)),
  'lines lost': ({ body }, random) => {
    const [one, two] = [lineEnd(body, random), lineEnd(body, random)].sort((a, b) => a - b);
    return Buffer.concat([body.subarray(0, one), body.subarray(two)]);
  },
  'lines of another file in it': ({ body, other }, random) =>
    inserted(body, lineEnd(body, random), other.subarray(lineEnd(other, random))),
  'signs inserted': ({ body }, random) =>
    inserted(body, place(body, random), Buffer.from(random.pick(loaded))),
  'sign overwritten': ({ body }, random) => {
    const sign = Buffer.from(random.pick(loaded));
    const at = place(body, random);
    return Buffer.concat([body.subarray(0, at), sign, body.subarray(at + sign.length)]);
  },
  'bad UTF-8': ({ body }, random) =>
    inserted(body, place(body, random), Buffer.from(random.pick(broken), 'latin1')),
  'another encoding': ({ body }, random) =>
    random.chance(0.5)
      ? Buffer.from(body.toString(), 'latin1')
      : Buffer.from(body.toString(), 'utf16le'),
  'column renamed': ({ body }, random) => {
    const name = random.pick(['key', 'value', 'city']);
    const as = random.pick([`${name}s`, name.toUpperCase(), ` ${name}`, 'renamed', '', 'note']);
    const text = body.toString();
    return Buffer.from(random.chance(0.5) ? text.replace(name, as) : text.replaceAll(name, as));
  },
  'first line lost': ({ body }) => body.subarray(body.indexOf('\n') + 1),
  'line ends changed': ({ body }, random) => {
    const lines = body.toString().split('\n');
    return Buffer.from(
      lines.map((line) => line + random.pick(['\n', '\n', '\r\n', '\r'])).join(''),
    );
  },
} satisfies Readonly<Record<string, Damage>>;

const inGzip = {
  'length that lies': ({ body }, random) =>
    flip(body, random, Math.max(0, body.length - 8), body.length),
  'header damaged': ({ body }, random) => flip(body, random, 0, Math.min(10, body.length)),
  'compressed twice': ({ body }) => gzipSync(body),
} satisfies Readonly<Record<string, Damage>>;

/** Where the footer of a Parquet file begins: its length stands before the last four bytes. */
function footerStart(body: Buffer): number {
  if (body.length < 12) return 0;
  return Math.max(4, body.length - 8 - body.readUInt32LE(body.length - 8));
}

/** @param length at least so many bytes */
function varint(value: number, length = 1): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length < length; rest = Math.floor(rest / 128))
    bytes.push((rest % 128) | 0x80);
  bytes.push((bytes.pop() ?? 0) & 0x7f);
  return bytes;
}

const inParquet = {
  'footer damaged': ({ body }, random) => flip(body, random, footerStart(body), body.length - 8),
  'number in the footer lies': ({ body }, random) => {
    const next = Buffer.from(body);
    const at = random.between(footerStart(body), Math.max(0, body.length - 9));
    const value = next[at] ?? 0;
    next[at] = random.pick([value + 2, value - 2, value >> 1, 0, 2, 0x7f, random.between(0, 0x7f)]);
    return next;
  },
  'count in the footer lies': ({ body, rows }, random) => {
    // A field of 64 bits that follows the one before it, and holds the number of rows.
    const truth = Buffer.from([0x16, ...varint(2 * rows)]);
    const places: number[] = [];
    for (let at = body.indexOf(truth, footerStart(body)); at >= 0; ) {
      places.push(at);
      at = body.indexOf(truth, at + 1);
    }
    const next = Buffer.from(body);
    const lie = random.between(0, 2 * rows);
    if (places.length > 0) next.set(varint(lie, truth.length - 1), random.pick(places) + 1);
    return next;
  },
  'footer length lies': ({ body }, random) => {
    const next = Buffer.from(body);
    const right = next.readUInt32LE(next.length - 8);
    const size = random.pick([0, 1, right - 1, right + 1, right >> 1, next.length, 0xffffffff]);
    next.writeUInt32LE(size >>> 0, next.length - 8);
    return next;
  },
  'footer of another file': ({ body, other }) =>
    Buffer.concat([body.subarray(0, footerStart(body)), other.subarray(footerStart(other))]),
  'pages of another file': ({ body, other }) =>
    Buffer.concat([other.subarray(0, footerStart(other)), body.subarray(footerStart(body))]),
  'page lost': ({ body }, random) => {
    const end = footerStart(body);
    const from = random.between(4, Math.max(4, end - 1));
    const to = Math.min(end, from + random.between(1, 300));
    return Buffer.concat([body.subarray(0, from), body.subarray(to)]);
  },
  'pages damaged': ({ body }, random) => flip(body, random, 4, footerStart(body)),
  'first page damaged': ({ body }, random) => flip(body, random, 4, Math.min(40, body.length)),
  'column renamed': ({ body }, random) => {
    const name = random.pick(['key', 'value', 'city']);
    const at = body.indexOf(name, footerStart(body));
    const next = Buffer.from(body);
    if (at >= 0) next.write(random.pick([name.toUpperCase(), 'k', '\0', 'city']), at);
    return next;
  },
} satisfies Readonly<Record<string, Damage>>;

const entries = (damages: Readonly<Record<string, Damage>>) => Object.entries(damages);

export const damages = {
  text: [...entries(anywhere), ...entries(inText)],
  gzip: [...entries(anywhere), ...entries(inGzip)],
  parquet: [...entries(anywhere), ...entries(inParquet), ...entries(inParquet)],
} as const;
