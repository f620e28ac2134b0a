/**
 * Telephone numbers, by Google's rules in libphonenumber-js. The small metadata is enough: it holds each country's
 * calling code, prefixes and number lengths, which is all that parsing needs. The large one adds the patterns of
 * the number ranges given out so far; going by those would refuse people whose range is newer than the library.
 */
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** E.164, extension left out; undefined where the text as a whole is no number of a possible length. */
export function phone(text: string, country: string | undefined): string | undefined {
  const isKnown = country !== undefined && isSupportedCountry(country);
  const parsed = parsePhoneNumberFromString(text, {
    extract: false,
    ...(isKnown ? { defaultCountry: country } : {}),
  });
  return parsed?.isPossible() ? parsed.number : undefined;
}
