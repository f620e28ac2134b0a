/** Rules that can read any text, and what every rule takes out of a text first. */

/** Controls, marks of direction and width, fillers: nothing that is seen. White space is not among them. */
const invisible = /(?!\s)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const plain = /^[ -~]*$/;

/** Without characters that cannot be seen. */
export const visible = (text: string): string =>
  plain.test(text) ? text : text.replace(invisible, '');

/** Visible, without white space at both ends. */
export const trim = (text: string): string => visible(text).trim();

export const lowercase = (text: string): string => visible(text).toLowerCase();

const plainWord = /^[a-z0-9]*$/;

export interface NameForm {
  readonly punctuation: 'keep' | 'remove';
  readonly spaces: 'keep' | 'collapse' | 'remove';
  readonly ascii: boolean;
}

/**
 * Meta: "lowercase only with no punctuation", letters outside a-z kept in UTF-8 (its examples keep é and 정).
 * Google: lower case, no punctuation, no white space at the ends. Composed (NFC), because one name written with
 * composed and with decomposed accents would have two hashes.
 */
export function name(text: string, form: NameForm): string {
  if (plainWord.test(text)) return text;
  const bare = form.punctuation === 'keep' ? asciiMarks(visible(text)) : withoutMarks(text);
  const lower = bare.toLowerCase();
  const spelt = form.ascii ? asciiLetters(lower) : lower;
  // Last, because what was taken out may have stood between a letter and its accent.
  return spaced(spelt, form.spaces).normalize('NFC');
}

const withoutMarks = (text: string): string => visible(text).replace(/[\p{P}\p{S}]/gu, '');

function spaced(text: string, spaces: NameForm['spaces']): string {
  if (spaces === 'remove') return text.replace(/\s+/g, '');
  return spaces === 'collapse' ? text.trim().replace(/\s+/g, ' ') : text.trim();
}

/** Apostrophes, quotes and dashes that word processors put in, and those of the keyboard. */
const asciiMarks = (text: string): string =>
  text
    .replace(/[\u2018-\u201b\u02bc\u2032\u00b4\u0060]/g, "'")
    .replace(/[\u201c-\u201f\u2033\u00ab\u00bb]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-');

/** Letters that Unicode does not take apart into a letter and its mark. */
const kin: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  þ: 'th',
  ŧ: 't',
  ŋ: 'n',
};
const withKin = new RegExp(`[${Object.keys(kin).join('')}]`, 'g');

/** Of lower-case text. Only marks of Latin letters go: in other scripts a mark is a letter of its own. */
const asciiLetters = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(withKin, (letter) => kin[letter] ?? letter)
    .replace(/(?<=[a-z])[\u0300-\u036f]+/g, '');

/** A text by which names are found whatever their case, accents, punctuation and spaces. */
export const nameKey = (text: string): string =>
  asciiLetters(visible(text).normalize('NFKC').toLowerCase().replaceAll('&', 'and')).replace(
    /[\p{P}\p{S}\p{Z}\s]/gu,
    '',
  );
