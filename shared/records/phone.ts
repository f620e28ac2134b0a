/**
 * Telephone numbers, by Google's rules in libphonenumber-js. A number may have been written for a person, for a
 * browser or for a spreadsheet, so it is first brought to what was meant, and then read in each way it can be.
 * The ranges given out so far decide between two readings. They never refuse: a person's range may be newer than
 * the library.
 */
import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { trim } from '../domain/record/normalise/text.ts';

/** E.164, extension left out; undefined where the text as a whole is no number of a possible length. */
export function phone(text: string, country: string | undefined): string | undefined {
  const written = asWritten(text);
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const first = parse(written, home);
  if (written.startsWith('+')) return first?.number;
  const chosen = byPrefix(written, first) ?? withoutPlus(written, first, home) ?? first;
  return chosen?.number;
}

function parse(text: string, country?: CountryCode): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(text, {
    extract: false,
    ...(country ? { defaultCountry: country } : {}),
  });
  return parsed?.isPossible() ? parsed : undefined;
}

const label =
  /^(?:(?:tel|phone|telephone|telefon|téléphone|teléfono|telefono|fon|ph|mob|mobile|mobil|cell|handy|whatsapp)\b[\s.:]*|[ptm]\s*:\s*)/i;
const textMark = /^[='"`\u2018\u2019]+|['"`\u2018\u2019]+$/g;

/** Without what surrounds a number: blanks, marks of direction, labels, a spreadsheet's marks, a float's `.0`. */
function asWritten(text: string): string {
  const clean = trim(text.normalize('NFKC')).replace(textMark, '').trim();
  const bare = fromUri(clean.replace(label, '').replace(textMark, '').trim());
  const whole = fromScientific(bare.replace(/^(\+?\d+)\.0*$/, '$1'));
  return whole
    .replace(/^\(\s*(\+|00)\s*(\d{1,3})\s*\)/, '$1$2 ')
    .replace(/^\+[\s+]*(?:00(?=[1-9]))?/, '+');
}

/** RFC 3966: what follows `;` is not dialled, except that a local number names its country there. */
function fromUri(text: string): string {
  const [number = '', ...parameters] = text.split(';');
  const context = parameters.map((each) => /^phone-context=(\+\d+)$/.exec(each)?.[1]).find(Boolean);
  return context !== undefined && !number.startsWith('+') ? context + number : number;
}

/** `4.915123456789E12`, as Java writes a double. With fewer digits they may be rounded, so it stays as it is. */
function fromScientific(text: string): string {
  const [, lead = '', rest = '', power = ''] = /^(\d)\.(\d+)e\+?(\d+)$/i.exec(text) ?? [];
  const places = Number(power);
  return rest.length < 10 || rest.length > places ? text : (lead + rest).padEnd(places + 1, '0');
}

/** `00` is dialled before a country code in most countries, and where it is not, nothing else begins with it. */
function byPrefix(text: string, first: PhoneNumber | undefined): PhoneNumber | undefined {
  if (!text.startsWith('00') || first?.isValid()) return undefined;
  const abroad = parse(`+${text.replace(/^00\s*/, '')}`);
  return first || abroad?.isValid() ? abroad : undefined;
}

const mobile = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/**
 * Digits that begin with a country code: the plus was lost, as in every column of numbers. Read so only where a
 * default country says that digits are numbers at all, and the ranges speak for it: the national reading is in no
 * range, or it would be a landline where with the plus it is a mobile of the same country.
 */
function withoutPlus(
  text: string,
  first: PhoneNumber | undefined,
  home: CountryCode | undefined,
): PhoneNumber | undefined {
  if (!home || !/^[1-9]/.test(text)) return undefined;
  const abroad = parse(`+${text}`);
  if (!abroad?.isValid()) return undefined;
  if (!first?.isValid()) return abroad;
  const isOwnMobile = abroad.country === home && mobile.has(abroad.getType() ?? '');
  return isOwnMobile && !mobile.has(first.getType() ?? '') ? abroad : undefined;
}
