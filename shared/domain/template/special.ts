/**
 * Values that are not written as they are: casts, joined texts, pieces of a text, values of a form. They are rarer than plain
 * ones, so the loop over a record's operations knows them by one look and leaves them to this room.
 */
import type { FieldCast } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import { castText, isText, textOf } from './cast.ts';
import type { FieldName } from './fields.ts';

/**
 * `json`: a value of its own. `piece`: within a text of JSON, so without quotes. `form`: percent-encoded, with the `&` that
 * ends it; `formPiece`: without.
 */
export type Place = 'json' | 'piece' | 'form' | 'formPiece';

/** A literal text, a field, or a connection value by its reference until a render puts its text there. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: FieldName; readonly as: FieldCast | undefined }
  | { readonly kind: 'reference'; readonly reference: number };

export interface Special {
  readonly place: Place;
  /** One, or several that are joined to a text. */
  readonly parts: readonly Part[];
  /** Whether it is a text in any case, as what `&` gives. */
  readonly isJoined: boolean;
}

/** What is to be written: a text that JSON quotes, or what stands bare. */
export interface SpecialValue {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Undefined where it has no value: of a joined text, where one of its fields has none. */
export function specialValue(
  { place, parts, isJoined }: Special,
  fieldValueOf: (field: FieldName) => JsonValue | undefined,
): SpecialValue | undefined {
  let text = '';
  let isQuoted = isJoined;
  for (const part of parts) {
    if (part.kind === 'reference') return undefined;
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const value = fieldValueOf(part.field);
    if (value === undefined) return undefined;
    text += part.as === undefined ? textOf(value) : castText(part.as, value);
    isQuoted ||= part.as === undefined ? typeof value === 'string' : isText(part.as);
  }
  return place === 'json' ? { text, isQuoted } : { text: inPlace(text, place), isQuoted: false };
}

/** A bare text, as it is written within a text of JSON or in a form. */
export function inPlace(text: string, place: Exclude<Place, 'json'>): string {
  switch (place) {
    case 'piece':
      return pieceOf(text);
    case 'form':
      return `${formEncoded(text)}&`;
    case 'formPiece':
      return formEncoded(text);
  }
}

const PLAIN_PIECE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const PLAIN_FORM = /^[A-Za-z0-9*\-._]*$/;

/** As it stands between the quotes of a JSON text. */
export const pieceOf = (text: string): string =>
  PLAIN_PIECE.test(text) ? text : JSON.stringify(text).slice(1, -1);

/** As `application/x-www-form-urlencoded` writes it (URL Standard, 5.2). */
export const formEncoded = (text: string): string =>
  PLAIN_FORM.test(text) ? text : new URLSearchParams([['', text]]).toString().slice(1);
