/**
 * Every country's example number in every form that exports are seen to have: the default country is known, and the
 * number is found. The oracle is libphonenumber's own list of examples and its own formatting.
 */
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { phone } from '../../shared/records/phone.ts';

const numbers = getCountries().flatMap((country) => {
  const example = getExampleNumber(country, examples);
  return example ? [{ country, example }] : [];
});

type Example = (typeof numbers)[number]['example'];
const digits = ({ number }: Example) => number.slice(1);
const fullWidth = (text: string) =>
  text.replace(/[!-~]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) + 0xfee0));

const forms: Readonly<Record<string, (example: Example) => string>> = {
  'E.164': ({ number }) => number,
  international: (example) => example.formatInternational(),
  national: (example) => example.formatNational(),
  'without its trunk prefix': ({ nationalNumber }) => nationalNumber,
  'a float of that': ({ nationalNumber }) => `${nationalNumber}.0`,
  'blanks around': ({ number }) => `\u00a0\t${number}\r\n`,
  'marks of direction': ({ number }) => `\u202a${number}\u202c`,
  'RFC 3966': (example) => example.format('RFC3966'),
  'a label': (example) => `Tel. ${example.formatNational()}`,
  'a lead form': ({ number }) => `p:${number}`,
  'a text mark': ({ number }) => `'${number}`,
  'a formula': ({ number }) => `="${number}"`,
  'two plus signs': ({ number }) => `+${number}`,
  'a code in brackets': (example) => `(+${example.countryCallingCode}) ${example.nationalNumber}`,
  '00 for the plus': (example) => `00${digits(example)}`,
  '00 with spaces': (example) => `00 ${example.formatInternational().slice(1)}`,
  'a lost plus': digits,
  'a float': (example) => `${digits(example)}.0`,
  'full-width': ({ number }) => fullWidth(number),
};

test('there are countries and forms', () => {
  expect(numbers.length).toBeGreaterThan(200);
});

test.each(Object.entries(forms))('%s', (_, write) => {
  const wrong = numbers
    .filter(({ country, example }) => phone(write(example), country) !== example.number)
    .map(({ country }) => country);
  expect(wrong).toEqual([]);
});

test('a number outside all ranges is read as it is written', () => {
  expect(phone('+1 111 111 1111', undefined)).toBe('+11111111111');
  expect(phone('(111) 111-1111', 'US')).toBe('+11111111111');
});
