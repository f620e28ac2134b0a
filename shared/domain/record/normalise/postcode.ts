/**
 * Postal codes. Meta's `zp`: lower case without spaces and dashes, the first five digits in the United States.
 */
import type { NormaliseRule } from '../../../contracts/normalise.ts';
import { trim } from './text.ts';

type PostcodeRule = Extract<NormaliseRule, { rule: 'postcode' }>;

/**
 * Digits of a code, where codes are digits alone and may begin with 0: a column of numbers loses that one. As the
 * Universal Postal Union's addressing sheets of each country show them.
 */
const lengths: Readonly<Record<string, number>> = {
  ...{ DE: 5, FR: 5, ES: 5, IT: 5, MX: 5, FI: 5, PL: 5, KR: 5, TR: 5, MY: 5, EE: 5, LT: 5 },
  ...{ UA: 5, SG: 6, RO: 6, CN: 6, JP: 7, BR: 8 },
};

/** Undefined where nothing like a code of the country stands there. */
export function postcode(text: string, rule: PostcodeRule): string | undefined {
  const code = codeOf(bare(text, rule.country), rule);
  return rule.writes === 'upper' ? code?.toUpperCase() : code;
}

/** Lower-case letters and digits; a float's `.0` and a country's sign before digits are no part of it. */
function bare(text: string, country: string | undefined): string {
  const clean = trim(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^(\d+)\.0+$/, '$1');
  const isOfDigits = country !== undefined && Object.hasOwn(lengths, country);
  const own = isOfDigits ? clean.replace(/^(?:[a-z]{1,3}[- ]|〒)(?=\d)/, '') : clean;
  return own.replace(/[\s\p{Pd}]/gu, '');
}

function codeOf(code: string, { country, british }: PostcodeRule): string | undefined {
  if (!/^[\p{L}\p{N}]+$/u.test(code)) return undefined;
  if (country === 'US' || country === 'PR') return zip(code);
  if (country === 'GB') return britishCode(code, british);
  const length = country === undefined ? undefined : lengths[country];
  if (length === undefined) return code;
  return /^\d+$/.test(code) && code.length >= length - 1 && code.length <= length
    ? code.padStart(length, '0')
    : undefined;
}

/** ZIP+4 is cut; ZIP codes from 00501 on lose up to two zeros. */
function zip(code: string): string | undefined {
  if (!/^\d+$/.test(code)) return undefined;
  if (code.length >= 3 && code.length <= 5) return code.padStart(5, '0');
  return code.length >= 7 && code.length <= 9 ? code.padStart(9, '0').slice(0, 5) : undefined;
}

function britishCode(code: string, british: PostcodeRule['british']): string | undefined {
  const parts = /^([a-z]{1,2}\d[a-z\d]?)(\d)([a-z]{2})$/.exec(code);
  if (!parts) return undefined;
  const [, outward = '', sector = '', unit = ''] = parts;
  return outward + sector + (british === 'whole' ? unit : '');
}
