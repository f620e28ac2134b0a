/** The columns of a CSV file, from its first line. */
import type { CsvDialect } from '../contracts/sync.ts';
import { readHeader } from './csv.ts';
import { findBrokenCsvLine, mayEndInLongRow } from './csv-check.ts';
import type { Schema } from './schema.ts';
import { unreadable } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';

/** @throws SnapshotError `file-unreadable` */
export async function csvSchema(
  file: SnapshotFile,
  csv: CsvDialect,
  needed: readonly string[],
): Promise<Schema> {
  const columns = await readHeader(file.path, csv);
  if (!columns) {
    throw unreadable(
      file.object,
      'has no header in its first line: that is blank, longer than 1 MiB, or opens a quote it never closes',
      'Export it with the column names in the first line.',
    );
  }
  const separator = /^sep=(.)$/i.exec(columns.join(csv.delimiter))?.[1];
  if (separator !== undefined) {
    throw unreadable(
      file.object,
      `begins with the line sep=${separator}, which spreadsheets write`,
      `Take that line out, and set csv.delimiter of the source to ${JSON.stringify(separator)}.`,
    );
  }
  await refuseLongEnd(file, csv, columns.length);
  const hint = needed.every((name) => columns.includes(name))
    ? ''
    : await otherDelimiter(file.path, csv, needed, columns);
  return { file, columns, signature: JSON.stringify(columns), hint };
}

/** DuckDB leaves the last row out without a word where it is longer than its buffers. @throws SnapshotError */
async function refuseLongEnd(file: SnapshotFile, csv: CsvDialect, width: number): Promise<void> {
  if (!(await mayEndInLongRow(file.path, csv))) return;
  const broken = await findBrokenCsvLine(file.path, csv, width);
  if (!broken) return;
  throw unreadable(
    file.object,
    `cannot be read: line ${broken.line} ${broken.what}`,
    'Export it again; mend what writes it if it comes out the same.',
  );
}

const otherDelimiters = [',', ';', '\t', '|'];

/** The delimiter with which the first line has names that the sync looks for, or more than one. */
async function otherDelimiter(
  path: string,
  csv: CsvDialect,
  needed: readonly string[],
  columns: readonly string[],
): Promise<string> {
  for (const delimiter of otherDelimiters.filter((each) => each !== csv.delimiter)) {
    const others = (await readHeader(path, { ...csv, delimiter })) ?? [];
    const isBetter = needed.some((name) => others.includes(name) && !columns.includes(name));
    if (isBetter || (columns.length === 1 && others.length > 1)) {
      return ` It looks delimited by ${JSON.stringify(delimiter)}: then set csv.delimiter of the source to that.`;
    }
  }
  return '';
}
