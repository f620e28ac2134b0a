/** Calendar days: Meta's `db` is YYYYMMDD, its DOBY, DOBM and DOBD are YYYY, MM and DD. */
import type { NormaliseRule } from '../../../contracts/normalise.ts';

type DateRule = Extract<NormaliseRule, { rule: 'date' }>;
type Day = readonly [year: string, month: string, day: string];

const time = String.raw`(?:[T ]\d{1,2}:\d{2}.*)?`;
const yearFirst = new RegExp(String.raw`^(\d{4})([-/.]?)(\d{2})\2(\d{2})${time}$`);
const looseYearFirst = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${time}$`);
const yearLast = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})${time}$`);

/** Undefined where the text is no day of the calendar in an order the rule allows. */
export function date(text: string, rule: DateRule): string | undefined {
  const parts = partsOf(text.trim(), rule.reads);
  if (!parts) return undefined;
  const [year, month, day] = parts;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  return write([year, month.padStart(2, '0'), day.padStart(2, '0')], rule.writes);
}

function partsOf(text: string, order: DateRule['reads']): Day | undefined {
  const first = yearFirst.exec(text) ?? looseYearFirst.exec(text);
  if (first) return [first[1] ?? '', first[3] ?? '', first[4] ?? ''];
  const last = order === 'ymd' ? null : yearLast.exec(text);
  if (!last) return undefined;
  const [, one = '', , two = '', year = ''] = last;
  return order === 'mdy' ? [year, one, two] : [year, two, one];
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (month === 2) return day <= (isLeap(year) ? 29 : 28);
  return day <= ([4, 6, 9, 11].includes(month) ? 30 : 31);
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function write([year, month, day]: Day, form: DateRule['writes']): string {
  switch (form) {
    case 'YYYYMMDD':
      return year + month + day;
    case 'YYYY-MM-DD':
      return `${year}-${month}-${day}`;
    case 'YYYY':
      return year;
    case 'MM':
      return month;
    case 'DD':
      return day;
  }
}
