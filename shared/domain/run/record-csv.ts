/** Records of a run's log as CSV (RFC 4180): the columns, and a line of each. */

const columns = [
  'run',
  'key',
  'action',
  'outcome',
  'code',
  'reason',
  'httpStatus',
  'request',
  'attempts',
  'firstAt',
  'lastAt',
  'rows',
  'file',
] as const;

/** As the API shows it; moments are ISO 8601. */
export type CsvRecord = Readonly<
  Partial<Record<(typeof columns)[number], string | number | null | undefined>>
>;

export const csvHeader: string = columns.join(',');

export function csvLine(run: string, record: CsvRecord): string {
  const row: CsvRecord = { ...record, run };
  return columns.map((name) => cell(row[name])).join(',');
}

function cell(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
