/** Rules that can read any text. */

export const trim = (text: string): string => text.trim();

export const lowercase = (text: string): string => text.toLowerCase();

const plainWord = /^[a-z0-9]*$/;

/**
 * Meta: "lowercase only with no punctuation", letters outside a-z kept in UTF-8 (its examples keep é and 정).
 * Google: lower case, no punctuation, no white space at the ends. Composed (NFC), because one name written with
 * composed and with decomposed accents would have two hashes.
 */
export function name(text: string, spaces: 'keep' | 'remove'): string {
  if (plainWord.test(text)) return text;
  const bare = text.replace(/[\p{P}\p{S}]/gu, '');
  const spaced = spaces === 'remove' ? bare.replace(/\s+/g, '') : bare.trim().replace(/\s+/g, ' ');
  // Last, because what was taken out may have stood between a letter and its accent.
  return spaced.toLowerCase().normalize('NFC');
}
