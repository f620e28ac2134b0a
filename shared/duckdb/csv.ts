/** CSV as RFC 4180 has it, with the delimiter and quote of the sync: its header, and where a file breaks the rules. */
import { isUtf8 } from 'node:buffer';
import type { Source } from '../contracts/sync.ts';
import { maxRowBytes, type TextFault, textLines } from './text-lines.ts';

export type CsvDialect = Source['csv'];

const maxHeaderBytes = 1_048_576;

/** The names in the first row; undefined where it is blank, or its quotes do not close within 1 MiB. */
export async function readHeader(path: string, dialect: CsvDialect): Promise<string[] | undefined> {
  let text = '';
  for await (const line of textLines(path)) {
    text += line.bytes.toString().replace(/^\ufeff/, line.number === 1 ? '' : '$&');
    if (text.length > maxHeaderBytes) return undefined;
    const cells = cellsOf(text, dialect);
    if (cells) return cells.length === 1 && cells[0] === '' ? undefined : cells;
  }
  return undefined;
}

/** The cells of the first row of the text; undefined while a quote is open. */
function cellsOf(text: string, { delimiter, quote }: CsvDialect): string[] | undefined {
  const cells: string[] = [];
  let cell = '';
  let open = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (open) {
      if (char !== quote) cell += char;
      else if (text.charAt(index + 1) === quote) cell += text.charAt(++index);
      else open = false;
    } else if (char === quote && cell === '') open = true;
    else if (char === '\n' || char === '\r') break;
    else if (char === delimiter) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return open ? undefined : [...cells, cell];
}

/** The first place where the file is not CSV with rows of this many cells. */
export async function findCsvFault(
  path: string,
  dialect: CsvDialect,
  width: number,
): Promise<TextFault | undefined> {
  const rows = new RowCheck(dialect, width);
  let last = 1;
  for await (const line of textLines(path)) {
    last = line.number;
    const whole = line.bytes.length <= maxRowBytes;
    if (whole && !isUtf8(line.bytes)) return { line: line.number, what: 'is not UTF-8' };
    const fault = rows.read(line.bytes.toString(), line.number, line.bytes.length);
    if (fault) return fault;
  }
  return rows.end(last);
}

class RowCheck {
  readonly #dialect: CsvDialect;
  readonly #width: number;
  #cells = 1;
  #bytes = 0;
  #lineEnd: string | undefined;
  /** Where in a cell we are; after blanks a quote may still open. */
  #at: 'start' | 'blank' | 'plain' | 'quoted' | 'closed' = 'start';
  #quoteLine = 0;

  constructor(dialect: CsvDialect, width: number) {
    this.#dialect = dialect;
    this.#width = width;
  }

  read(text: string, line: number, bytes: number): TextFault | undefined {
    this.#bytes += bytes;
    if (this.#bytes > maxRowBytes) {
      return { line, what: `belongs to a row of more than ${maxRowBytes / 1_048_576} MiB` };
    }
    for (let index = 0; index < text.length; index += 1) {
      const char = text.charAt(index);
      if (this.#at === 'quoted') {
        index = text.indexOf(this.#dialect.quote, index);
        if (index < 0) break;
        if (text.charAt(index + 1) === this.#dialect.quote) index += 1;
        else this.#at = 'closed';
      } else if (char === '\n' || char === '\r') {
        const end = text.startsWith('\r\n', index) ? '\r\n' : char;
        index += end.length - 1;
        const what = this.#endRow(end);
        if (what !== undefined) return { line, what };
      } else {
        const what = this.#character(char, line);
        if (what !== undefined) return { line, what };
      }
    }
    return undefined;
  }

  /** @param line the last one */
  end(line: number): TextFault | undefined {
    if (this.#at === 'quoted') {
      return { line: this.#quoteLine, what: 'opens a quote that is never closed' };
    }
    const what = this.#endRow(this.#lineEnd ?? '');
    return what === undefined ? undefined : { line, what };
  }

  #character(char: string, line: number): string | undefined {
    if (char === this.#dialect.delimiter) {
      this.#cells += 1;
      this.#at = 'start';
    } else if (char === this.#dialect.quote && /start|blank/.test(this.#at)) {
      this.#at = 'quoted';
      this.#quoteLine = line;
    } else if (char === ' ') {
      if (this.#at === 'start') this.#at = 'blank';
    } else {
      if (this.#at === 'closed') return 'has text after a closing quote';
      this.#at = 'plain';
    }
    return undefined;
  }

  #endRow(lineEnd: string): string | undefined {
    const cells = this.#cells;
    // DuckDB lets these pass, and nothing is lost: a blank line, and a delimiter at the end of a row.
    const surplus = this.#at === 'start' ? 1 : 0;
    const isFine = cells === this.#width || cells - surplus === this.#width || cells === surplus;
    this.#cells = 1;
    this.#bytes = 0;
    this.#at = 'start';
    this.#lineEnd ??= lineEnd;
    if (this.#lineEnd !== lineEnd) return 'ends in another way (CR, LF) than the lines before it';
    if (isFine) return undefined;
    return `has ${cells} cells where the header has ${this.#width}`;
  }
}
