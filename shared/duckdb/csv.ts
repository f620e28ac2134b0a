/** CSV as RFC 4180 has it, with the delimiter and quote of the sync. */
import type { CsvDialect } from '../contracts/sync.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import { textBlocks } from './text-blocks.ts';

/** @throws ConfigurationError `csv-dialect` */
export function checkDialect({ quote, delimiter, escape: mark = quote }: CsvDialect): void {
  const isFine =
    quote <= '\x7f' &&
    mark <= '\x7f' &&
    quote !== delimiter &&
    mark !== delimiter &&
    !/[\r\n\0]/.test(quote + delimiter + mark);
  if (isFine) return;
  throw new ConfigurationError(
    'csv-dialect',
    'CSV needs ASCII characters as quote and escape and another character as delimiter, none of them a line end. Change the csv settings of the sync.',
  );
}

const maxHeaderBytes = 1_048_576;

/** The names in the first row; undefined where it is blank, or its quotes do not close within 1 MiB. */
export async function readHeader(path: string, dialect: CsvDialect): Promise<string[] | undefined> {
  let bytes = Buffer.alloc(0);
  for await (const block of textBlocks(path)) {
    bytes = Buffer.concat([bytes, block.bytes]);
    const text = bytes.toString('utf8', 0, maxHeaderBytes).replace(/^\ufeff/, '');
    const cells = firstRow(text, dialect);
    if (cells) return cells.length === 1 && cells[0] === '' ? undefined : cells;
    if (bytes.length > maxHeaderBytes) return undefined;
  }
  return undefined;
}

/** The cells of the first row of the text; undefined where a quote stays open. */
function firstRow(
  text: string,
  { delimiter, quote, escape: mark = quote }: CsvDialect,
): string[] | undefined {
  const cells: string[] = [];
  let cell = '';
  let open = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (open) {
      const next = text.charAt(index + 1);
      if (char === mark && (next === quote || (next === mark && mark !== quote))) {
        cell += next;
        index += 1;
      } else if (char === quote) open = false;
      else cell += char;
    } else if (char === quote && cell === '') open = true;
    else if (char === '\n' || char === '\r') break;
    else if (char === delimiter) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return open ? undefined : [...cells, cell];
}
