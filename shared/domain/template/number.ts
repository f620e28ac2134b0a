/**
 * `$number`: which texts are numbers, and which of those are sent exactly. A whole number of 64 bits is written digit for
 * digit, as ids are. Any other text is exact if the number that every JSON reader makes of it, an IEEE double, is printed as
 * the same decimal: 1.10 is (1.1), 0.1234567890123456789 is not. Texts are those of jsonata's `$number`, without its 0x, 0o
 * and 0b.
 */
import type { JsonValue } from '../../contracts/json.ts';
import type { InvalidCode } from './template.ts';

export type NumberFault = Extract<InvalidCode, 'not-a-number' | 'inexact-number'>;

const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?$/;

/** Why a value cannot be sent as a number; undefined if it can. */
export function numberFault(value: JsonValue): NumberFault | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'not-a-number';
  if (typeof value !== 'string') return 'not-a-number';
  if (isPlainInteger(value)) return undefined;
  if (!NUMBER.test(value) || !Number.isFinite(Number(value))) return 'not-a-number';
  return isExactNumber(value) || wholeOf(value) !== undefined ? undefined : 'inexact-number';
}

/** JSON of a value without fault. */
export function numberText(value: JsonValue): string {
  if (typeof value !== 'string') return String(Number(value));
  if (isPlainInteger(value)) return value;
  const whole = isExactNumber(value) ? undefined : wholeOf(value);
  return whole === undefined ? String(Number(value)) : String(whole);
}

const LEAST = -(2n ** 63n);
const MOST = 2n ** 64n - 1n;

/** A whole number that fits into 64 bits, signed or not. */
function wholeOf(text: string): bigint | undefined {
  if (!/^-?0*[0-9]{1,20}$/.test(text)) return undefined;
  const whole = BigInt(text);
  return whole >= LEAST && whole <= MOST ? whole : undefined;
}

/** Whether the decimal written is the one that its double is printed as. */
export function isExactNumber(text: string): boolean {
  const written = decimalOf(text);
  const kept = decimalOf(String(Number(text)));
  return (
    written.digits === kept.digits &&
    (written.digits === '' ||
      (written.negative === kept.negative && written.exponent === kept.exponent))
  );
}

/** digits × 10^exponent, without zeros at either end; zero has no digits. */
function decimalOf(text: string): { negative: boolean; digits: string; exponent: number } {
  const negative = text.startsWith('-');
  const [mantissa = '', exponent = '0'] = text.slice(negative ? 1 : 0).split(/[Ee]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  let first = 0;
  while (all.charAt(first) === '0') first++;
  let last = all.length;
  while (last > first && all.charAt(last - 1) === '0') last--;
  return {
    negative,
    digits: all.slice(first, last),
    exponent: Number(exponent) - fraction.length + all.length - last,
  };
}

/** At most 15 digits and no zero before others: exact, and as JSON prints it. The usual case, so without a pattern. */
function isPlainInteger(text: string): boolean {
  const count = text.length;
  if (count === 0 || count > 15) return false;
  for (let i = 0; i < count; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x30 || unit > 0x39) return false;
  }
  return count === 1 || text.charCodeAt(0) !== 0x30;
}
