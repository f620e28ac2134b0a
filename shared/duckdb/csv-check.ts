/** Where a CSV file breaks the rules: the line, for the people who have to mend the export. */
import { isUtf8 } from 'node:buffer';
import type { CsvDialect } from '../contracts/sync.ts';
import { type BrokenLine, linesOf, maxRowBytes, textBlocks, tooLong } from './text-blocks.ts';

/** The first place where the file is not CSV with rows of this many cells. */
export async function findBrokenCsvLine(
  path: string,
  dialect: CsvDialect,
  width: number,
): Promise<BrokenLine | undefined> {
  const rows = new RowCheck(dialect, width);
  for await (const block of textBlocks(path)) {
    // A block beyond the limit is one line, and may be cut off within a character.
    if (block.bytes.length <= 2 * maxRowBytes && !isUtf8(block.bytes)) {
      const line = [...linesOf(block)].find(({ bytes }) => !isUtf8(bytes))?.line ?? block.line;
      return { line, what: 'is not UTF-8' };
    }
    const broken = rows.read(block.bytes.toString(), block.line);
    if (broken) return broken;
  }
  return rows.end();
}

/** The next quote or escape; the text's length where there is none. */
function nextMark(text: string, from: number, quote: string, mark: string): number {
  const at = text.indexOf(quote, from);
  const end = at < 0 ? text.length : at;
  if (mark === quote) return end;
  const escaped = text.slice(from, end).indexOf(mark);
  return escaped < 0 ? end : from + escaped;
}

class RowCheck {
  readonly #dialect: CsvDialect;
  readonly #width: number;
  /** Where in a cell we are; after blanks a quote may still open. */
  #at: 'start' | 'blank' | 'plain' | 'quoted' | 'closed' = 'start';
  #cells = 1;
  /** Length of the row up to the current block. */
  #length = 0;
  #lineEnd: string | undefined;
  /** The text ended with an escape. */
  #isEscaped = false;
  /** Line of the row's beginning, its last opening quote, and the last line read. */
  #rowLine = 1;
  #quoteLine = 1;
  #line = 1;

  constructor(dialect: CsvDialect, width: number) {
    this.#dialect = dialect;
    this.#width = width;
  }

  /** @param line number of the text's first line */
  read(text: string, line: number): BrokenLine | undefined {
    // Lines are counted only where somebody asks: in between, quoted text is leapt over.
    const lineAt = (index: number) => line + text.slice(0, index).split('\n').length - 1;
    let rowStart = 0;
    let opened: number | undefined;
    for (let index = 0; index < text.length; index += 1) {
      if (this.#at === 'quoted') {
        index = this.#endOfQuoted(text, index);
        if (index >= text.length) break;
        this.#at = 'closed';
        continue;
      }
      const char = text.charAt(index);
      if (char === '\n' || char === '\r') {
        const end = text.startsWith('\r\n', index) ? '\r\n' : char;
        const what = this.#endRow(end, index - rowStart);
        if (what !== undefined) return { line: lineAt(index), what };
        index += end.length - 1;
        rowStart = index + 1;
      } else {
        const what = this.#character(char);
        if (what !== undefined) return { line: lineAt(index), what };
        if (char === this.#dialect.quote) opened = index;
      }
    }
    if (rowStart > 0) this.#rowLine = lineAt(rowStart);
    if (opened !== undefined) this.#quoteLine = lineAt(opened);
    this.#line = lineAt(text.length) - (text.endsWith('\n') ? 1 : 0);
    this.#length += text.length - rowStart;
    return this.#length > maxRowBytes ? { line: this.#rowLine, what: tooLong } : undefined;
  }

  /** Where the quotes close, or beyond the text. An escape that ends a block stands before the next one's first character. */
  #endOfQuoted(text: string, from: number): number {
    const { quote, escape: mark = quote } = this.#dialect;
    let index = from;
    if (this.#isEscaped) index += 1;
    this.#isEscaped = false;
    for (; index < text.length; index += 1) {
      index = nextMark(text, index, quote, mark);
      const char = text.charAt(index);
      const isPair = char === mark && (mark !== quote || text.charAt(index + 1) === quote);
      if (isPair) {
        index += 1;
        this.#isEscaped = index === text.length && mark !== quote;
      } else if (char === quote) return index;
    }
    return index;
  }

  end(): BrokenLine | undefined {
    if (this.#at === 'quoted') {
      return { line: this.#quoteLine, what: 'opens a quote that is never closed' };
    }
    const what = this.#endRow(this.#lineEnd ?? '', 0);
    return what === undefined ? undefined : { line: this.#line, what };
  }

  #character(char: string): string | undefined {
    if (char === this.#dialect.delimiter) {
      this.#cells += 1;
      this.#at = 'start';
    } else if (char === this.#dialect.quote && (this.#at === 'start' || this.#at === 'blank')) {
      this.#at = 'quoted';
    } else if (char === ' ') {
      if (this.#at === 'start') this.#at = 'blank';
    } else {
      if (this.#at === 'closed') return 'has text after a closing quote';
      this.#at = 'plain';
    }
    return undefined;
  }

  /** @param length of the row in the current block */
  #endRow(lineEnd: string, length: number): string | undefined {
    const cells = this.#cells;
    // DuckDB lets these pass, and nothing is lost: a blank line, and a delimiter at the end of a row.
    const surplus = this.#at === 'start' ? 1 : 0;
    const isFine = cells === this.#width || cells - surplus === this.#width || cells === surplus;
    const isLong = this.#length + length > maxRowBytes;
    this.#cells = 1;
    this.#length = 0;
    this.#at = 'start';
    this.#lineEnd ??= lineEnd;
    if (isLong) return tooLong;
    if (this.#lineEnd !== lineEnd) return 'ends in another way (CR, LF) than the lines before it';
    return isFine ? undefined : `has ${cells} cells where the header has ${this.#width}`;
  }
}
