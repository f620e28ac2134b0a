/** Where a CSV file breaks the rules: the line, for the people who have to mend the export. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { CsvDialect } from '../contracts/sync.ts';
import { type BrokenLine, maxRowBytes, tooLong } from './text-blocks.ts';

/** What is read at a time. */
const highWaterMark = 1_048_576;

/** The first place where the file is not CSV with rows of this many cells. */
export async function findBrokenCsvLine(
  path: string,
  dialect: CsvDialect,
  width: number,
): Promise<BrokenLine | undefined> {
  const rows = new RowCheck(dialect, width);
  let rest: Buffer | undefined;
  for await (const chunk of createReadStream(path, { highWaterMark })) {
    const bytes = rest ? Buffer.concat([rest, chunk]) : withoutMark(chunk);
    const end = wholeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    rest = bytes.subarray(end);
    const line = isUtf8(whole) ? undefined : rows.line + linesBeforeBroken(whole);
    const broken = line === undefined ? rows.read(whole) : { line, what: notUtf8 };
    if (broken) return broken;
  }
  if (rest && rest.length > 0) return { line: rows.line, what: notUtf8 };
  return rows.end();
}

const mark = Buffer.from('\ufeff');
const withoutMark = (bytes: Buffer) =>
  bytes.subarray(0, mark.length).equals(mark) ? bytes.subarray(mark.length) : bytes;

const notUtf8 = 'is not UTF-8';

/** Where the last character that may go on in the next bytes begins; the length where none does. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function linesBeforeBroken(bytes: Buffer): number {
  let lines = 0;
  for (let start = 0; ; lines += 1) {
    const end = bytes.indexOf('\n', start) + 1;
    if (end === 0 || !isUtf8(bytes.subarray(start, end))) return lines;
    start = end;
  }
}

/**
 * Whether the last row may be longer than is read. A look at the end of the file: wherever in a row that begins, a row
 * ends in it, or the quotes do not fit. Only where they leave it open, the file has to be read as a whole.
 */
export async function mayEndInLongRow(path: string, dialect: CsvDialect): Promise<boolean> {
  const { size } = await stat(path);
  if (size <= maxRowBytes) return false;
  let waysToBegin: RowCheck[] | undefined;
  // Without the last row's own end.
  const range = { start: size - maxRowBytes, end: size - 2 };
  for await (const chunk of createReadStream(path, { ...range, highWaterMark })) {
    let bytes: Buffer = chunk;
    if (!waysToBegin) {
      // Behind a character that says nothing there are two: in quotes and without.
      const from = plainCharacter(bytes, dialect) + 1;
      if (from === 0) return true;
      bytes = bytes.subarray(from);
      waysToBegin = [places.quoted, places.plain].map((at) => new RowCheck(dialect, undefined, at));
    }
    waysToBegin = waysToBegin.filter((check) => !check.read(bytes));
    if (waysToBegin.every(({ rows }) => rows > 0)) return false;
  }
  return (waysToBegin ?? []).some((check) => check.rows === 0 && !check.isOpen);
}

const plainCharacter = (bytes: Buffer, dialect: CsvDialect) => {
  const classes = classesOf(dialect);
  return bytes.findIndex((byte) => byte < 0x80 && classes[byte] === kinds.other);
};

/** Of bytes. `mark` is an escape that is not the quote. */
const kinds = {
  other: 0,
  quote: 1,
  mark: 2,
  lineFeed: 3,
  carriageReturn: 4,
  delimiter: 5,
  blank: 6,
};

function classesOf({ delimiter, quote, escape: mark = quote }: CsvDialect): Uint8Array {
  const classes = new Uint8Array(256);
  classes[0x20] = kinds.blank;
  classes[0x0a] = kinds.lineFeed;
  classes[0x0d] = kinds.carriageReturn;
  classes[Buffer.from(delimiter)[0] ?? 0] = kinds.delimiter;
  classes[mark.charCodeAt(0)] = kinds.mark;
  classes[quote.charCodeAt(0)] = kinds.quote;
  return classes;
}

/** In a cell. After blanks a quote may still open; after a quote that closed, another one makes a pair with it. */
const places = { start: 0, blank: 1, plain: 2, quoted: 3, closed: 4, closedBlank: 5 };

class RowCheck {
  readonly #classes: Uint8Array;
  readonly #delimiter: Buffer;
  readonly #arePairs: boolean;
  /** Undefined: of any number. */
  readonly #width: number | undefined;
  #at: number;
  /** The last byte was an escape, or a carriage return that may have a line feed. */
  #isEscaped = false;
  #isReturned = false;
  #cells = 1;
  #lineEnd: string | undefined;
  /** Bytes before these, and where in the file the row began. */
  #before = 0;
  #rowStart = 0;
  #rowLine = 1;
  #quoteLine = 1;
  line = 1;
  rows = 0;

  constructor(dialect: CsvDialect, width: number | undefined, at: number = places.start) {
    this.#classes = classesOf(dialect);
    this.#delimiter = Buffer.from(dialect.delimiter);
    this.#arePairs = (dialect.escape ?? dialect.quote) === dialect.quote;
    this.#width = width;
    this.#at = at;
  }

