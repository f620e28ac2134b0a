/** Calendar days: Meta's `db` is YYYYMMDD, its DOBY, DOBM and DOBD are YYYY, MM and DD. */
import type { NormaliseRule } from '../../../contracts/normalise.ts';
import { trim } from './text.ts';

type DateRule = Extract<NormaliseRule, { rule: 'date' }>;
type Day = readonly [year: string, month: string, day: string];

const time = String.raw`(?:[t ,]\s*\d{1,2}:\d{2}.*)?`;
const pattern = (text: string): RegExp => new RegExp(`^${text}${time}$`);

const yearFirst = [
  pattern(String.raw`(\d{4})([-/.]?)(\d{2})\2(\d{2})`),
  pattern(String.raw`(\d{4})([-/.])(\d{1,2})\2(\d{1,2})`),
  pattern(String.raw`(\d{4})\s*([年년])\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]`),
];
const yearLast = pattern(String.raw`(\d{1,2})([-/.])(\d{1,2})\2(\d{4})`);
const day = String.raw`(\d{1,2})(?:st|nd|rd|th)?\.?`;
const dayOfMonth = pattern(String.raw`${day}[\s-]+([a-z]{3,9})[\s.,-]+(\d{4})`);
const monthAndDay = pattern(String.raw`([a-z]{3,9})[\s.-]+${day}[\s,-]+(\d{4})`);
const yearAndMonth = pattern(String.raw`(\d{4})[\s-]+([a-z]{3,9})[\s.-]+${day}`);

const months = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august'],
  ...['september', 'october', 'november', 'december'],
];

/** Undefined where the text is no day of the calendar in an order the rule allows. */
export function date(text: string, rule: DateRule): string | undefined {
  const clean = trim(text)
    .normalize('NFKC')
    .replace(/^(\d{8})\.0+$/, '$1')
    .toLowerCase();
  const parts = yearFirstParts(clean) ?? namedParts(clean) ?? yearLastParts(clean, rule.reads);
  if (!parts) return undefined;
  const [year, month, dayOf] = parts;
  if (!isDay(Number(year), Number(month), Number(dayOf))) return undefined;
  return write([year, month.padStart(2, '0'), dayOf.padStart(2, '0')], rule.writes);
}

function yearFirstParts(text: string): Day | undefined {
  for (const each of yearFirst) {
    const found = each.exec(text);
    if (found) return [found[1] ?? '', found[3] ?? '', found[4] ?? ''];
  }
  return undefined;
}

/** A month with its name can stand in any order. */
function namedParts(text: string): Day | undefined {
  const [, first = '', second = '', last = ''] =
    dayOfMonth.exec(text) ?? monthAndDay.exec(text) ?? yearAndMonth.exec(text) ?? [];
  if (first === '') return undefined;
  if (/^[a-z]/.test(first)) return monthNamed(first, last, second);
  return first.length === 4 ? monthNamed(second, first, last) : monthNamed(second, last, first);
}

/** English, in full or by its first three letters; September also by four. */
function monthNamed(name: string, year: string, dayOf: string): Day | undefined {
  const at = months.findIndex(
    (month) =>
      month === name || month.slice(0, 3) === name || (name === 'sept' && month.startsWith(name)),
  );
  return at < 0 ? undefined : [year, String(at + 1), dayOf];
}

/**
 * Without an order of the rule, one number must say by its size that it is the day. With one, a number that
 * contradicts it is not turned round: it says that the order is wrong for the column.
 */
function yearLastParts(text: string, order: DateRule['reads']): Day | undefined {
  const last = yearLast.exec(text);
  if (!last) return undefined;
  const [, one = '', , two = '', year = ''] = last;
  const isDayFirst = order === 'dmy' || (order === 'ymd' && Number(one) > 12);
  const isMonthFirst = order === 'mdy' || (order === 'ymd' && Number(two) > 12);
  if (isDayFirst) return [year, two, one];
  return isMonthFirst ? [year, one, two] : undefined;
}

function isDay(year: number, month: number, dayOf: number): boolean {
  if (year < 1 || month < 1 || month > 12 || dayOf < 1) return false;
  if (month === 2) return dayOf <= (isLeap(year) ? 29 : 28);
  return dayOf <= ([4, 6, 9, 11].includes(month) ? 30 : 31);
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function write([year, month, dayOf]: Day, form: DateRule['writes']): string {
  switch (form) {
    case 'YYYYMMDD':
      return year + month + dayOf;
    case 'YYYY-MM-DD':
      return `${year}-${month}-${dayOf}`;
    case 'YYYY':
      return year;
    case 'MM':
      return month;
    case 'DD':
      return dayOf;
  }
}