  get isOpen(): boolean {
    return this.#at === places.quoted;
  }

  /** Whole characters. */
  read(bytes: Buffer): BrokenLine | undefined {
    const classes = this.#classes;
    for (let index = 0; index < bytes.length; index += 1) {
      if (this.#at === places.quoted) {
        index = this.#passQuoted(bytes, index);
        continue;
      }
      if (this.#at === places.plain)
        while (index < bytes.length && classes[bytes[index] ?? 0] === kinds.other) index += 1;
      if (index === bytes.length) break;
      const kind = classes[bytes[index] ?? 0];
      if (this.#isReturned) {
        const broken = this.#endRow(kind === kinds.lineFeed ? '\r\n' : '\r', this.#before + index);
        if (broken) return broken;
        if (kind === kinds.lineFeed) continue;
      }
      const broken = this.#take(kind, bytes, index);
      if (broken) return broken;
      if (kind === kinds.delimiter && this.#at === places.start)
        index += this.#delimiter.length - 1;
    }
    this.#before += bytes.length;
    return this.#before - this.#rowStart > maxRowBytes
      ? { line: this.#rowLine, what: tooLong }
      : undefined;
  }

  /** Gives the place of the quote that closes, or the end. */
  #passQuoted(bytes: Buffer, from: number): number {
    const classes = this.#classes;
    const { length } = bytes;
    for (let index = from; index < length; index += 1) {
      // Most bytes of many files end here.
      if (!this.#isEscaped)
        while (index < length && classes[bytes[index] ?? 0] === kinds.other) index += 1;
      const kind = index < length ? classes[bytes[index] ?? 0] : kinds.other;
      if (kind === kinds.lineFeed) this.line += 1;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (kind === kinds.mark) this.#isEscaped = true;
      else if (kind === kinds.quote) {
        if (this.#arePairs && classes[bytes[index + 1] ?? 0] === kinds.quote) {
          index += 1;
          continue;
        }
        this.#at = places.closed;
        return index;
      }
    }
    return length;
  }

  end(): BrokenLine | undefined {
    if (this.isOpen) {
      return { line: this.#quoteLine, what: 'opens a quote that is never closed' };
    }
    const isEnded = this.#rowStart === this.#before && this.rows > 0;
    if (isEnded) return undefined;
    return this.#endRow(this.#isReturned ? '\r' : (this.#lineEnd ?? ''), this.#before);
  }

  #take(kind: number | undefined, bytes: Buffer, index: number): BrokenLine | undefined {
    switch (kind) {
      case kinds.lineFeed:
        return this.#endRow('\n', this.#before + index);
      case kinds.carriageReturn:
        this.#isReturned = true;
        return undefined;
      case kinds.delimiter:
        if (!this.#isDelimiter(bytes, index)) return this.#character();
        this.#cells += 1;
        this.#at = places.start;
        return undefined;
      case kinds.quote:
        return this.#quote();
      case kinds.blank:
        if (this.#at === places.start) this.#at = places.blank;
        else if (this.#at === places.closed) this.#at = places.closedBlank;
        return undefined;
      default:
        return this.#character();
    }
  }

  #isDelimiter(bytes: Buffer, index: number): boolean {
    const { length } = this.#delimiter;
    return length === 1 || bytes.subarray(index, index + length).equals(this.#delimiter);
  }

  #quote(): BrokenLine | undefined {
    const opens = this.#at === places.start || this.#at === places.blank;
    if (!opens && !(this.#at === places.closed && this.#arePairs)) return this.#character();
    if (opens) this.#quoteLine = this.line;
    this.#at = places.quoted;
    return undefined;
  }

  #character(): BrokenLine | undefined {
    if (this.#at === places.closed || this.#at === places.closedBlank)
      return { line: this.line, what: 'has text after a closing quote' };
    this.#at = places.plain;
    return undefined;
  }

  /** @param end where its line end begins; a carriage return is one byte before */
  #endRow(lineEnd: string, end: number): BrokenLine | undefined {
    const [line, rowLine, cells] = [this.line, this.#rowLine, this.#cells];
    // DuckDB lets these pass, and nothing is lost: a blank line, and a delimiter at the end of a row.
    const surplus = this.#at === places.start ? 1 : 0;
    const width = this.#width ?? cells;
    const isFine = cells === width || cells - surplus === width || cells === surplus;
    const isLong = end - this.#rowStart > maxRowBytes;
    this.#lineEnd ??= lineEnd;
    const isOther = this.#lineEnd !== lineEnd;
    this.#isReturned = false;
    this.#cells = 1;
    this.#at = places.start;
    this.#rowStart = lineEnd === '\r' ? end : end + 1;
    this.line += 1;
    this.#rowLine = this.line;
    this.rows += 1;
    if (isLong) return { line: rowLine, what: tooLong };
    if (isOther) return { line, what: 'ends in another way (CR, LF) than the lines before it' };
    return isFine
      ? undefined
      : { line, what: `has ${cells} cells where the header has ${this.#width}` };
  }
}
